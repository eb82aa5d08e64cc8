"""The report of an emotion study: which sections, which words, which figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from wetdry.report import Block, Figure, Note, PlayerGroup, Section, Table, charts
from wetdry.studies.emotion import words
from wetdry.studies.emotion.class_section import class_section
from wetdry.studies.emotion.emotions import in_plane
from wetdry.studies.emotion.findings import Findings
from wetdry.studies.emotion.performance import CURVES, GROUPS
from wetdry.studies.emotion.published import published_rows
from wetdry.studies.emotion.survival import PARTLY, SURVIVES, YES
from wetdry.studies.paths import MEASURES, measures_in_words, shapes_by_measure
from wetdry.studies.phrases import METRICS

SHOWN_CONTROLS = ("raw", "matched")
FEWEST_AXES = 3
"""Of a radar."""

MOST_ROWS = 12
"""Of the table of what survives; its file has all."""


def lead(found: Findings) -> str:
    """The result in a few sentences."""
    return f"{words.who(found)} {words.survivors(found)}"


def sections(found: Findings, heard: Sequence[PlayerGroup]) -> list[Section]:
    """The page from the answer to its evidence."""
    return [
        _answer(found),
        _shifts(found),
        *([class_section(found)] if found.classes else []),
        _performance(found),
        _space(found),
        *([] if found.main("additivity").empty else [_chains(found)]),
        _controls(found),
        *([_listen(heard)] if heard else []),
        _method(found),
    ]


def summary_rows(tables: dict[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """The terminal's table: each effect in each encoder, with the emotions that survive."""
    return words.terminal_rows(tables["survival"])


def _answer(found: Findings) -> Section:
    rows = found.main("survival")
    blocks: list[Block] = [
        *_notes(found),
        Figure(
            "survivors",
            "Which shifts survive?",
            "A row an effect, a column an emotion: what also holds at equal loudness, with more of the effect, in "
            "every family of probes and in probes refitted on resampled clips. Every check stands under Controls.",
            words.survivors(found),
            charts.survival(words.overview(rows)),
        ),
    ]
    last = rows[rows["check"] == SURVIVES]
    shown = last.loc[last["verdict"].isin([YES, PARTLY])].sort_values("shift", key=abs, ascending=False)
    return Section(
        "What survives?",
        "An effect may move an estimate because it is louder, because of one probe, or by chance. What remains when "
        "each of these is taken away is worth listening to.",
        [
            *blocks,
            Table(
                "surviving",
                "Shifts that survive, fully or in part",
                shown.drop(columns=["check"]),
                "Mean over the levels of an effect, wet − dry, with 95 % interval over groups of clips.",
                {
                    "encoder": "encoder",
                    "effect": "effect",
                    "target": "emotion",
                    "shift": "shift",
                    "low": "low",
                    "high": "high",
                    "matched": "at equal loudness",
                    "matched_low": "low ",
                    "matched_high": "high ",
                    "unit": "unit",
                    "verdict": "survives",
                    "detail": "why not fully",
                },
                rows=MOST_ROWS,
            ),
        ],
    )


def _notes(found: Findings) -> list[Note]:
    notes = [Note("trust", "Estimated, not felt", words.trust(found))]
    blind = [view.encoder.spec.blindness for view in found.measured.views if view.encoder.spec.name in found.encoders]
    notes += [Note("warning", "Level is not heard", [text]) for text in blind if text]
    torn = found.measured.sides.torn
    if torn:
        text = (
            f"{len(torn)} groups (songs) have clips on both sides of the split, such as {torn[0]}: the probes may "
            "know evaluated songs. Use a split by groups for anything but a comparison."
        )
        notes.append(Note("warning", "This split leaks", [text]))
    if found.measured.data.synthetic:
        notes.append(Note("info", "Generated music", ["The clips are rendered from generated scores."]))
    if found.measured.remarks:
        notes.append(Note("info", "To know", list(found.measured.remarks)))
    failures = found.measured.failures
    if not failures.empty:
        reasons = [str(reason) for reason in failures["reason"].head(10)]
        notes.append(Note("warning", f"{len(failures)} left out", ["What stands here is in no figure."], reasons))
    return notes


