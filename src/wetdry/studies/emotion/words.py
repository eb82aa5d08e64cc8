"""Numbers and findings in words, and the small tables that figures take, for the page of an emotion study."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from wetdry.studies.emotion.findings import Findings
from wetdry.studies.emotion.performance import ALL_CLASSES, GROUPS, RANDOM, SHUFFLED
from wetdry.studies.emotion.survival import PARTLY, RAW, REQUIRED, SURVIVES, UNTESTED, YES
from wetdry.studies.phrases import METRICS, listed, number, signed, with_bounds
from wetdry.studies.targets import AROUSAL, VALENCE

MOST_NAMED = 4
NO_LEVELS = "No effect with levels was asked for."

Row = Mapping[Hashable, Any]


def who(found: Findings) -> str:
    """What was measured, in one sentence."""
    measured = found.measured
    chains, single = measured.steps.others
    under = {"effect": len(measured.steps.sweeps) + single, "chain": chains}
    done = listed(_counted(count, noun) for noun, count in under.items() if count)
    return (
        f"{_counted(len(measured.test), 'clip')} that the probes never saw, under {done}, heard by "
        f"{listed(found.encoders)}; probes learnt from {len(measured.train)} dry clips."
    )


def survivors(found: Findings) -> str:
    """How many shifts survive, and the largest of them."""
    rows = found.main("survival")
    last = rows[rows["check"] == SURVIVES]
    tested = rows[(rows["check"] == RAW) & (rows["verdict"] != UNTESTED)]
    if tested.empty:
        return f"No shift could be tested: {rows['detail'].iloc[0]}."
    moving = int((tested["verdict"] == YES).sum())
    kept = last[last["verdict"] == YES]
    text = (
        f"Of {_counted(len(last), 'shift')} {moving} {_do(moving, 'differ')} from zero, and {len(kept)} "
        f"{_do(len(kept), 'survive')} every check that was made{_not_made(rows)}"
    )
    if kept.empty:
        return f"{text}."
    largest = kept.assign(size=kept["shift"].abs() / kept.groupby("unit")["shift"].transform(lambda s: s.abs().max()))
    named = largest.sort_values("size", ascending=False, kind="stable").head(MOST_NAMED).to_dict("records")
    return f"{text}: {listed(_shift_of(row) for row in named)}{' among them' if len(kept) > len(named) else ''}."


def overview(rows: pd.DataFrame) -> pd.DataFrame:
    """Whether each shift survives, with the emotions where the checks of `charts.survival` go."""
    last = rows[rows["check"] == SURVIVES]
    return last.assign(check=last["target"], target=SURVIVES)


def checks_made(rows: pd.DataFrame) -> pd.DataFrame:
    """The checks that some shift was put to."""
    made = rows.loc[rows["verdict"] != UNTESTED, "check"].unique()
    return rows[rows["check"].isin(made)]


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _do(count: int, verb: str) -> str:
    return f"{verb}{'s' if count == 1 else ''}"


def _not_made(rows: pd.DataFrame) -> str:
    """The checks that no shift was put to."""
    without = [check for check in REQUIRED if (rows.loc[rows["check"] == check, "verdict"] == UNTESTED).all()]
    return f" (not made: {', '.join(without)})" if without else ""


def _shift_of(row: Row) -> str:
    matched = f", {signed(row['matched'])} at equal loudness"
    return f"{row['effect']} on {row['target']} in {row['encoder']} ({signed(row['shift'])}{matched})"


def largest(shifts: pd.DataFrame) -> str:
    """The cells of one encoder that move most at level, raw, with what is left at equal loudness."""
    raw = shifts[(shifts["control"] == "raw") & (shifts["level"] != 0.0)].dropna(subset=["shift"])
    if raw.empty:
        return "No shift could be measured."
    matched = shifts[shifts["control"] == "matched"].set_index(["effect", "level", "target"])["shift"]
    parts = []
    for target, rows in raw.groupby("target", sort=False):
        row = rows.iloc[int(np.argmax(rows["shift"].abs()))]
        place = (row["effect"], row["level"], target)
        left = f", {signed(float(matched.loc[[place]].iloc[0]))} at equal loudness" if place in matched.index else ""
        where = row["effect"] if pd.isna(row["level"]) else f"{row['effect']} at level {row['level']:g}"
        parts.append(f"{target} {_bounded(row, 'shift')} under {where}{left}")
    return f"Largest shifts: {'; '.join(parts)}."


def plane(shifts: pd.DataFrame) -> str:
    """Which way each effect goes at its strongest level."""
    raw = shifts[(shifts["control"] == "raw") & shifts["level"].notna()]
    if raw.empty:
        return NO_LEVELS
    strongest = raw[raw["level"] == raw.groupby("effect")["level"].transform("max")]
    wide = strongest.pivot_table(index="effect", columns="target", values="shift", sort=False)
    parts = [
        f"{effect}: valence {signed(row[VALENCE])}, arousal {signed(row[AROUSAL])}" for effect, row in wide.iterrows()
    ]
    return f"At the strongest level, {'; '.join(parts)}."


def plane_points(found: Findings, encoder: str) -> pd.DataFrame:
    """Mean place of the evaluated clips in the plane, dry and under each effect and chain, raw and matched."""
    rows = found.main("shifts", encoder=encoder)
    rows = rows[rows["control"].isin(["raw", "matched"]) & rows["target"].isin([VALENCE, AROUSAL])]
    wet = rows.pivot_table(
        index=["effect", "level", "control"], columns="target", values="wet", sort=False, dropna=False, observed=True
    )
    wet = wet.dropna(how="all").reset_index()
    dry = rows.drop_duplicates("target").set_index("target")["dry"]
    before = pd.DataFrame(
        [
            {"effect": "dry", "level": 0.0, "control": control, VALENCE: dry[VALENCE], AROUSAL: dry[AROUSAL]}
            for control in rows["control"].unique()
        ]
    )
    swept = wet[wet["level"].notna() & (wet["level"] != 0.0)]
    return pd.concat([before, swept], ignore_index=True)


def radar_rows(found: Findings, encoder: str) -> pd.DataFrame:
    """Mean estimate of each class (or number) at the strongest level of each effect, and dry."""
    rows = found.main("shifts", encoder=encoder)
    rows = rows[(rows["control"] == "raw") & rows["level"].notna()]
    if found.classes:
        rows = rows[rows["target"].isin(found.classes)]
    strongest = rows[rows["level"] == rows.groupby("effect")["level"].transform("max")]
    dry = rows.drop_duplicates("target")
    return pd.concat(
        [
            pd.DataFrame({"effect": "dry", "axis": dry["target"], "value": dry["dry"]}),
            pd.DataFrame({"effect": strongest["effect"], "axis": strongest["target"], "value": strongest["wet"]}),
        ],
        ignore_index=True,
    )


def changed(found: Findings, encoder: str) -> str:
    """Which share of clips changes class under each effect at its strongest."""
    rows = found.main("class_tests", encoder=encoder)
    rows = rows[(rows["control"] == "raw") & rows["level"].notna()]
    rows = rows[rows["level"] == rows.groupby("effect")["level"].transform("max")]
    parts = [f"{row['effect']} {row['changed']:.0%}" for row in rows.dropna(subset=["changed"]).to_dict("records")]
    if not parts:
        return NO_LEVELS if rows.empty else "No clip was classified."
    return f"Clips that change class at the strongest level: {', '.join(parts)}."


def worst(robustness: pd.DataFrame) -> str:
    """Under which effect each encoder loses most."""
    if robustness.empty:
        return NO_LEVELS
    raw = robustness[robustness["control"] == "raw"].dropna(subset=["value"])
    if raw.empty:
        return "No robustness could be determined: dry scores are not above a guess."
    parts = []
    for encoder, rows in raw.groupby("encoder", sort=False):
        row = rows.iloc[int(np.argmin(rows["value"]))]
        score = METRICS[row["metric"]] + ("" if row["target"] == ALL_CLASSES else f" of {row['target']}")
        parts.append(f"{encoder} keeps {_bounded(row, 'value')} of its {score} under {row['effect']}")
    return f"Hardest effect of each encoder: {'; '.join(parts)}."


def aligned(rows: pd.DataFrame) -> str:
    """How much of the movement is emotional, against random directions."""
    known = rows.dropna(subset=["share"])
    if known.empty:
        return "No displacement could be held against emotion."
    parts = [
        f"{row['effect']} in {row['who']} {row['share']:.1%} (random up to {row['chance_high']:.1%})"
        for row in known.to_dict("records")
    ]
    return f"Share along emotion: {'; '.join(parts)}."


def additive(rows: pd.DataFrame) -> str:
    """How many chains are more or less than the sum of their parts."""
    differ = rows[rows["q"] < 0.05]
    texts = [
        f"{row['chain']} on {row['target']} ({signed(row['actual'])} against {signed(row['expected'])})"
        for row in differ.reindex(differ["beyond"].abs().sort_values(ascending=False).index).head(3).to_dict("records")
    ]
    if not texts:
        return f"None of {len(rows)} shifts of chains differs from the sum of its parts (q < 0.05)."
    return (
        f"{len(differ)} of {len(rows)} shifts of chains differ from the sum of their parts (q < 0.05): {listed(texts)}."
    )


def agreeing(rows: pd.DataFrame) -> str:
    """The range of agreement between families of probes."""
    known = rows.loc[rows["who"] != rows["other"], "value"].dropna()
    if known.empty:
        return "No two families of probes could be compared."
    if known.nunique() == 1:
        return f"A correlation of {number(known.iloc[0])}."
    return f"Correlations from {number(known.min())} to {number(known.max())}."


def trust(found: Findings) -> list[str]:
    """What a reader must keep in mind, with the scores that decide how far to believe anything here."""
    splits = found.main("splits")
    metric = main_metric(found)
    rows = splits[(splits["metric"] == metric) & splits["split"].str.startswith("groups")]
    scores = [
        f"{row['encoder']} {METRICS[metric]}{_of_target(found, row)} {_bounded(row, 'value')}"
        for row in rows.to_dict("records")
    ]
    chance = f" A guess scores {number(rows['chance'].iloc[0])}." if found.classes and len(rows) else ""
    return [
        f"Held-out dry scores of the main probe ({found.main_probe}): {'; '.join(scores)}.{chance}",
        "Everything here is what a probe estimates from an embedding, not what listeners feel; strong effects lie "
        "outside of what it learnt from. wetdry listen makes the test that would settle it.",
    ]


def _bounded(row: Any, name: str) -> str:
    """The figure `name` of a row with the interval of that row."""
    return with_bounds(row[name], row["low"], row["high"])


def _of_target(found: Findings, row: Row) -> str:
    return "" if found.classes else f" of {row['target']}"


def main_metric(found: Findings) -> str:
    """The score that is shown where there is room for one."""
    return "accuracy" if found.classes else "r2"


def robust_metric(found: Findings) -> str:
    """The score whose area is shown: one that is 0 for a guess, so that a share of it is a share of skill."""
    return "kappa" if found.classes else "ccc"


def split_rows(found: Findings) -> pd.DataFrame:
    """A row for each encoder and target, a column for each way to hold clips out."""
    rows = found.main("splits", baselines=True)
    rows = rows[rows["metric"] == main_metric(found)]
    scores = rows.assign(score=[_bounded(row, "value") for _, row in rows.iterrows()])
    keys = ["encoder", *([] if found.classes else ["target"])]
    table = scores.pivot(index=keys, columns="split", values="score")
    order = [list(dict.fromkeys(rows[key])) for key in keys]
    table = table.reindex(pd.MultiIndex.from_product(order, names=keys) if len(keys) > 1 else order[0])
    table = table[[way for way in (GROUPS, RANDOM, SHUFFLED) if way in table]].rename_axis(keys)
    if found.classes:
        table["a guess"] = number(rows["chance"].iloc[0])
    return table.reset_index().rename_axis(columns=None)


def novelty_rows(found: Findings) -> pd.DataFrame:
    """Mean novelty of the evaluated clips: dry, and raw at each level."""
    rows = found.main("estimates")
    rows = rows[(rows["control"] == "raw") & rows["level"].notna()]
    swept = rows[(rows["effect"] != "dry") & (rows["level"] != 0.0)]
    dry = rows[rows["effect"] == "dry"].groupby("encoder")["novelty"].mean()
    table = swept.pivot_table(index=["encoder", "effect"], columns="level", values="novelty", sort=False)
    table = table.rename(columns="level {:g}".format)
    table.insert(0, "dry", [dry[encoder] for encoder in table.index.get_level_values("encoder")])
    return table.round(2).reset_index().rename_axis(columns=None)


def method(found: Findings) -> str:
    """How the figures came about."""
    config, measured = found.config, found.measured
    part = "from the middle" if config.begin is None else f"from {config.begin:g} s on"
    return (
        f"Split: {measured.sides.how}. At most {config.seconds:g} s of each clip, {part}. Probes learn from dry clips "
        "alone; effects are applied at the rate of the file, to evaluated clips only, and each also at the loudness of "
        "the dry clip and as a gain alone. Shifts are paired, wet − dry of one clip; intervals are bootstraps over "
        "groups of clips, p-values sign-flip permutations over groups, q-values Benjamini–Hochberg over all effects "
        "and emotions of one control, within one encoder, layer and family of probes. The dose is tested by the mean "
        "rank correlation of estimate and level in a clip."
    )


def terminal_rows(survival: pd.DataFrame) -> list[dict[str, Any]]:
    """A row for each encoder, layer and effect: its largest shift raw, and the emotions that survive, in part: “?”."""
    last = survival[survival["check"] == SURVIVES]
    several = last.groupby("encoder")["layer"].nunique().max() > 1
    rows = []
    for (encoder, layer, effect), of_effect in last.groupby(["encoder", "layer", "effect"], sort=False):
        row = of_effect.iloc[int(np.argmax(of_effect["shift"].abs().fillna(-1.0)))]
        kept = [
            f"{target}{'' if said == YES else '?'}"
            for target, said in zip(of_effect["target"], of_effect["verdict"], strict=True)
            if said in (YES, PARTLY)
        ]
        unknown = (of_effect["verdict"] == UNTESTED).all()
        rows.append(
            {
                "encoder": encoder,
                **({"layer": layer} if several else {}),
                "effect": effect,
                "largest shift": f"{row['target']} {_bounded(row, 'shift')}",
                "at equal loudness": with_bounds(row["matched"], row["matched_low"], row["matched_high"]),
                "survives": UNTESTED if unknown else ", ".join(kept) or "–",
            }
        )
    return rows


def slug(name: str) -> str:
    """A name as it may stand in a file name.

    >>> slug("whisper-tiny.en")
    'whisper-tiny-en'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
