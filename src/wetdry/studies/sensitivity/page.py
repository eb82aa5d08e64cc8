"""The report of a sensitivity study: which sections, which words, which figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from wetdry.report import Block, Figure, Note, PlayerGroup, Section, Table, charts
from wetdry.studies.paths import MEASURES, measures_in_words, shapes_by_measure
from wetdry.studies.phrases import listed, number
from wetdry.studies.sensitivity import words
from wetdry.studies.sensitivity.findings import Findings
from wetdry.studies.sensitivity.players import heard_clips, heard_positions, sound
from wetdry.studies.sensitivity.robustness import DRY, NONE
from wetdry.studies.sensitivity.shape import DIRECTIONS
from wetdry.studies.sensitivity.subject import ALL

NAMES = ["encoder", "layer", "effect"]


def lead(found: Findings) -> str:
    """The result in two sentences."""
    rows = found.table("correlation")
    effects = listed(grid.effect for grid in found.measured.request.grids)
    encoders = listed(rows["encoder"].unique())
    return f"{len(found.measured.clips)} clips under {effects}, heard by {encoders}. {words.strongest(rows)}"


def sections(found: Findings, heard: Sequence[PlayerGroup]) -> list[Section]:
    """The page from the answer to its evidence."""
    return [
        _direction(found),
        *([_layers(found)] if found.several_layers else []),
        _single_clips(found),
        _paths(found, bool(heard)),
        *([] if found.tables["robustness"].empty else [_downstream(found)]),
        *([_listen(heard)] if heard else []),
        _method(found),
    ]


def summary_rows(tables: dict[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """The terminal's table: a row for each encoder, layer and effect."""
    rows = tables["correlation"]
    rows = rows[rows["label"] == ALL]
    several = rows.groupby("encoder")["layer"].nunique().max() > 1
    return [
        {
            "encoder": f"{row['encoder']} {row['layer']}" if several else row["encoder"],
            "effect": row["effect"],
            "in-sample": number(row["r2"]),
            "held out": number(row["ridge_held_out_r2"]),
            "of noise": number(row["noise_held_out_r2"]),
            "ρ within a clip": words.with_interval(row, "within"),
        }
        for row in rows.to_dict("records")
    ]


def _direction(found: Findings) -> Section:
    rows = found.table("correlation")
    ridge = rows.assign(held_out_r2=rows["ridge_held_out_r2"])
    blocks: list[Block] = [
        *_notes(found),
        Figure(
            "direction",
            "Does one direction follow the effect, in clips it was not fitted on?",
            "R² (squared Spearman correlation) of the strength of an effect with the projection on its direction, all "
            "clips together. In-sample: as published. Held out: a ridge fit, on clips of groups left out, with 95 % "
            "intervals over groups. Noise of the same shape shows what the numbers of rows and dimensions do alone.",
            f"{words.strongest(rows)} Noise reaches {words.span(rows['noise_r2'])} in-sample and "
            f"{words.span(rows['noise_held_out_r2'])} held out.",
            charts.correlation(ridge),
        ),
    ]
    projected = found.table("projections")
    if not projected.empty:
        r2 = ridge.set_index(["encoder", "effect"])["held_out_r2"]
        keys = pd.MultiIndex.from_frame(projected[["encoder", "effect"]])
        blocks.append(
            Figure(
                "projections",
                "Along the direction",
                "Clips projected on the direction fitted without them, from the lowest strength to the highest.",
                words.monotone(rows),
                charts.projections(projected.assign(held_out_r2=r2.reindex(keys).to_numpy())),
            )
        )
    return Section(
        "Does a direction follow the effect?",
        "An R² near 1 in-sample is no evidence: with as many dimensions as rows, noise reaches it too. What counts is "
        "the projection of clips that the direction was not fitted on.",
        [*blocks, _directions(found)],
    )


def _notes(found: Findings) -> list[Note]:
    blind = [view.encoder.spec.blindness for view in found.measured.request.plan.views]
    notes = [Note("warning", "Level is not heard", [text]) for text in blind if text]
    failures = found.measured.failures
    if not failures.empty:
        reasons = [str(reason) for reason in failures["reason"].head(10)]
        notes.append(Note("warning", f"{len(failures)} left out", ["What stands here is in no figure."], reasons))
    if remarks := words.remarks(found):
        notes.append(Note("info", "What these data do not carry", ["Stated in the tables’ notes:"], remarks))
    return notes


