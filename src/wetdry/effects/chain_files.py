"""Chains with names, in TOML files::

    [chains.telephone]
    reason = "a landline: 300 to 3400 Hz"
    effects = ["highpass(cutoff_hz=300)", "lowpass(cutoff_hz=3400)"]

An entry of `effects` is an effect key, or the name of a chain that comes with wetdry.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

from wetdry.effects.base import Effect, effects
from wetdry.effects.chain import Chain
from wetdry.effects.key import parse
from wetdry.errors import EffectError
from wetdry.registry import did_you_mean

NAME = re.compile(r"[A-Za-z_][\w-]*")
FIELDS = ("reason", "effects")


def effect(text: str) -> Effect:
    """The effect that `text` describes: a key, a name, or a chain that comes with wetdry, by name.

    >>> effect("reverb(room_size=0.9) | gain(gain_db=-3)").key
    'reverb(room_size=0.9) | gain(gain_db=-3)'
    >>> effect("telephone").key.endswith("gsm")
    True
    """
    return parse(text, builtin_chains())


def load_chains(path: str | Path) -> dict[str, Chain]:
    """Chains by name, in the order of the file; each has its name as its label."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise EffectError(f"{path}: chains cannot be read ({error.strerror}); check the path.") from None
    except UnicodeDecodeError:
        raise EffectError(f"{path}: is not a text file; chains are written in TOML.") from None
    return _read(text, str(path), builtin_chains())


def builtin_chains() -> dict[str, Chain]:
    """The real-world chains that come with wetdry, by name."""
    return dict(_builtin())


@lru_cache(maxsize=1)
def _builtin() -> dict[str, Chain]:
    text = files("wetdry.effects").joinpath("chains.toml").read_text(encoding="utf-8")
    return _read(text, "chains.toml", {})


def _read(text: str, source: str, named: Mapping[str, Chain]) -> dict[str, Chain]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise EffectError(f"{source}: is not valid TOML ({error}).") from None
    except RecursionError:
        raise EffectError(f"{source}: is not valid TOML (nested too deeply).") from None
    except ValueError:
        raise EffectError(f"{source}: is not valid TOML (a number has too many digits).") from None
    chains = document.get("chains")
    if not isinstance(chains, dict) or len(document) != 1:
        raise EffectError(f"{source}: holds [chains.NAME] tables and nothing else.")
    read = {}
    for name, table in chains.items():
        try:
            read[name] = _chain(name, table, named)
        except EffectError as error:
            raise EffectError(f'{source}, chain "{name}": {error}') from None
    return read


def _chain(name: str, table: Any, named: Mapping[str, Chain]) -> Chain:
    if not NAME.fullmatch(name):
        raise EffectError("a name starts with a letter and has letters, digits, _ and - in it.")
    if name in effects.names():
        raise EffectError("an effect has this name; choose another.")
    if not isinstance(table, dict):
        raise EffectError(f"must be a table, [chains.{name}].")
    for key in table:
        if key not in FIELDS:
            raise EffectError(f'has no field "{key}": {did_you_mean(key, FIELDS)}')
    reason, keys = table.get("reason", ""), table.get("effects")
    if not isinstance(reason, str):
        raise EffectError("reason takes text.")
    if not isinstance(keys, list) or not keys or not all(isinstance(key, str) for key in keys):
        raise EffectError('effects takes a list of effect keys, as in ["reverb(room_size=0.9)", "gsm"].')
    members = tuple(parse(key, named) for key in cast("list[str]", keys))
    return Chain(members, label=name, reason=reason)
