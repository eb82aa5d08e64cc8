"""The commands about probes: training one, holding it against a data set, and reading its card."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wetdry.cli.engines import on_any_engine
from wetdry.cli.figures import number, records, share, with_bounds
from wetdry.cli.options import (
    AsJson,
    Data,
    Device,
    KeptStore,
    LongestPart,
    OwnEncoder,
    Precision,
    StartOrMiddle,
    WindowLength,
    Workers,
    a_seed,
)
from wetdry.cli.printing import count, err, one_line, out, print_columns, print_table

if TYPE_CHECKING:
    import pandas as pd

    from wetdry.studies.probe.card import Card
    from wetdry.studies.probe.evaluate import ProbeCheck

probe_app = typer.Typer(
    help="Train what estimates labels from embeddings, and hold it against others.", no_args_is_help=True
)

File = Annotated[Path, typer.Argument(help="A probe that `train` wrote.", show_default=False)]
Label = Annotated[
    str | None,
    typer.Option(
        help="What is estimated: a label with classes such as quadrant, or numbers such as valence,arousal "
        "(default: what the set is usually used for).",
        show_default=False,
    ),
]
Seed = Annotated[int, typer.Option(callback=a_seed, help="Seed of whatever is drawn.")]

IN_ITS_UNIT = ("mae", "rmse")
"""Metrics in the unit of the labels; the others are pure numbers."""


@probe_app.command(name="train")
@on_any_engine
def train(
    data: Data,
    place: Annotated[Path, typer.Option("--out", help="File to write, ….safetensors.", show_default=False)],
    encoder: Annotated[str, typer.Option(help="Encoder, or NAME:PATH with weights of your own.")] = "vibenet",
    layer: Annotated[str | None, typer.Option(help="Layer (default: the encoder's own).", show_default=False)] = None,
    label: Label = None,
    probe: Annotated[
        str,
        typer.Option(
            help="linear, kernel, mlp, xgboost or emotion-mlp; of numbers also lasso, svr, forest, boosting, and "
            "SELECTION+FAMILY such as pearson+xgboost."
        ),
    ] = "linear",
    window: WindowLength = None,
    start: StartOrMiddle = None,
    seconds: LongestPart = 30.0,
    folds: Annotated[
        int, typer.Option(min=2, help="Parts of the groups left out in turn for the scores, of a set without a split.")
    ] = 5,
    seed: Seed = 0,
    store: KeptStore = None,
    device: Device = "auto",
    dtype: Precision = "fp32",
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Train a probe on the unprocessed clips of a labelled data set, and write it with its card."""
    from wetdry.extract import Bar
    from wetdry.studies.probe import train_probe
    from wetdry.studies.probe.files import FILES

    FILES.check_name(place)
    trained = train_probe(
        data,
        encoder=encoder,
        layer=layer,
        label=label,
        family=probe,
        window=window,
        start=start,
        seconds=seconds,
        folds=folds,
        seed=seed,
        store=store,
        device=device,
        dtype=dtype,
        workers=workers,
        progress=Bar(),
    )
    trained.save(place)
    if as_json:
        typer.echo(trained.card.json_text(), nl=False)
        return
    _print_card(trained.card)
    out.print(f"{place}, and its card {place.with_suffix('.json')}", soft_wrap=True)


