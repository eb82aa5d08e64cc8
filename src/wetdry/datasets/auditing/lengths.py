"""Whether recordings are as long as they were made, or were all cut to one length."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from wetdry.audio import stated_length
from wetdry.datasets.auditing.findings import Finding, Verdict
from wetdry.datasets.base import Item
from wetdry.errors import AudioError

ENOUGH_TO_TELL = 20
ALIKE = 0.9
"""Share of the files of one length from which on that is no chance."""


def lengths(items: Sequence[Item]) -> Iterator[Finding]:
    """A finding on the lengths, as the files state them, to the sample; nothing where too few can be read."""
    known = dict(_known(items))
    if len(known) < ENOUGH_TO_TELL:
        return
    (commonest, count), *_ = Counter(known.values()).most_common(1)
    samples, rate = commonest
    if count >= ALIKE * len(known):
        others = [item for item, length in known.items() if length != commonest]
        yield Finding(
            "lengths",
            Verdict.NOTE,
            f"{count} of {len(known)} files have exactly {samples:,} samples ({samples / rate:.2f} s); they were cut "
            f"to that, here or by their publisher{'; others are' if others else ''}",
            others,
        )
        return
    seconds = [frames / hertz for frames, hertz in known.values()]
    yield Finding("lengths", Verdict.FINE, f"{min(seconds):.1f} to {max(seconds):.1f} s")


def _known(items: Sequence[Item]) -> Iterator[tuple[str, tuple[int, int]]]:
    for item in items:
        try:
            yield item.id, stated_length(item.path)
        except AudioError:
            continue  # That a file cannot be read is found where files are looked at.
