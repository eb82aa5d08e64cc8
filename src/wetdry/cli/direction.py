"""The commands about an effect's direction: fitting one, reading an effect off clips with it, and checking it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wetdry.cli.options import Device, LongestPart, Precision, StartOrMiddle, WindowLength, Workers
from wetdry.cli.printing import count, err, one_line, out, print_columns, print_table

if TYPE_CHECKING:
    import pandas as pd

    from wetdry.studies.direction.card import Card, Figure

direction_app = typer.Typer(
    help="Fit the direction in which an effect takes embeddings, and read the effect off clips.", no_args_is_help=True
)

File = Annotated[Path, typer.Argument(help="A direction that `fit` wrote.", show_default=False)]
Data = Annotated[str, typer.Option(help="Data set, such as classes:PATH.", show_default=False)]
Clips = Annotated[
    int | None, typer.Option(min=1, help="Clips of each class at most (default: all).", show_default=False)
]
StoreFolder = Annotated[
    Path | None, typer.Option("--store", help="Folder of embeddings to take from and add to.", show_default=False)
]
OwnEncoder = Annotated[
    str | None,
    typer.Option("--encoder", help="NAME:PATH, for an encoder with weights of your own.", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print as JSON.")]


@direction_app.command(name="fit")
def fit(
    data: Data,
    effect: Annotated[str, typer.Option(help="An effect with levels, such as reverb.", show_default=False)],
    place: Annotated[Path, typer.Option("--out", help="File to write, ….safetensors.", show_default=False)],
    encoder: Annotated[str, typer.Option(help="Encoder, or NAME:PATH with weights of your own.")] = "vibenet",
    layer: Annotated[str | None, typer.Option(help="Layer (default: the encoder's own).", show_default=False)] = None,
    levels: Annotated[str, typer.Option(help="Levels above 0, such as 1-10.")] = "1-10",
    preset: Annotated[
        str | None, typer.Option(help="Strengths of a published study: deng2025.", show_default=False)
    ] = None,
    clips: Clips = None,
    window: WindowLength = None,
    start: StartOrMiddle = None,
    seconds: LongestPart = 30.0,
    store: StoreFolder = None,
    device: Device = "auto",
    dtype: Precision = "fp32",
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Fit the direction of an effect on a data set, and write it with its card."""
    from wetdry.extract import Bar
    from wetdry.studies.direction import fit_direction
    from wetdry.studies.direction.files import check_name

    check_name(place)
    fitted = fit_direction(
        data,
        effect,
        encoder=encoder,
        layer=layer,
        levels=levels,
        preset=preset,
        clips=clips,
        window=window,
        start=start,
        seconds=seconds,
        store=store,
        device=device,
        dtype=dtype,
        workers=workers,
        progress=Bar(),
    )
    fitted.save(place)
    if as_json:
        typer.echo(fitted.card.json_text(), nl=False)
        return
    _print_card(fitted.card)
    out.print(f"{place}, and its card {place.with_suffix('.json')}", soft_wrap=True)


@direction_app.command(name="read")
def read(
    file: File,
    audio: Annotated[list[str], typer.Argument(help="Audio files, folders or data sets.", show_default=False)],
    encoder: OwnEncoder = None,
    device: Device = "auto",
    dtype: Precision = "fp32",
    as_json: AsJson = False,
) -> None:
    """Estimate how strong the effect is in clips, as the encoder hears them."""
    from wetdry.studies.direction import Direction, read_audio
    from wetdry.studies.direction.card import in_words

    direction = Direction.load(file)
    found = read_audio(direction, audio, encoder=encoder, device=device, dtype=dtype)
    card = direction.card
    if as_json:
        facts = {"effect": card.effect.effect, "parameter": card.effect.parameter, "unit": card.effect.unit}
        tables = {"clips": _records(found.clips), "failures": _records(found.failures)}
        typer.echo(json.dumps({**facts, "encoder": card.view.encoder, "level": card.level, **tables}))
        return
    rows = [
        {
            "clip": one_line(clip["item"]),
            "seems": _number(clip["strength"]),
            f"{card.level:.0%} interval": f"{_number(clip['low'])} … {_number(clip['high'])}",
            "": "unlike the training clips" if clip["unlike"] else "",
        }
        for clip in _records(found.clips)
    ]
    print_table(f"How strong {in_words(card.effect)} seems to be to {card.view.encoder}", rows)
    for failure in _records(found.failures):
        err.print(one_line(failure["reason"]), soft_wrap=True)


