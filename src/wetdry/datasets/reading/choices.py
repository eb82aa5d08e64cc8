"""Choices that stand after the path of a data set: `deam:PATH,labels=repaired,split=music2emo`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from wetdry.datasets.reading.place import shown
from wetdry.errors import DataError
from wetdry.registry import did_you_mean

LAST_CHOICE = re.compile(r"(?P<rest>.*),\s*(?P<name>\w+)\s*=(?P<value>[^/,]*)", re.DOTALL)
"""A path may hold commas and equals signs, as long as a slash comes after them."""


def path_and_choices(kind: str, where: str, offered: Mapping[str, Collection[str]]) -> tuple[str, dict[str, str]]:
    """What of `where` is the path, and the choices that follow it; raises `DataError` on one that is not offered.

    >>> path_and_choices("deam", "a,b/c, labels = repaired", {"labels": ("as-published", "repaired")})
    ('a,b/c', {'labels': 'repaired'})
    """
    chosen: dict[str, str] = {}
    while (last := LAST_CHOICE.fullmatch(where)) is not None:
        where, name, value = last["rest"], last["name"], last["value"].strip()
        if name not in offered:
            raise DataError(f'{kind} has no option "{name}": {did_you_mean(name, offered)}')
        if value not in offered[name]:
            raise DataError(f'{kind} has no {name} "{value}": {did_you_mean(value, offered[name])}')
        if name in chosen:
            raise DataError(f"{kind}: {name} is given twice; give it once.")
        chosen[name] = value
    return where, {name: chosen[name] for name in offered if name in chosen}


def with_choices(kind: str, path: str, chosen: Mapping[str, str]) -> str:
    """The text that opens a data set with these choices.

    >>> with_choices("deam", "songs", {"labels": "repaired"})
    'deam:songs,labels=repaired'
    """
    return ",".join([f"{kind}:{shown(path)}", *(f"{name}={value}" for name, value in chosen.items())])
