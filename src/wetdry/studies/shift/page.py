"""The report of a shift measurement: which sections, which words, which figures."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from wetdry.report import Figure, Note, PlayerGroup, Section, Table, charts
from wetdry.report.charts.plane_geometry import Axes
from wetdry.studies.shift import of_probe, trust
from wetdry.studies.shift.findings import Findings
from wetdry.studies.shift.wording import comparative, file_name, main_targets, plane_axes, question, superlative


def lead(found: Findings) -> str:
    """The result in two sentences."""
    who = f"“{found.clips[0]}”" if len(found.clips) == 1 else f"{len(found.clips)} clips"
    families = found.shifts["family"].nunique()
    moves = " ".join(extremes(found, target) for target in main_targets(found.targets))
    return f"{families} {'effect' if families == 1 else 'effects'} on {who}, heard by {found.listener}. {moves}"


def extremes(found: Findings, target: str) -> str:
    """Which effect moves a target most, each way, where its interval excludes zero."""
    rows = found.of_scope(found.ranking)
    rows = rows[(rows["target"] == target) & (rows["control"] == "raw")]
    sure = [row for row in rows.sort_values("shift").to_dict("records") if row["low"] > 0 or row["high"] < 0]
    if rows["low"].isna().all():
        return f"One {rows['unit'].iloc[0]} gives no interval, so no shift of the estimated {target} is certain."
    lower, higher = superlative(target)
    ends = [(lower, row) for row in sure[:1] if row["shift"] < 0]
    ends += [(higher, row) for row in sure[-1:] if row["shift"] > 0]
    parts = [f"{word} with {_setting(row)} (Δ {target} {_interval(row)})" for word, row in ends]
    if not parts:
        return f"No effect moves the estimated {target} by more than its uncertainty."
    return f"It becomes {' and '.join(parts)}."


def sections(found: Findings, players: Sequence[PlayerGroup]) -> list[Section]:
    """The page from the answer to its evidence."""
    axes = plane_axes(found.scales)
    return [
        _answer(found),
        _doses(found),
        *([_loudness(found)] if "matched" in found.controls and len(found.shares) else []),
        *([_plane(found, axes)] if axes else []),
        _embedding(found),
        *([of_probe.strangeness(found)] if len(found.novelty) else []),
        *([_listen(players)] if players else []),
        _method(found),
    ]


def _answer(found: Findings) -> Section:
    figures = [_ranking(found, target, number) for number, target in enumerate(found.targets)]
    notes = [Note("trust", "Estimated, not felt", _trust(found))]
    if found.blindness:
        notes.append(Note("warning", "Level is not heard", [found.blindness]))
    if found.synthetic:
        notes.append(
            Note("info", "Generated music", ["The clips were composed by rules and rendered; they are not recordings."])
        )
    if not found.failures.empty:
        notes.append(
            Note(
                "warning",
                f"{len(found.failures)} left out",
                ["What stands here is in no figure and no number below."],
                [str(reason) for reason in found.failures["reason"].head(10)],
            )
        )
    if found.unchanging:
        notes.append(
            Note(
                "warning",
                "Silence, or something like it",
                [
                    f"To the encoder all windows are the same in: {', '.join(found.unchanging)}. That is how silence "
                    "and steady tones look, and estimates of them mean nothing."
                ],
            )
        )
    return Section("What moves it", "Each effect at its strongest level, ranked.", [*notes, *figures])


def _ranking(found: Findings, target: str, number: int) -> Figure:
    rows = found.of_scope(found.ranking)
    less, _ = comparative(target)
    return Figure(
        f"ranking-{file_name(target, number)}",
        question(target),
        f"Shift of estimated {target} at each effect’s strongest level, with 95 % interval over "
        f"{_units(rows)}. Below zero: {less}. {_matched_legend(found)}",
        extremes(found, target),
        charts.ranking(rows, target),
    )


def _trust(found: Findings) -> list[str]:
    return trust.wording(found.encoder) if found.card is None else of_probe.trust(found.card)


def _doses(found: Findings) -> Section:
    rows = found.of_scope(found.shifts)
    swept, single = rows[rows["level"].notna()], rows[rows["level"].isna()]
    blocks: list[Figure | Table] = []
    if len(swept):
        blocks.append(
            Figure(
                "dose-response",
                "Dose and response",
                f"Shift against level, 0 neutral to 10 strong, with 95 % bands over {_units(rows)}. "
                f"{_matched_legend(found)}",
                _trend_in_words(found),
                charts.dose_response(swept),
            )
        )
    if len(single):
        strongest = max(single.to_dict("records"), key=lambda row: abs(row["shift"]))
        blocks.append(
            Figure(
                "single-effects",
                "Chains and single settings",
                f"Shift with 95 % interval over {_units(rows)}.",
                f"The largest shift is that of {strongest['family']}: {strongest['target']} {_interval(strongest)}.",
                charts.effect_bars(single),
            )
        )
    if len(found.trends):
        blocks.append(
            Table(
                "trends",
                "Does it rise or fall with level?",
                found.of_scope(found.trends).sort_values(["q", "control"], kind="stable", ignore_index=True),
                "Spearman’s ρ of estimate and level, averaged over units; one test for each effect. "
                "q: Benjamini–Hochberg over the effects of one control.",
                {
                    "family": "effect",
                    "control": "control",
                    "target": "target",
                    "rho": "ρ",
                    "slope": "per level",
                    "p": "p",
                    "q": "q",
                },
                rows=16,
            )
        )
    return Section("How much, at which level", "Each effect from neutral to strong.", blocks)


def _loudness(found: Findings) -> Section:
    rows = found.of_scope(found.shares)
    strongest = rows["level"] == rows.groupby("family")["level"].transform("max")
    rows = rows[strongest | rows["level"].isna()].reset_index(drop=True)
    text = (
        "Effects change loudness, and loudness alone moves the estimate. Each effect is therefore measured three "
        "times: as it comes, at the loudness of the dry clip (integrated, BS.1770), and as nothing but "
        "the gain that changes loudness as much as the effect does."
    )
    return Section(
        "Is it only loudness?",
        text,
        [
            Figure(
                "gain-share",
                "Share of the shift that gain alone makes",
                "100 %: a plain gain does as much. 0 %: loudness plays no part. Below: it would go the other way. "
                "Shares of shifts that may be zero are undetermined and listed, not drawn.",
                _shares_in_words(rows),
                charts.gain_share(rows),
            )
        ],
    )


def _plane(found: Findings, axes: Axes) -> Section:
    low, high = axes.scale or (0.0, 1.0)
    return Section(
        f"In the {axes.x}–{axes.y} plane",
        "From dry, through the levels, to the strongest.",
        [
            Figure(
                "plane",
                f"{axes.x.capitalize()} and {axes.y}, dry to wet",
                f"Means over {_whose(found)}; both scales run from {_plain(low)} to {_plain(high)}, the axes "
                "are zoomed to the data.",
                f"{extremes(found, axes.y)} {extremes(found, axes.x)}",
                charts.plane(found.points, axes=axes),
            )
        ],
    )


def _plain(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def _embedding(found: Findings) -> Section:
    rows = found.of_scope(found.displacements)
    raw = rows[rows["control"] == "raw"]
    known = raw.dropna(subset="displacement").to_dict("records")
    furthest = max(known, key=lambda row: row["displacement"], default=None)
    words = (
        "The clip is too short or too even for its dry windows to differ, so there is no unit to measure in."
        if furthest is None
        else f"{furthest['family']} moves the embedding furthest: {furthest['displacement']:.2f} dry spreads."
    )
    return Section(
        "How far the embedding moves",
        f"Distance of wet from dry in units of the spread between the clip’s own dry windows. {words}",
        [
            Figure(
                "displacement",
                "Embedding displacement",
                "At 1 an effect moves a window as far as the clip’s windows lie from their mean. The unprocessed clip, "
                f"taken the same way a second time, moves by at most {found.floor.distance:.2g}. Intervals that run "
                "off the scale are cut at its edge; the tables have them whole.",
                words,
                charts.displacement(raw),
            )
        ],
    )


def _listen(players: Sequence[PlayerGroup]) -> Section:
    return Section("Listen", "Hear what the model heard.", list(players))


def _method(found: Findings) -> Section:
    config = found.config
    unit = (
        "Intervals are over the clip’s windows and speak of this clip."
        if len(found.clips) == 1
        else "Intervals are over clips and speak of clips like these; those of single clips are in the tables."
    )
    shown = found.of_scope(found.ranking)
    scores = _agreement(found.encoder) if found.card is None else [of_probe.score_table(found.card)]
    windows = "one window" if found.windows.seconds is None else f"windows of {found.windows.seconds:g} s"
    learnt = "" if found.card is None else " The probe learnt from means over windows and is asked of single ones here."
    return Section(
        "Numbers and method",
        "Every row and more is in the tables folder.",
        [
            f"Analysed: at most {config.seconds:g} s of each file, in {windows}.{learnt} Effects "
            f"run once, at the file’s own rate; tails beyond the end are cut. {unit} "
            f"Bootstrap-t with {config.resamples} resamples, sign-flip p-values, Benjamini–Hochberg q over the "
            "effects of one control.",
            Table(
                "ranking",
                "Shift at each effect’s strongest level",
                shown,
                columns={
                    "family": "effect",
                    "level": "level",
                    "control": "control",
                    "target": "target",
                    "dry": "dry",
                    "shift": "Δ",
                    "low": "from",
                    "high": "to",
                    "q": "q",
                    "effect_size": "d",
                    "units": "n",
                },
                rows=None,
            ),
            *scores,
        ],
    )


def _agreement(encoder: str) -> list[Table]:
    table = trust.agreement_table(encoder)
    if table.empty:
        return []
    return [
        Table(
            "agreement",
            "How far the estimator agrees with listeners",
            table,
            "Pearson’s r of its estimates with ratings of unprocessed music, with 95 % interval.",
            {
                "estimate": "estimate",
                "rating": "listeners’ rating",
                "data": "music",
                "n": "n",
                "r": "r",
                "low": "from",
                "high": "to",
            },
        )
    ]


def _whose(found: Findings) -> str:
    return "the clip’s windows" if len(found.clips) == 1 else "the clips"


def _units(rows: pd.DataFrame) -> str:
    if rows.empty:
        return "units"
    count, unit = int(rows["units"].max()), rows["unit"].iloc[0]
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _setting(row: Mapping[Hashable, Any]) -> str:
    return str(row["family"]) if pd.isna(row["level"]) else f"{row['family']}@{row['level']:g}"


def _matched_legend(found: Findings) -> str:
    return "Matched: at the loudness of the dry clip." if "matched" in found.controls else ""


def _interval(row: Mapping[Hashable, Any]) -> str:
    return f"{row['shift']:+.3f} [{row['low']:+.3f}, {row['high']:+.3f}]".replace("-", "−")


def _trend_in_words(found: Findings) -> str:
    if found.trends.empty:
        return "No effect was swept over more than two levels."
    rows = found.of_scope(found.trends)
    sure = rows[(rows["q"] < 0.05) & (rows["control"] == "raw")]
    if sure.empty:
        return "No effect shows a trend over level that survives correction for the number of tests."
    parts = [
        f"{row['target']} {'rises' if row['rho'] > 0 else 'falls'} with {row['family']} (ρ {row['rho']:.2f})"
        for row in sure.to_dict("records")
    ]
    return "; ".join(parts).capitalize().replace("-", "−") + "."


def _shares_in_words(rows: pd.DataFrame) -> str:
    sure = rows[rows["determined"]]
    if sure.empty:
        return "No shift is large enough to say what share of it loudness makes."
    parts = [f"{row['family']} {row['target']} {row['share']:.2f}" for row in sure.to_dict("records")]
    return "Share that gain alone makes: " + ", ".join(parts).replace("-", "−") + "."
