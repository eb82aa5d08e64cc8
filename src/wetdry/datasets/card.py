"""The card of a data set: the table in the docstring of the module of its opener."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any

RULE = "==="
FOOTNOTE = re.compile(r"\s*\[\d+\]_")


def card(opener: Callable[..., Any]) -> dict[str, str]:
    """What the card says, by the words of its first column; empty where the module has no such table.

    >>> from wetdry.datasets.sets.folder import open_folder
    >>> card(open_folder)["split"]
    'none'
    """
    module = sys.modules.get(getattr(opener, "__module__", ""))
    lines = ((module and module.__doc__) or "").splitlines()
    rules = [k for k, line in enumerate(lines) if line.startswith(RULE)]
    if len(rules) < 2:
        return {}
    first, last = rules[0], rules[-1]
    width = len(lines[first].partition(" ")[0])
    facts: dict[str, str] = {}
    name = ""
    for line in lines[first + 1 : last]:
        name = line[:width].strip() or name
        facts[name] = f"{facts.get(name, '')} {line[width:].strip()}".strip()
    return {name: FOOTNOTE.sub("", said) for name, said in facts.items()}
