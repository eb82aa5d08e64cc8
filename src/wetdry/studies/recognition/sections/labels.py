"""What the ratings look like before any model."""

from __future__ import annotations

import pandas as pd

from wetdry.report import Figure, Section, charts
from wetdry.studies.phrases import bounded, counted, number
from wetdry.studies.recognition import words
from wetdry.studies.recognition.findings import Findings
from wetdry.studies.targets import AROUSAL, VALENCE

AXES = (VALENCE, AROUSAL)

MOST_PAIRS = 3
"""Correlations told in words."""


def labels(found: Findings) -> list[Section]:
    """The plane where it is rated, the distribution of each rating, and how they go together."""
    ratings = found.table("ratings")
    if ratings.empty:
        return []
    long = ratings.melt(id_vars=["item"], value_vars=list(found.targets), var_name="target", value_name="value")
    figures = [
        Figure(
            "ratings",
            "How the ratings are spread",
            f"Clips by their rating{words.unit(found)}. Where ratings hardly differ, there is little to learn.",
            _spreads(ratings, found.targets),
            charts.rating_histograms(long[["target", "value"]]),
        )
    ]
    if set(AXES) <= set(found.targets):
        figures.insert(
            0,
            Figure(
                "plane",
                "Valence and arousal of the clips",
                "A point a clip, as it was rated.",
                _quadrants(ratings, found),
                charts.rated_plane(ratings, x=VALENCE, y=AROUSAL, scale=found.scale),
            ),
        )
    correlations = found.table("correlations")
    if len(found.targets) > 1 and len(correlations):
        figures.append(
            Figure(
                "correlations",
                "How the ratings go together",
                "Pearson’s r over clips. What two ratings share, a model of one tells of the other.",
                _pairs(correlations),
                charts.rating_correlations(correlations),
            )
        )
    lead = "A model can tell no more than the ratings hold: how widely they are spread, and what they share."
    return [Section("What was rated?", lead, figures)]


def _spreads(ratings: pd.DataFrame, targets: tuple[str, ...]) -> str:
    parts = [f"{name} {number(ratings[name].mean())} ± {number(ratings[name].std())}" for name in targets]
    return f"Mean ± standard deviation over {counted(len(ratings), 'clip')}: {', '.join(parts)}."


def _quadrants(ratings: pd.DataFrame, found: Findings) -> str:
    """How many clips are on which side of both middles: of the scale, or where that is not known, of the ratings."""
    middle = {name: ratings[name].median() if found.scale is None else sum(found.scale) / 2 for name in AXES}
    high, low = ({name: side(ratings[name], middle[name]) for name in AXES} for side in (pd.Series.gt, pd.Series.lt))
    counts = {
        "positive and aroused": high[VALENCE] & high[AROUSAL],
        "negative and aroused": low[VALENCE] & high[AROUSAL],
        "negative and calm": low[VALENCE] & low[AROUSAL],
        "positive and calm": high[VALENCE] & low[AROUSAL],
    }
    parts = [f"{name} {int(clips.sum())}" for name, clips in counts.items()]
    of = "medians" if found.scale is None else "middle of the scale"
    return f"{counted(len(ratings), 'clip')}, by the {of}: {', '.join(parts)}."


def _pairs(correlations: pd.DataFrame) -> str:
    first = {name: place for place, name in enumerate(dict.fromkeys(correlations["row"]))}
    upper = correlations[correlations["row"].map(first) < correlations["column"].map(first)].dropna(subset=["r"])
    if upper.empty:
        return "No correlation could be determined."
    strongest = upper.loc[upper["r"].abs().sort_values(ascending=False, kind="stable").index].head(MOST_PAIRS)
    parts = [f"{row['row']} and {row['column']} {bounded(row, 'r')}" for row in strongest.to_dict("records")]
    largest = "Largest of them: " if len(upper) > MOST_PAIRS else ""
    return f"{largest}{'; '.join(parts)}."
