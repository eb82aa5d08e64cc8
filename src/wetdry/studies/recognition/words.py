"""What the models of a recognition study are worth, in sentences and short tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from wetdry.studies.phrases import METRICS, bounded, counted, listed, number, whole, with_bounds
from wetdry.studies.recognition.findings import KINDS, Findings, Row

MOST_TARGETS = 3
"""That sentences and tables speak of one by one."""


def who(found: Findings) -> str:
    """What was measured, in one sentence."""
    measured = found.measured
    clips, groups = len(measured.clips), len(set(measured.groups))
    together = "" if groups == clips else f" in {counted(groups, 'group')}"
    models = counted(found.honest["model"].nunique(), "model")
    return (
        f"{counted(clips, 'clip')} of {found.short_name}{together}; {models}, scored on clips that they had not "
        "learnt from."
    )


def worth(found: Findings) -> str:
    """What the best model of each kind reaches on each target, or over all of them where there are many."""
    if not found.kinds:
        return "No model has a figure."
    if len(found.targets) > MOST_TARGETS:
        return _worth_over_targets(found)
    return " ".join(filter(None, (_worth_of(found, target) for target in found.targets)))


def _worth_of(found: Findings, target: str) -> str:
    top = found.best(target)
    if top is None:
        return f"{capital(target)} has no R²."
    mean = found.baseline(target)
    if mean:
        text = f"{capital(target)}: no model is above the {mean['model']}, R² {bounded(mean)}; the best of each are"
    else:
        text = f"{capital(target)}: R² {bounded(top)} for {KINDS[top['phase']]} ({top['model']}),"
    others = [found.best(target, (phase,)) for phase in found.kinds if mean or phase != top["phase"]]
    rows = sorted((row for row in others if row), key=lambda row: -row["value"])
    if not rows:
        return f"{text.removesuffix(',')}."
    values = listed(f"{number(row['value'])} for {KINDS[row['phase']]}" for row in rows)
    return f"{text} {values}; {_worse(rows)}."


def _worse(rows: Sequence[Row]) -> str:
    """Which rows are shown to lie below the best of their target."""
    known = [row for row in rows if not (pd.isna(row["behind_low"]) or pd.isna(row["behind_high"]))]
    if not known:
        return "no interval tells whether they differ"
    worse = [KINDS[row["phase"]] for row in known if row["behind_high"] < 0]
    return f"shown to be worse: {listed(worse)}" if worse else "none of these is shown to be worse"


def behind(row: Row) -> str:
    """How the row stands to the best of its target."""
    if pd.isna(row["behind_low"]) or pd.isna(row["behind_high"]):
        return "no interval of the difference"
    if row["behind_high"] >= 0:
        return "not to be told from it"
    return f"{with_bounds(-row['behind'], -row['behind_high'], -row['behind_low'])} less"


def _worth_over_targets(found: Findings) -> str:
    tops = [row for target in found.targets if (row := found.best(target))]
    least, most = (pick(tops, key=lambda row: row["value"]) for pick in (min, max))
    means = []
    for phase, kind in found.kinds.items():
        over = found.mean_r2((phase,))
        if len(over):
            means.append(f"{kind} {number(over.iloc[0])} ({over.index[0]})")
    text = (
        f"The best model of a target reaches an R² from {bounded(least)} ({least['target']}, {least['model']}) to "
        f"{bounded(most)} ({most['target']}, {most['model']})."
    )
    if not means:
        return text
    return f"{text} Highest mean R² over {len(found.targets)} targets: {', '.join(means)}."


def beyond_the_mean(found: Findings) -> str:
    """For which targets any model is better than the mean of the labels."""
    rows = found.honest
    if rows.empty:
        return ""
    if rows["low"].isna().all():
        return "Too few groups for intervals: whether any model is better than the mean of the labels is not known."
    better = [target for target in found.targets if (rows.loc[rows["target"] == target, "low"] > 0).any()]
    none = [target for target in found.targets if target not in better]
    if not none:
        return ""
    return f"For {listed(none)} no interval lies above 0, the R² of the mean of the labels."


def not_told_apart(found: Findings) -> list[str]:
    """For each target, which models cannot be told from the best one."""
    texts = []
    for target in found.targets:
        top = found.best(target)
        if top is None:
            continue
        top = found.baseline(target) or top
        rows = found.honest
        rows = rows[(rows["target"] == target) & (rows["model"] != top["model"])]
        known = rows.dropna(subset=["behind_low", "behind_high"])
        alike = known[known["behind_high"] >= 0].sort_values("value", ascending=False, kind="stable")
        texts.append(f"{capital(target)}: {_alike(top, known, list(alike['model']))}")
    return texts


MOST_NAMED = 6


def _alike(top: Row, known: pd.DataFrame, alike: list[str]) -> str:
    if known.empty:
        return f"{top['model']} is first; no other model has an interval of the difference."
    if not alike:
        return f"all of {len(known)} others are behind {top['model']}."
    named = alike[:MOST_NAMED]
    more = f" and {len(alike) - len(named)} more" if len(alike) > len(named) else ""
    names = ", ".join(named) + more if more else listed(named)
    return f"{len(alike)} of {len(known)} others cannot be told from {top['model']}: {names}."


def leaks(found: Findings) -> list[str]:
    """What each leaking row reaches, beside the honest row that it belongs to."""
    honest = found.honest.set_index(["model", "target"])
    texts = []
    for model, rows in found.leaking.groupby("model", sort=False):
        partner = str(model).partition(", ")[0]
        parts = []
        for row in rows.to_dict("records")[:MOST_TARGETS]:
            text = f"{row['target']} {number(row['value'])}"
            if (partner, row["target"]) in honest.index:
                text += f" instead of {number(honest.loc[(partner, row['target']), 'value'])}"
            parts.append(text)
        texts.append(f"{model} ({rows['leaks'].iloc[0]}): R² of {', '.join(parts)}.")
    return texts


def unit(found: Findings) -> str:
    """The scale of the labels in brackets, as far as it is known."""
    return "" if found.scale is None else f" ({found.measured.unit})"


def terminal_rows(tables: dict[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """A row a model, the best first: its R² with intervals, parameters and seconds; a row that leaks says so."""
    scores = tables["scores"]
    r2 = scores[scores["metric"] == "r2"]
    targets = list(dict.fromkeys(r2["target"]))
    rows = []
    for model in tables["leaderboard"]["model"]:
        of_model = r2[r2["model"] == model].set_index("target")
        first = of_model.iloc[0]
        rows.append(
            {
                "model": f"{model} (leaks)" if first["leaks"] else model,
                **_terminal_scores(of_model, targets),
                "parameters": whole(first["parameters"]),
                "seconds": seconds(first["seconds"]),
            }
        )
    return rows


def _terminal_scores(of_model: pd.DataFrame, targets: list[str]) -> dict[str, str]:
    if len(targets) <= MOST_TARGETS:
        return {f"R² {target}": bounded(of_model.loc[target]) for target in targets}
    values = of_model["value"]
    return {"mean R²": number(values.mean()), "from": number(values.min()), "to": number(values.max())}


def seconds(value: Any) -> str:
    """Seconds to a tenth, whole from ten on, a dash for what is unknown.

    >>> seconds(0.04), seconds(63.2), seconds(float("nan"))
    ('0.0', '63', '–')
    """
    return "–" if pd.isna(value) else f"{value:.{0 if value >= 10 else 1}f}"


def capital(name: str) -> str:
    """A name at the start of a sentence.

    >>> capital("valence"), capital("")
    ('Valence', '')
    """
    return name[:1].upper() + name[1:]


def headed(frame: pd.DataFrame) -> dict[str, str]:
    """The columns of a table, each under its name, scores under theirs in words."""
    return {str(name): METRICS.get(str(name), str(name)) for name in frame}
