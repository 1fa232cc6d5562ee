"""What all blocks of the configuration share: frozen, checked, documented where they stand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo


class Entry(BaseModel):
    """A block of keys; an unknown key is refused, the text under a key is its reference page."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        allow_inf_nan=False,
        validate_default=True,
    )


def _beside_the_file(path: Path, info: ValidationInfo) -> Path:
    """Return `path` absolute; a relative one counts from the folder of the configuration file."""
    folder = (info.context or {}).get("folder", Path.cwd())
    return Path(folder, path.expanduser()).resolve()


Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$")]
"""A name that people and other keys use: letters, digits, dot, dash, underscore; at most 32."""

FileName = Annotated[Path, AfterValidator(_beside_the_file)]
"""A file or folder; a relative one counts from the folder of the configuration file."""

Port = Annotated[int, Field(ge=0, le=65535)]
"""A TCP port; 0 takes any free one."""

Seconds = Annotated[float, Field(gt=0.0, le=604800.0)]
"""A positive time, seconds, at most a week."""
