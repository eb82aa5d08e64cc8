"""How far to believe the page: how many clips and groups, what was held out, what leaks, and what was left out."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from wetdry.report import Block, Note, Section, Table
from wetdry.studies.phrases import counted, listed
from wetdry.studies.transfer.findings import Findings
from wetdry.studies.transfer.sections.layers import leak

MOST_REASONS = 10

FEW_GROUPS = 20
"""Below which intervals over groups are rough."""


def trust(found: Findings) -> list[Section]:
    """Caveats, sizes, remarks and failures."""
    blocks: list[Block] = [
        Note("trust", "Estimated, not felt", list(caveats(found))),
        _sizes(found),
        *_remarks(found),
    ]
    return [Section("What to trust", "Whatever is estimated comes from groups that nothing was learnt from.", blocks)]


def caveats(found: Findings) -> Iterator[str]:
    """What a reader must keep in mind."""
    measured = found.measured
    groups = len(set(measured.groups))
    rough = " So few groups make intervals rough." if groups < FEW_GROUPS else ""
    yield (
        f"{counted(len(measured.clips), 'clip')} in {counted(groups, 'group')}: what is told holds for such groups, "
        f"and intervals come from them, not from clips.{rough}"
    )
    if leaked := leak(found):
        yield leaked
    yield _beside(found)
    if found.config.seeds == 1 and not found.adapted.empty:
        yield "Adaptations were run once: with another seed methods may change places."
    yield (
        "The best layer and method were found on the clips that they are scored on, which flatters them. How a layer "
        "does across domains had no part in its choice."
    )
    if not measured.domains.one_set:
        yield "The domains are two data sets: rooms, microphones and levels differ with them, and count as the domain."
    yield (
        "An emotion is what its clip is labelled with, acted in many sets; an encoder that tells it may do so by how "
        "loud or how fast someone is. Nothing here says why domains are alike."
    )


def _beside(found: Findings) -> str:
    if not found.measured.baselines:
        return "No baseline was measured: what an average spectrum or an untrained network would reach is not known."
    names = listed(sorted(found.measured.baselines))
    return f"Baselines: {names}. What these reach is told by the sound or by the architecture, not by what was learnt."


def _sizes(found: Findings) -> Table:
    clips = found.measured.clips
    counts = clips.groupby(["label", "domain"])["group"].agg(["size", "nunique"])
    frame = pd.DataFrame({"emotion": list(found.measured.classes)})
    for name in found.domains:
        own = counts.xs(name, level="domain").reindex(frame["emotion"])
        frame[f"clips of {name}"] = own["size"].to_numpy()
        frame[f"groups of {name}"] = own["nunique"].to_numpy()
    return Table(
        "sizes", "Clips", frame, "Clips of each emotion that every encoder heard, and their groups.", rows=None
    )


def _remarks(found: Findings) -> Iterator[Note]:
    remarks = [*found.measured.remarks, *found.remarks]
    if remarks:
        yield Note("info", "To know", list(dict.fromkeys(remarks)))
    failures = found.tables.get("failures", found.measured.failures)
    if not failures.empty:
        reasons = dict.fromkeys(f"{row['item']}: {row['reason']}" for row in failures.to_dict("records"))
        more = len(reasons) - MOST_REASONS
        shown = [*list(reasons)[:MOST_REASONS], *([f"and {more} more, in the table “failures”"] if more > 0 else [])]
        yield Note("warning", f"{len(failures)} left out", ["What stands here is in no figure."], shown)
