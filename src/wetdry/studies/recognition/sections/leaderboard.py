"""Which models tell the ratings, in order, and which of them cannot be told apart."""

from __future__ import annotations

from typing import Any

import pandas as pd

from wetdry.report import Block, Figure, Note, Section, Table, charts
from wetdry.studies.phrases import METRICS, UNKNOWN, bounded, counted, listed, number, signed, whole
from wetdry.studies.recognition import words
from wetdry.studies.recognition.findings import Findings
from wetdry.studies.recognition.published import DEAM, published_r2
from wetdry.studies.tables import side_by_side

ERRORS = ("rmse", "mae", "ccc")
MOST_SCATTERED = 2
"""Models whose estimates are drawn one by one."""


def leaderboard(found: Findings) -> list[Section]:
    """Figure, table, what cannot be told apart, and what the best model says of each clip."""
    rows = found.r2
    known = published_r2(rows) if found.kind == DEAM else pd.Series(float("nan"), index=rows.index)
    blocks: list[Block] = [
        Figure(
            "leaderboard",
            "R² of every model",
            "On clips held out, with 95 % intervals over groups of clips. 0: as good as the mean of the scored labels, "
            f"1: perfect.{_marks(found, known)}",
            _leaders(found),
            charts.leaderboard(rows.assign(published=known)),
        ),
        *_tables(found),
        Note(
            "trust",
            "Which models cannot be told from the best?",
            ["Differences are of the same clips, with 95 % intervals over groups.", *words.not_told_apart(found)],
        ),
        _spread(found),
    ]
    if found.leaking.shape[0]:
        blocks.append(Note("info", "What leaks, and how much it adds", words.leaks(found)))
    return [
        Section(
            "What are they worth?",
            f"Models that learn from {listed(found.kinds.values() or ['labels alone'])}, tried on the same clips, held "
            f"out in the same way{_but_for_leaks(found)}.",
            [*blocks, *_scatter(found)],
        )
    ]


def ranking(found: Findings) -> pd.DataFrame:
    """A row a model, the best first, as it is read on the page: model, R², published R², parameters, seconds, leaks.

    R² is text with its interval where targets are few; with many there is the mean, and that of each target alone.
    Published figures are there where there are any of the same models.
    """
    rows = found.r2
    first = rows.drop_duplicates("model").set_index("model")
    if _few(found):
        table = side_by_side(rows, ["model"], "target", found.targets)
    else:
        table = rows.pivot(index="model", columns="target", values="value").loc[first.index, list(found.targets)]
        table.insert(0, "mean", table.mean(axis=1, skipna=False))
        table = table.rename_axis(columns=None).reset_index()
    table = table.rename(columns={name: f"R² {name}" for name in ("mean", *found.targets)})
    for target in found.targets:
        known = published_r2(table.assign(target=target))
        if known.notna().any():
            table[f"published {target}"] = known
    return table.assign(
        parameters=[whole(value) for value in first["parameters"]],
        seconds=[words.seconds(value) for value in first["seconds"]],
        leaks=first["leaks"].to_numpy(),
    )


def errors(found: Findings) -> pd.DataFrame:
    """The other scores of each model, in the same order: model, then a column a score and target."""
    scores = found.tables["scores"]
    table = pd.DataFrame({"model": list(dict.fromkeys(found.r2["model"]))})
    for metric in ERRORS:
        for target in found.targets:
            own = scores[(scores["metric"] == metric) & (scores["target"] == target)].set_index("model")["value"]
            table[f"{metric.upper()} {target}"] = own.reindex(table["model"]).to_numpy(float)
    return table


def _few(found: Findings) -> bool:
    """Whether every target has room of its own in a table."""
    return len(found.targets) <= words.MOST_TARGETS


