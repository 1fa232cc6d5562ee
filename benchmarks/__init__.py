"""What `pyros bench` runs on and compares with; no part of the package."""