def _directions(found: Findings) -> Table:
    """Table I of the paper, with what it lacks."""
    everyone = found.table("correlation", default_layers=False).set_index(NAMES)
    by_class = found.tables["correlation"]
    by_class = by_class[by_class["label"] != ALL]
    columns = {
        "r2": "in-sample",
        "held_out_r2": "held out",
        "ridge_held_out_r2": "held out, ridge",
        "noise_r2": "noise in-sample",
        "noise_held_out_r2": "noise held out",
    }
    source = (everyone if by_class.empty else by_class.set_index(NAMES)).groupby(level=NAMES, sort=False)
    frame = pd.DataFrame({column: words.mean_sd(source[column]) for column in columns})
    frame["all"] = (100 * everyone["ridge_held_out_r2"]).round(1)
    frame["p"] = everyone["p"]
    frame["published"] = [words.published(row) for row in everyone.reset_index().to_dict("records")]
    return Table(
        "directions",
        "R² × 100" if by_class.empty else "R² × 100 in each class, mean ± sd over classes",
        frame.reset_index(),
        "In-sample and held out: canonical correlation as published; ridge: penalised. “All clips” is one fit for all "
        "classes, held out, with its permutation p-value. Published: IRMAS, in-sample.",
        {name: name for name in (NAMES if found.several_layers else ("encoder", "effect"))}
        | columns
        | {"all": "all clips", "p": "p"}
        | ({"published": "published"} if everyone["published"].notna().any() else {}),
        rows=None,
    )


def _layers(found: Findings) -> Section:
    rows = found.table("correlation", default_layers=False)
    order = {
        (view.encoder.spec.name, layer): place
        for view in found.measured.request.plan.views
        for place, layer in enumerate(view.layers)
    }
    places = [order[pair] for pair in zip(rows["encoder"], rows["layer"], strict=True)]
    cells = rows.assign(order=places, value=rows["ridge_held_out_r2"])
    best = cells.dropna(subset=["value"]).sort_values("value").groupby(["encoder", "effect"], sort=False).tail(1)
    told = [
        f"{row['encoder']} knows most of {row['effect']} in {row['layer']} ({number(row['value'])})"
        for row in best.sort_values(["encoder", "effect"]).to_dict("records")
    ]
    return Section(
        "Where does the network forget the effect?",
        "How well its strength can be read from each layer, the input at the top.",
        [
            Figure(
                "layers",
                "Held-out R² by layer",
                "Ridge direction, on clips of groups left out, all clips together.",
                "; ".join(told) + ".",
                charts.layer_heat(cells),
            )
        ],
    )


def _single_clips(found: Findings) -> Section:
    rows, dimensions = found.table("samplewise"), found.table("dimensions")
    ridge = rows.assign(held_out_r2=rows["ridge_held_out_r2"])
    effective = "; ".join(
        f"{row['encoder']} {row['effect']} {row['participation']:.0f}"
        for row in dimensions[dimensions["kind"] == DIRECTIONS].to_dict("records")
    )
    return Section(
        "One clip at a time",
        "A direction fitted to a single clip has fewer strengths than dimensions, so it fits anything, noise too. "
        "Whether it means something shows on strengths left out, and in what the clips’ directions have in common.",
        [
            Figure(
                "single-clips",
                "Directions of single clips, on strengths left out",
                "R² as above, mean over clips, with 95 % intervals over groups. In-sample it is near 1, for noise too.",
                f"In-sample {words.span(rows['r2'])}, for noise {words.span(rows['noise_r2'])}; on strengths left out "
                f"{words.span(ridge['held_out_r2'])}, for noise {words.span(rows['noise_held_out_r2'])}.",
                charts.correlation(ridge.assign(published=float("nan"))),
            ),
            Figure(
                "spectra",
                "How many directions are there?",
                "Singular values of the clips’ directions beside those of dry embeddings. Were there one direction for "
                "all, the first would stand out from those of shuffled strengths, and the others would fall at once.",
                f"Effective dimensions of the directions: {effective}.",
                charts.spectra(found.table("spectra")),
            ),
            Table(
                "effective-dimensions",
                "Effective dimensions",
                _by_kind(dimensions),
                "Participation ratio of the variances, corrected for the number of clips: how many dimensions dry "
                "clips differ in, how many the effect moves them in, and how many their own directions span.",
                rows=None,
            ),
        ],
    )


def _by_kind(dimensions: pd.DataFrame) -> pd.DataFrame:
    """A row for each encoder and effect, a column for each kind."""
    frame = dimensions.pivot(index=["encoder", "effect"], columns="kind", values="corrected")
    order = list(dict.fromkeys(zip(dimensions["encoder"], dimensions["effect"], strict=True)))
    return frame.reindex(order)[list(dict.fromkeys(dimensions["kind"]))].reset_index().rename_axis(columns=None)


def _paths(found: Findings, audible: bool) -> Section:
    paths = found.table("paths")
    shapes = Table(
        "path-shapes",
        "Shapes of the paths",
        shapes_by_measure(paths),
        "Measured in the embedding space, not in a map; means over groups, intervals in the table “paths”. Noise: the "
        f"same of independent normal numbers. {measures_in_words()}",
        {name: name for name in ["encoder", "effect", "of", *MEASURES]},
        rows=None,
    )
    growing = (
        "from the lowest value of an effect’s parameter to its highest (the weakest, of a cut-off or a bit depth)"
        if found.config.preset
        else "as the effect grows"
    )
    return Section(
        "The paths",
        f"How clips move through the embedding space {growing}.",
        [*_maps(found, audible), shapes],
    )