@direction_app.command(name="check")
def check(
    file: File,
    data: Data,
    against: Annotated[
        str, typer.Option(help="Comma-separated effects that it should not take for its own.", show_default=False)
    ] = "",
    levels: Annotated[str, typer.Option(help="Levels of the effects of --against.")] = "1-10",
    clips: Clips = None,
    encoder: OwnEncoder = None,
    store: StoreFolder = None,
    device: Device = "auto",
    dtype: Precision = "fp32",
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Measure how well a direction reads the clips of another data set, and whether it responds to other effects."""
    from wetdry.extract import Bar
    from wetdry.studies.direction import Direction, check_direction
    from wetdry.studies.direction.card import in_words

    direction = Direction.load(file)
    found = check_direction(
        direction,
        data,
        against=against,
        levels=levels,
        clips=clips,
        encoder=encoder,
        store=store,
        device=device,
        dtype=dtype,
        workers=workers,
        progress=Bar(),
    )
    if as_json:
        tables = {"accuracy": found.accuracy, "others": found.others, "failures": found.failures}
        typer.echo(json.dumps({name: _records(table) for name, table in tables.items()}))
        return
    accuracy = [_accuracy_row(row) for row in _records(found.accuracy)]
    print_table(f"{in_words(direction.card.effect)} read off {data}", accuracy)
    if len(found.others) > 1:
        print_table("What it reads under other effects", [_response_row(row) for row in _records(found.others)])
    if len(found.failures):
        err.print(f"{count(len(found.failures), 'variant')} could not be used, such as:")
        err.print(f"  {one_line(str(found.failures['reason'].iloc[0]))}", soft_wrap=True)


def _print_card(card: Card) -> None:
    from wetdry.studies.direction.card import in_words

    held_out, effect, training = card.held_out, card.effect, card.training
    left_out = f", without {training.left_out} that failed or repeat another" if training.left_out else ""
    print_columns(
        [
            ("effect", in_words(effect)),
            ("encoder", f"{card.view.encoder}, layer {card.view.layer}"),
            ("fitted on", f"{count(training.clips, 'clip')} in {count(training.groups, 'group')}{left_out}"),
            ("R² held out", f"{_figure(held_out.r2, _share)}; in-sample {_share(card.in_sample_r2)}, no evidence"),
            ("error (MAE)", f"{_figure(held_out.mae, _number)}; always the middle: {_number(held_out.mae_of_middle)}"),
            ("coverage", f"{_figure(held_out.coverage, _share)} of intervals made to cover {_share(card.level)}"),
            ("dry clips", f"read as {_number(card.dry.median)} ({_number(card.dry.low)} to {_number(card.dry.high)})"),
        ]
    )


def _accuracy_row(row: dict[str, Any]) -> dict[str, str]:
    return {
        "clips of": f"{one_line(row['label'])} ({row['clips']})",
        "R²": _between(row, "r2", _share),
        "MAE": _between(row, "mae", _number),
        "middle": _number(row["mae_of_middle"]),
        "coverage": _between(row, "coverage", _share),
        "unlike": f"{row['unlike']:.0%}",
    }


def _response_row(row: dict[str, Any]) -> dict[str, str]:
    return {
        "effect": f"{row['effect']} (its own)" if row["own"] else row["effect"],
        "R² with its strength": _between(row, "r2", _share),
        "moved, share of the grid": _between(row, "moved", _share),
        "unlike": f"{row['unlike']:.0%}",
    }


def _between(row: dict[str, Any], name: str, shown: Callable[[float], str]) -> str:
    return _with_bounds(row[name], row[f"{name}_low"], row[f"{name}_high"], shown)


def _figure(figure: Figure, shown: Callable[[float], str]) -> str:
    return _with_bounds(figure.estimate, figure.low, figure.high, shown)


def _with_bounds(estimate: float, low: float | None, high: float | None, shown: Callable[[float], str]) -> str:
    if low is None or high is None:
        return shown(estimate)
    return f"{shown(estimate)} ({shown(low)}…{shown(high)})"


def _share(value: float) -> str:
    """Two decimals, with a true minus and no negative zero.

    >>> _share(-0.1234), _share(-0.001)
    ('−0.12', '0.00')
    """
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")


def _number(value: float) -> str:
    """Three digits, with a true minus.

    >>> _number(-0.03129), _number(12345.6)
    ('−0.0313', '12300')
    """
    return f"{float(f'{value:.3g}'):g}".replace("-", "−")


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain Python, NaN as None."""
    rows: list[dict[str, Any]] = json.loads(table.to_json(orient="records", double_precision=15))
    return rows
