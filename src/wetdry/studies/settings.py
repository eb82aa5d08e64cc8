"""Settings as users give them, made into the configuration of a study."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from wetdry.errors import DataError, EncoderError

Config = TypeVar("Config", bound=BaseModel)


def checked_settings(
    kind: type[Config], command: str, settings: Mapping[str, Any], names: Collection[str] = ()
) -> Config:
    """The configuration with these settings.

    Parameters
    ----------
    command
        What a sentence about a wrong setting begins with.
    names
        Settings that are several names: a single one may be given as text.

    Raises
    ------
    DataError
        Where a setting is unknown or out of its range.
    EncoderError
        Where no encoder is left.
    """
    given = {name: [value] if name in names and isinstance(value, str) else value for name, value in settings.items()}
    if not given.get("encoders", True):
        raise EncoderError("No encoder was given; `wetdry encoders` lists them.")
    try:
        return kind(**given)
    except ValidationError as error:
        first = error.errors()[0]
        raise DataError(f"{command}: {'.'.join(map(str, first['loc']))}: {first['msg']}.") from None