def _shifts(found: Findings) -> Section:
    blocks: list[Block] = []
    for encoder in found.encoders:
        rows = found.main("shifts", encoder=encoder)
        rows = rows[rows["control"].isin(SHOWN_CONTROLS) & (rows["level"] != 0.0)]
        blocks.append(
            Figure(
                f"shifts-{words.slug(encoder)}",
                f"Shift of every emotion, {encoder}",
                "Mean wet − dry estimate of the evaluated clips at each level, as the effect is and at the loudness of "
                "the dry clip. Dots: q < 0.05 over all cells of one control.",
                words.largest(rows),
                charts.effect_heat(rows),
            )
        )
        if in_plane(found.emotions):
            blocks.append(
                Figure(
                    f"plane-{words.slug(encoder)}",
                    f"In the plane of valence and arousal, {encoder}",
                    "From the mean dry estimate, the ring, one arrow an effect through its levels.",
                    words.plane(rows),
                    charts.emotion_plane(words.plane_points(found, encoder), (-1.0, 1.0) if found.centred else None),
                )
            )
    if len(found.classes or found.emotions) >= FEWEST_AXES:
        blocks.append(_radar(found))
    return Section(
        "How far does the estimate move?",
        "Level 0 is the dry clip itself, through the same path. The matched column takes out what is loudness.",
        blocks,
    )


def _radar(found: Findings) -> Figure:
    encoder = found.encoders[0]
    rows = words.radar_rows(found, encoder)
    return Figure(
        "radar",
        f"Profile of each effect at its strongest, {encoder}",
        "Mean estimate of each emotion with the effect at its strongest level (filled) and dry (dashed).",
        words.largest(found.main("shifts", encoder=encoder)),
        charts.radar(rows),
    )


def _performance(found: Findings) -> Section:
    rows = found.main("performance", baselines=True)
    curves = rows[rows["metric"].isin(CURVES) & (rows["control"] == "raw") & (rows["effect"] != "dry")]
    curves = curves.rename(columns={"encoder": "who"})
    if not found.classes:
        curves = curves.assign(metric=curves["metric"].map(METRICS) + ", " + curves["target"])
    else:
        curves = curves.assign(metric=curves["metric"].map(METRICS))
    robust = found.main("robustness", baselines=True)
    if not robust.empty:
        robust = robust[(robust["metric"] == words.robust_metric(found)) & (robust["control"] != "gain")]
    return Section(
        "Does the probe still work?",
        "Where a probe no longer tells emotion at all, its shift is a failure of the probe and not a change of mood.",
        [
            Figure(
                "performance",
                "Score of the main probe against level",
                "On evaluated clips, with 95 % bands over groups of clips. Dotted: a guess.",
                words.worst(robust),
                charts.performance(curves),
            ),
            *([] if robust.empty else [_robustness(found, robust)]),
        ],
    )


def _robustness(found: Findings, rows: pd.DataFrame) -> Table:
    return Table(
        "robustness_scores",
        f"Robustness: {METRICS[words.robust_metric(found)]} over all levels as a share of the dry score",
        rows,
        "Area below the curve; 1: as good at every level as dry. Undetermined where dry is as good as a guess.",
        {
            "encoder": "encoder",
            "effect": "effect",
            "control": "control",
            "target": "target",
            "value": "robustness",
            "low": "low",
            "high": "high",
        },
    )


def _space(found: Findings) -> Section:
    rows = found.main("alignment", baselines=True).rename(columns={"encoder": "who"})
    moved = found.main("displacements", baselines=True)
    moved = moved[(moved["control"] == "raw") & (moved["level"] != 0.0)]
    return Section(
        "How much of the movement is emotional?",
        "An effect moves an embedding in many directions; few of them are those that a probe reads emotion from.",
        [
            Figure(
                "alignment",
                "Share of the displacement that lies along emotion",
                "Of each effect at its strongest level, in units in which dry clips are spread alike; grey: 95 % of "
                "random directions, as many as there are emotions.",
                words.aligned(rows),
                charts.alignment(rows),
            ),
            Table(
                "displacement",
                "How far embeddings move, in dry spreads",
                moved.drop(columns=["low", "high"])
                .assign(
                    displacement=moved["displacement"].round(3),
                )
                .pivot_table(index=["encoder", "effect"], columns="level", values="displacement", sort=False)
                .rename(columns="level {:g}".format)
                .reset_index(),
                "Mean distance of wet from dry over clips; 1 is the spread between dry clips.",
            ),
            *_paths(found),
        ],
    )


