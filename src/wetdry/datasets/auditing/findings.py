"""What a check of a labelled set found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

NAMED_AT_MOST = 3


class Verdict(StrEnum):
    """How much a finding matters, the gravest first."""

    PROBLEM = "problem"
    SUSPICIOUS = "suspicious"
    NOTE = "note"
    FINE = "fine"


@dataclass(frozen=True)
class Finding:
    """What was checked, how that ended, and the items, groups or songs that it is about."""

    check: str
    verdict: Verdict
    found: str
    concerned: Sequence[str] = ()

    @property
    def sentence(self) -> str:
        """What was found, with the first few that it is about."""
        if not self.concerned:
            return self.found
        rest = len(self.concerned) - NAMED_AT_MOST
        named = ", ".join(self.concerned[:NAMED_AT_MOST])
        return f"{self.found}: {named}{f' and {rest} more' if rest > 0 else ''}"
