"""The report of a shift measurement: which sections, which words, which figures."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from wetdry.audio import Windows
from wetdry.report import Figure, Note, PlayerGroup, Section, Table, charts
from wetdry.studies.shift import trust
from wetdry.studies.shift.config import ShiftConfig
from wetdry.studies.shift.measure import Floor
from wetdry.studies.shift.responses import ALL_CLIPS

WORDS = {"energy": ("calmer", "more energetic"), "valence": ("more negative", "more positive")}
"""What a lower and a higher estimate of each target is called."""

MOST = {"energy": ("calmest", "most energetic"), "valence": ("most negative", "most positive")}


@dataclass(frozen=True, eq=False)
class Findings:
    """Everything measured, as tables (see `tables`), plus what is needed to speak of it."""

    config: ShiftConfig
    encoder: str
    windows: Windows
    shifts: pd.DataFrame
    shares: pd.DataFrame
    displacements: pd.DataFrame
    trends: pd.DataFrame
    ranking: pd.DataFrame
    points: pd.DataFrame
    floor: Floor
    failures: pd.DataFrame
    clips: tuple[str, ...]
    synthetic: bool
    blindness: str = ""
    """What the encoder cannot hear, in sentences."""

    @property
    def scope(self) -> str:
        """Whom the main figures speak of: all clips together, or the only one."""
        return ALL_CLIPS if len(self.clips) > 1 else self.clips[0]

    @property
    def unchanging(self) -> list[str]:
        """Clips of several windows whose dry windows do not differ."""
        known = self.displacements.groupby("clip")["displacement"].count()
        several = self.shifts.groupby("clip")["units"].max() > 1
        return [clip for clip in self.clips if several[clip] and known[clip] == 0]

    @property
    def controls(self) -> list[str]:
        return list(dict.fromkeys(self.shifts["control"]))

    def of_scope(self, table: pd.DataFrame) -> pd.DataFrame:
        return table[table["clip"] == self.scope].reset_index(drop=True)


def lead(found: Findings) -> str:
    """The result in two sentences."""
    who = f"“{found.clips[0]}”" if len(found.clips) == 1 else f"{len(found.clips)} clips"
    families = found.shifts["family"].nunique()
    moves = " ".join(extremes(found, target) for target in WORDS)
    return f"{families} {'effect' if families == 1 else 'effects'} on {who}, heard by {found.encoder}. {moves}"


def extremes(found: Findings, target: str) -> str:
    """Which effect moves a target most, each way, where its interval excludes zero."""
    rows = found.of_scope(found.ranking)
    rows = rows[(rows["target"] == target) & (rows["control"] == "raw")]
    sure = [row for row in rows.sort_values("shift").to_dict("records") if row["low"] > 0 or row["high"] < 0]
    if rows["low"].isna().all():
        return f"One {rows['unit'].iloc[0]} gives no interval, so no shift of the estimated {target} is certain."
    lower, higher = MOST[target]
    ends = [(lower, row) for row in sure[:1] if row["shift"] < 0]
    ends += [(higher, row) for row in sure[-1:] if row["shift"] > 0]
    parts = [f"{word} with {_setting(row)} (Δ {target} {_interval(row)})" for word, row in ends]
    if not parts:
        return f"No effect moves the estimated {target} by more than its uncertainty."
    return f"It becomes {' and '.join(parts)}."


def sections(found: Findings, players: Sequence[PlayerGroup]) -> list[Section]:
    """The page from the answer to its evidence."""
    return [
        _answer(found),
        _doses(found),
        *([_loudness(found)] if "matched" in found.controls and len(found.shares) else []),
        _plane(found),
        _embedding(found),
        *([_listen(players)] if players else []),
        _method(found),
    ]


def _answer(found: Findings) -> Section:
    rows = found.of_scope(found.ranking)
    figures = [
        Figure(
            f"ranking-{target}",
            f"What makes it {WORDS[target][0]}, what {WORDS[target][1]}?",
            f"Shift of estimated {target} at each effect’s strongest level, with 95 % interval over "
            f"{_units(rows)}. Below zero: {WORDS[target][0]}. {_matched_legend(found)}",
            extremes(found, target),
            charts.ranking(rows, target),
        )
        for target in WORDS
    ]
    notes = [Note("trust", "Estimated, not felt", trust.wording(found.encoder))]
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


def _plane(found: Findings) -> Section:
    return Section(
        "In the valence–energy plane",
        "From dry, through the levels, to the strongest.",
        [
            Figure(
                "plane",
                "Valence and energy, dry to wet",
                f"Means over {_whose(found)}; both scales run from 0 to 1, the axes are zoomed to the data.",
                f"{extremes(found, 'energy')} {extremes(found, 'valence')}",
                charts.plane(found.points),
            )
        ],
    )


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
    agreement = trust.agreement_table(found.encoder)
    return Section(
        "Numbers and method",
        "Every row and more is in the tables folder.",
        [
            f"Analysed: at most {config.seconds:g} s of each file, in windows of {found.windows.seconds:g} s. Effects "
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
            *([_agreement(agreement)] if len(agreement) else []),
        ],
    )


def _agreement(table: pd.DataFrame) -> Table:
    return Table(
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