def _tables(found: Findings) -> list[Table]:
    """The leaderboard in figures."""
    frame = ranking(found)
    published = any(str(column).startswith("published") for column in frame)
    order = "From the highest mean R² down; the tables “leaderboard” and “scores” have every score and interval."
    tables = [
        Table(
            "ranking",
            "Leaderboard",
            frame,
            f"{order} Parameters: numbers learnt. Seconds: of one fit, on average, on this machine; they differ from "
            f"run to run.{' DEAM: R² published for it, measured by others.' if published else ''}",
            {str(name): str(name).replace("published", "DEAM") for name in frame if name != "leaks"},
            rows=None,
        )
    ]
    if _few(found):
        text = f"RMSE and MAE are in units of the labels{words.unit(found)}; CCC is {METRICS['ccc']}."
        tables.append(Table("errors", "How large are the errors?", errors(found), text, rows=None))
    return tables


def _spread(found: Findings) -> Table:
    rows = found.r2
    frame = pd.DataFrame(
        {
            "model": rows["model"],
            "target": rows["target"],
            "R²": [bounded(row) for _, row in rows.iterrows()],
            "less the best": [_less_the_best(row) for _, row in rows.iterrows()],
            "folds": [_plus_minus(row["fold_mean"], row["fold_sd"]) for _, row in rows.iterrows()],
            "runs": [number(value) for value in rows["seed_sd"]],
        }
    )
    folds, seeds = int(rows["folds"].max()), int(rows["seeds"].max())
    return Table(
        "spread",
        "How firm these figures are",
        frame,
        f"Less the best: R² less that of the best row of the target that does not leak. Folds: mean ± standard "
        f"deviation over {counted(folds, 'fold')}; a fold has its own mean to beat, so that this mean is not the "
        f"R² of all.{_runs(seeds)}",
        {str(name): str(name) for name in frame if name != "runs" or seeds > 1},
    )


def _less_the_best(row: Any) -> str:
    if pd.isna(row["behind"]):
        return UNKNOWN
    if pd.isna(row["behind_low"]):
        return "the best" if row["behind"] == 0 else signed(row["behind"])
    return f"{signed(row['behind'])} [{signed(row['behind_low'])}, {signed(row['behind_high'])}]"


def _runs(seeds: int) -> str:
    if seeds == 1:
        return ""
    return (
        f" Runs: standard deviation over {seeds} runs of what starts at random; its R² is the mean of them, what one "
        "run is worth."
    )


def _plus_minus(mean: float, spread: float) -> str:
    if pd.isna(mean) or pd.isna(spread):
        return number(mean)
    return f"{number(mean)} ± {number(spread)}"


def _marks(found: Findings, known: pd.Series[float]) -> str:
    leaks = " Leaking rows are greyed: no candidates." if len(found.leaking) else ""
    return f"{leaks}{' Diamonds: published for DEAM.' if known.notna().any() else ''}"


def _but_for_leaks(found: Findings) -> str:
    return ", but for rows that leak" if len(found.leaking) else ""


def _leaders(found: Findings) -> str:
    """The best model of each target, and the mean of the labels below it."""
    texts = []
    for target in found.targets:
        top = found.best(target)
        if top is not None:
            texts.append(f"{target} {bounded(top)} by {top['model']}")
    if not texts:
        return "No model has an R²."
    return f"Highest R² of {counted(found.honest['model'].nunique(), 'model')}: {'; '.join(texts)}."


def _scatter(found: Findings) -> list[Figure]:
    estimates = found.table("estimates")
    best = list(found.mean_r2().index[:MOST_SCATTERED])
    if estimates.empty or not best:
        return []
    rows = estimates[estimates["model"].isin(best)]
    keys = ["model", "item", "target"]
    rows = rows.groupby(keys, sort=False, as_index=False)[["truth", "estimate"]].mean()
    texts = []
    for (model, target), own in rows.groupby(["model", "target"], sort=False):
        if model == best[0]:
            spread = own["estimate"].std() / own["truth"].std() if own["truth"].std() > 0 else float("nan")
            texts.append(f"{target} {number(spread)}")
    return [
        Figure(
            "estimates",
            "Rated and estimated",
            "Each point is a clip that the model had not heard; on the line they agree. Of the models with the highest "
            "mean R².",
            f"{len(set(rows['item']))} clips. Spread of the estimates of {best[0]} as a share of that of the ratings: "
            f"{', '.join(texts[: words.MOST_TARGETS])}.",
            charts.estimate_scatter(rows),
        )
    ]