def _maps(found: Findings, audible: bool) -> list[Figure]:
    maps = found.table("maps", label=None)
    ways = {
        "wet": (
            "maps",
            "Trajectories, mapped as published",
            "UMAP of wet embeddings of a few clips of one class, 3 neighbours.",
        ),
        "dry": (
            "maps-dry",
            "The same trajectories in a map of dry music",
            "UMAP fitted on the dry embeddings of all clips; the wet ones are put into it, and cannot shape it.",
        ),
    }
    figures = []
    for way, (name, title, how) in ways.items() if not maps.empty else ():
        points = maps[maps["fit_on"] == way]
        trust = words.span(points.groupby(NAMES, sort=False)["trustworthiness"].first())
        whose = f"{points['item'].nunique()} clips" + (f" of {label}" if (label := points["label"].iloc[0]) else "")
        figures.append(
            Figure(
                name,
                title,
                f"{how} {whose[0].upper()}{whose[1:]}; × is a clip without effect. Trustworthiness {trust}, where 1 "
                f"keeps every neighbourhood; distances between far points mean nothing.",
                f"Maps of {whose}; trustworthiness {trust}.",
                charts.trajectories(_audible(points, found) if audible else _named(points).assign(sound="")),
            )
        )
    return figures


def _audible(points: pd.DataFrame, found: Findings) -> pd.DataFrame:
    """Points with the key of what they play, where the report has it."""
    items = set(heard_clips(found.measured, found.config))
    grids = found.measured.request.grids
    positions = {grid.effect: set(heard_positions(grid, len(grids))) for grid in grids}
    sounds = [
        sound(item, effect, position) if item in items and position in positions[effect] else ""
        for item, effect, position in zip(points["item"], points["effect"], points["position"], strict=True)
    ]
    return _named(points).assign(sound=sounds)


def _named(points: pd.DataFrame) -> pd.DataFrame:
    return points.rename(columns={"item": "clip"})


def _downstream(found: Findings) -> Section:
    rows, changes = found.table("robustness"), found.table("changes", label=None)
    swept = rows[(rows["train"] == DRY) & (rows["test"] >= 0)]
    plain = swept[swept["method"] == NONE]
    lowest = plain.loc[plain.groupby(["encoder", "effect"], sort=False)["auc"].idxmin()]
    fall = "; ".join(
        f"{row['encoder']} {row['effect']} {row['auc']:.3f} at {row['test_setting']}"
        for row in lowest.to_dict("records")
    )
    trainings = rows[((rows["train"] != DRY) | (rows["test"] < 0)) & (rows["method"] == NONE)]
    return Section(
        "Does it matter downstream?",
        "Each class against the others by logistic regression on dry clips, tested at each strength "
        f"({found.how_split}), with and without the effect projected out.",
        [
            Figure(
                "robustness",
                "Trained dry, tested wet",
                "ROC AUC, mean over classes; 95 % intervals over groups of test clips for embeddings as they are.",
                f"Lowest AUC of embeddings as they are: {fall}.",
                charts.robustness(swept.rename(columns={"test": "position", "test_setting": "setting"})),
            ),
            Figure(
                "desensitised",
                "What projecting the effect out costs and gains",
                "Change of the mean ROC AUC against embeddings as they are, on dry test clips and on average over "
                "strengths; 95 % intervals from the same resamples of groups. Random subspaces show what any "
                "projection of that rank does.",
                words.best_change(changes),
                charts.desensitised(changes),
            ),
            Table(
                "trainings",
                "Trained dry, wet and mixed",
                trainings,
                "ROC AUC, mean over classes, nothing projected out. “Mixed” gives each clip a strength of its own.",
                {"encoder": "encoder", "effect": "effect", "train_setting": "trained", "test_setting": "tested"}
                | {"auc": "AUC", "low": "from", "high": "to"},
                rows=None,
            ),
        ],
    )


def _listen(heard: Sequence[PlayerGroup]) -> Section:
    return Section("Listen", "The first clips of the maps, as loud as each effect leaves them.", list(heard))


def _method(found: Findings) -> Section:
    config = found.config
    spread = "each dimension in units of its dry spread (for clips held out, that of the others)"
    unit = spread if config.unit == "dry" else "unscaled"
    scope = "all training clips" if config.scope == "all" else "the training clips of the class in question"
    recipe = f" Preset {config.preset}." if config.preset else ""
    return Section(
        "Method",
        "Every row and more is in the tables folder.",
        [
            f"At most {config.seconds:g} s of each file; a vector is the mean over a clip’s windows, {unit}.{recipe} "
            "Effects run once, at the file’s own rate. Clips of a group (a source recording) stay together in "
            f"{config.folds} folds. The ridge, {config.ridge:g} of the mean variance of the dimensions, was fixed "
            "before any result was seen. "
            f"{config.permutations} permutations shuffle strengths within clips. Projections learn from {scope}. "
            f"Bootstrap: {config.resamples} resamples of groups. Seed {config.seed}.",
        ],
    )
