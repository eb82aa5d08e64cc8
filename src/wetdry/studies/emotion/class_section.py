"""The section of the report about classes: which one clips are taken for, dry and wet."""

from __future__ import annotations

import pandas as pd

from wetdry.report import Block, Figure, Section, Table, charts
from wetdry.studies.emotion import words
from wetdry.studies.emotion.findings import Findings


def class_section(found: Findings) -> Section:
    """Shares over levels, transitions at the strongest, and the tests of both."""
    blocks: list[Block] = []
    for encoder in found.encoders:
        flow = found.main("flow", encoder=encoder)
        raw = flow[(flow["control"] == "raw") & flow["level"].notna()]
        moves = found.main("transitions", encoder=encoder)
        moves = moves[moves["control"] == "raw"]
        strongest = moves.groupby("effect")["level"].transform("max")
        moves = moves[moves["level"].isna() | (moves["level"] == strongest)]
        blocks += [
            Figure(
                f"flow-{words.slug(encoder)}",
                f"Share of clips taken for each class, {encoder}",
                "Level 0 is dry. The same clips at every level.",
                words.changed(found, encoder),
                charts.class_flow(raw),
            ),
            Figure(
                f"transitions-{words.slug(encoder)}",
                f"From dry class to wet class, {encoder}",
                "Each effect at its strongest level; rows are the dry class, numbers per cent of the row.",
                words.changed(found, encoder),
                charts.transitions(moves[moves["level"].notna()]),
            ),
        ]
    tests = found.main("class_tests")
    strongest = tests["level"].isna() | (tests["level"] == tests.groupby("effect")["level"].transform("max"))
    tests = tests[(tests["control"] == "raw") & strongest]
    blocks.append(
        Table(
            "class_margins",
            "Does any class gain or lose clips? Each effect at its strongest",
            tests,
            "Stuart–Maxwell takes clips as independent; p exchanges dry and wet of all clips of a group at once.",
            {
                "encoder": "encoder",
                "effect": "effect",
                "changed": "share that changes class",
                "stuart_maxwell": "Stuart–Maxwell",
                "freedom": "df",
                "stuart_maxwell_p": "its p",
                "p": "p over groups",
                "q": "q",
            },
        )
    )
    published = found.main("published_tests")
    if not published.empty:
        blocks.append(_chi_square(published))
    return Section("Which class are clips taken for?", "The most probable class of each clip, dry and wet.", blocks)


def _chi_square(published: pd.DataFrame) -> Table:
    return Table(
        "chi_square",
        "The published test, for comparison only",
        published,
        "Chi-square of level × class as Katsis et al. print it: it takes one clip at ten levels for ten clips, and "
        "is no evidence.",
        {
            "encoder": "encoder",
            "effect": "effect",
            "control": "control",
            "chi_square": "χ²",
            "freedom": "df",
            "p": "p",
        },
    )
