"""`python -m pyros` is the command `pyros`."""

from __future__ import annotations

from pyros.cli.main import main

if __name__ == "__main__":
    main()
