"""Numbers and findings in words, for the page of a sensitivity study and for a terminal."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from wetdry.studies.phrases import number, signed, with_bounds
from wetdry.studies.sensitivity.findings import Findings

Row = Mapping[Hashable, Any]

PLUS_MINUS = "\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}"


def remarks(found: Findings) -> list[str]:
    """What the tables note of their rows, each remark once with how many rows it is about."""
    about: dict[str, list[str]] = {}
    for name in ("correlation", "samplewise"):
        table = found.tables[name]
        for row in table[table["notes"] != ""].to_dict("records"):
            where = f"{row['encoder']} {row['layer']}, {row['effect']}, {row['label']}"
            about.setdefault(row["notes"], []).append(where)
    for row in found.tables["notes"].to_dict("records"):
        where = f"{row['encoder']} {row['layer']}, {row['effect']}"
        about.setdefault(f"{row['about']}: {row['note']}", []).append(where)
    return [
        f"{text} ({places[0]})" if len(places) == 1 else f"{text} ({len(places)} figures, such as {places[0]})"
        for text, places in about.items()
    ]


def strongest(rows: pd.DataFrame) -> str:
    """Which strength can be read best, which worst, on clips left out."""
    known = rows.dropna(subset=["ridge_held_out_r2"]).to_dict("records")
    if not known:
        return "No direction could be tested on clips that it was not fitted on."
    ranked = sorted(known, key=lambda row: row["ridge_held_out_r2"])
    if len(ranked) == 1:
        return f"One direction reads the strength of {_of(ranked[0])}."
    return f"The strength of {_of(ranked[-1])} is read best, that of {_of(ranked[0])} worst."


def monotone(rows: pd.DataFrame) -> str:
    """How well the order of strengths is kept within held-out clips."""
    parts = [f"{row['encoder']} {row['effect']} ρ {number(row['within'])}" for row in rows.to_dict("records")]
    return "Correlation of strength and held-out projection within a clip, on average: " + "; ".join(parts) + "."


def best_change(changes: pd.DataFrame) -> str:
    """The projection that helps wet clips most."""
    if changes.empty:
        return "No projection could be fitted."
    best = changes.loc[[changes["wet"].idxmax()]].to_dict("records")[0]
    interval = f"{signed(best['wet'])} [{signed(best['wet_low'])}, {signed(best['wet_high'])}]"
    return (
        f"The largest gain on wet clips is that of {best['method']} for {best['effect']} in {best['encoder']}: "
        f"{interval}, at {signed(best['clean'])} on dry ones."
    )


def mean_sd(values: Any) -> pd.Series[str]:
    """Mean ± standard deviation of groups, × 100."""
    mean, sd = 100 * values.mean(), 100 * values.std()
    texts = [_percent(m) + ("" if pd.isna(s) else f"{PLUS_MINUS}{s:.1f}") for m, s in zip(mean, sd, strict=True)]
    return pd.Series(texts, index=mean.index)


def published(row: Row) -> str:
    """The published figure, × 100; empty where there is none."""
    return (
        "" if pd.isna(row["published"]) else f"{100 * row['published']:.2f}{PLUS_MINUS}{100 * row['published_sd']:.2f}"
    )


def with_interval(row: Row, name: str) -> str:
    """The figure `name` of a row with its interval."""
    return with_bounds(row[name], row[f"{name}_low"], row[f"{name}_high"])


def span(values: pd.Series[float]) -> str:
    """The smallest and the largest of what is known.

    >>> span(pd.Series([0.5, None, 0.25]))
    '0.25 to 0.50'
    """
    known = values.dropna()
    if known.empty:
        return "–"
    low, high = number(known.min()), number(known.max())
    return low if low == high else f"{low} to {high}"


def _of(row: Row) -> str:
    held_out, in_sample = number(row["ridge_held_out_r2"]), number(row["r2"])
    return f"{row['effect']} in {row['encoder']} (held-out R² {held_out}, in-sample {in_sample})"


def _percent(value: float) -> str:
    return "–" if pd.isna(value) else f"{value:.1f}".replace("-", "−")