def _paths(found: Findings) -> list[Table]:
    shapes = found.main("paths", baselines=True)
    if shapes.empty:
        return []
    return [
        Table(
            "path-shapes",
            "Shapes of the paths from the dry clip to the strongest level",
            shapes_by_measure(shapes),
            "Means over groups, intervals in the table “paths”. Noise: the same of normal numbers that are as spread "
            f"as dry clips. {measures_in_words()}",
            {name: name for name in ["encoder", "effect", "of", *MEASURES]},
            rows=None,
        )
    ]


def _chains(found: Findings) -> Section:
    blocks: list[Block] = []
    for encoder in found.encoders:
        rows = found.main("additivity", encoder=encoder)
        blocks.append(
            Figure(
                f"additivity-{words.slug(encoder)}",
                f"Chains against the sum of their parts, {encoder}",
                "Shift of the whole chain, and the sum of the shifts of its effects, each alone, with 95 % intervals.",
                words.additive(rows),
                charts.additivity(rows),
            )
        )
    return Section(
        "Are chains the sum of their parts?",
        "Published: real-world chains shift more, and more coherently, than single effects.",
        blocks,
    )


def _controls(found: Findings) -> Section:
    agree = found.tables["agreement"]
    if len(agree):
        shown = agree["encoder"].isin(found.encoders) & (agree["layer"] == agree["encoder"].map(found.layer))
        agree = agree[shown]
    checks = words.checks_made(found.main("survival"))
    blocks: list[Block] = [
        Figure(
            "survival",
            "Every check of every shift",
            "Moves: the raw shift differs from zero. Equal loudness: so does the matched one, to the same side; of "
            "which the next three speak: it grows with the level, every other family of probes shows it, and probes "
            "refitted on resampled clips go to the same side. Told beside, not required: specific, no more than 5 % of "
            "probes of shuffled labels shift as far, for the spread of what each says of dry clips; not in baselines, "
            "neither an average spectrum nor the untrained twin shows it.",
            words.survivors(found),
            charts.survival(checks),
        ),
        Table(
            "splits_compared",
            f"Dry scores of the main probe ({METRICS[words.main_metric(found)]}): what was held out",
            words.split_rows(found),
            f"{GROUPS.capitalize()}: the honest figure. At random: clips of one song may be on both sides, and what "
            "this adds is leakage. Shuffled labels: what there is to find by chance.",
            rows=None,
        ),
        *published_rows(found),
    ]
    if len(agree):
        blocks.append(
            Figure(
                "agreement",
                "Do families of probes agree on the shifts?",
                "Correlation of the shifts of all effects and emotions, between families of probes.",
                words.agreeing(agree),
                charts.agreement(agree.assign(target=agree["encoder"])),
            )
        )
    blocks.append(
        Table(
            "novelty",
            "How strange wet clips are to the probe",
            words.novelty_rows(found),
            "Mean share of held-out training clips that are less strange: ½ for clips like them, 1 for clips beyond "
            "all. What a probe says of strange clips is extrapolation.",
        )
    )
    return Section(
        "Controls",
        "What the same analysis finds where there is nothing to find, or where it is made easy.",
        blocks,
    )


def _listen(heard: Sequence[PlayerGroup]) -> Section:
    return Section(
        "Listen", "The clips that effects move furthest, all at one loudness: judge for yourself.", list(heard)
    )


def _method(found: Findings) -> Section:
    return Section("How this was measured", words.method(found), [_probes(found)])


def _probes(found: Findings) -> Table:
    rows = found.tables["probes"]
    return Table(
        "probes_fitted",
        "Probes",
        rows,
        "Settings chosen by cross-validation over groups of training clips; its score (mean R², or log likelihood a "
        "clip) chose them and is a little optimistic.",
        {
            "encoder": "encoder",
            "layer": "layer",
            "probe": "probe",
            "settings": "settings",
            "cross_validated": "score",
            "rows": "clips",
            "dim": "dim",
        },
        rows=None,
    )