@probe_app.command(name="eval")
@on_any_engine
def evaluate(
    file: File,
    data: Data,
    label: Annotated[
        str | None, typer.Option(help="Names of its labels (default: those that were learnt).", show_default=False)
    ] = None,
    include_training: Annotated[
        bool, typer.Option("--include-training", help="Also score clips that the probe learnt from.")
    ] = False,
    encoder: OwnEncoder = None,
    seed: Seed = 0,
    store: KeptStore = None,
    device: Device = "auto",
    dtype: Precision = "fp32",
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Score a probe on a labelled data set, without the clips that it learnt from."""
    from wetdry.extract import Bar
    from wetdry.studies.probe import evaluate_probe, read_probe

    trained = read_probe(file)
    found = evaluate_probe(
        trained,
        data,
        label=label,
        include_training=include_training,
        encoder=encoder,
        seed=seed,
        store=store,
        device=device,
        dtype=dtype,
        workers=workers,
        progress=Bar(),
    )
    if as_json:
        typer.echo(json.dumps(_as_json(found)))
        return
    _print_check(trained.card, found, data)


@probe_app.command(name="card")
def card(file: File, as_json: AsJson = False) -> None:
    """Print what a probe was trained on, how well it does, and what it is no good for."""
    from wetdry.studies.probe import read_probe

    found = read_probe(file).card
    if as_json:
        typer.echo(found.json_text(), nl=False)
        return
    _print_card(found)


def _print_card(card: Card) -> None:
    view, training, evaluation = card.view, card.training, card.evaluation
    left_out = f", {training.left_out} left out" if training.left_out else ""
    parts = f", parts {', '.join(training.parts)}" if training.parts else ""
    window = "whole" if view.window_seconds is None else f"{view.window_seconds:g} s"
    settings = ", ".join(f"{name} {value}" for name, value in card.probe.settings.items())
    print_columns(
        [
            ("estimates", one_line(", ".join(card.names))),
            ("probe", f"{card.probe.family} ({settings})"),
            ("encoder", f"{view.encoder}, layer {view.layer}, windows: {window}"),
            (
                "learnt from",
                f"{count(training.clips, 'clip')} in {count(training.groups, 'group')} of {one_line(training.data)}"
                f"{one_line(parts)}{left_out}; licence: {one_line(training.licence)}",
            ),
            ("certainty", _certainty(card)),
        ]
    )
    rows = [
        _score_row(
            {
                "metric": score.metric,
                "target": score.target,
                "value": score.probe.estimate,
                "low": score.probe.low,
                "high": score.probe.high,
                "baseline": score.baseline,
            }
        )
        for score in evaluation.scores
    ]
    print_table(f"On {count(evaluation.clips, 'clip')}: {evaluation.on}", rows)
    for limit in card.limits:
        out.print(f"· {one_line(limit)}", soft_wrap=True)


def _certainty(card: Card) -> str:
    if card.classes:
        return f"probabilities calibrated with temperature {number(card.probe.temperature)}"
    widths = [
        f"{one_line(name)} ±{number(width) if math.isfinite(width) else '∞'}"
        for name, width in zip(card.names, card.half_width, strict=True)
    ]
    return f"95 % intervals {', '.join(widths)}"


def _print_check(card: Card, found: ProbeCheck, data: str) -> None:
    from wetdry.studies.probe.evaluate import NOVEL

    title = f"{', '.join(card.names)} on {count(found.clips, 'clip')} in {count(found.groups, 'group')} of {data}"
    print_table(title, [_score_row(row) for row in records(found.scores)])
    if len(found.confusion):
        print_table("Estimated as", _confusion_rows(found.confusion))
    for name, covered in found.coverage.items():
        out.print(f"{covered:.0%} of {one_line(name)} lie within the 95 % interval.")
    out.print(f"{found.strange:.0%} of the clips are stranger than {NOVEL:.0%} of held-out training clips.")
    for note in found.notes:
        out.print(one_line(note), soft_wrap=True)
    if len(found.failures):
        err.print(f"{count(len(found.failures), 'clip')} could not be used, such as:")
        err.print(f"  {one_line(str(found.failures['reason'].iloc[0]))}", soft_wrap=True)


def _score_row(score: Mapping[str, Any]) -> dict[str, str]:
    """A score as a row of a table; None where it is not known."""
    from wetdry.studies.phrases import METRICS

    shown = number if score["metric"] in IN_ITS_UNIT else share
    of = {"of": one_line(score["target"])} if score["target"] else {}
    return {
        **of,
        "score": one_line(METRICS.get(score["metric"], score["metric"])),
        "value (95 %)": with_bounds(score["value"], score["low"], score["high"], shown),
        "baseline": "" if score["baseline"] is None else shown(score["baseline"]),
    }


def _confusion_rows(confusion: pd.DataFrame) -> list[dict[str, Any]]:
    """A row a true class, with the number of clips estimated as each."""
    return [
        {"true": one_line(str(true)), **{one_line(row["estimated"]): row["clips"] for row in records(of_class)}}
        for true, of_class in confusion.groupby("true", sort=False)
    ]


def _as_json(found: ProbeCheck) -> dict[str, Any]:
    return {
        "clips": found.clips,
        "groups": found.groups,
        "scores": records(found.scores),
        "confusion": records(found.confusion),
        "coverage": found.coverage,
        "strange": found.strange,
        "seen": list(found.seen),
        "notes": list(found.notes),
        "failures": records(found.failures),
    }
