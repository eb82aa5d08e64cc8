"""The commands about an effect's direction: fitting one, reading an effect off clips with it, and checking it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wetdry.cli.engines import on_any_engine
from wetdry.cli.figures import figure_text, number, records, share, with_bounds
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
)
from wetdry.cli.printing import count, err, one_line, out, print_columns, print_table

if TYPE_CHECKING:
    from wetdry.studies.direction.card import Card

direction_app = typer.Typer(
    help="Fit the direction in which an effect takes embeddings, and read the effect off clips.", no_args_is_help=True
)

File = Annotated[Path, typer.Argument(help="A direction that `fit` wrote.", show_default=False)]
Clips = Annotated[
    int | None, typer.Option(min=1, help="Clips of each class at most (default: all).", show_default=False)
]


@direction_app.command(name="fit")
@on_any_engine
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
    store: KeptStore = None,
    device: Device = "auto",
    dtype: Precision = "fp32",
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Fit the direction of an effect on a data set, and write it with its card."""
    from wetdry.extract import Bar
    from wetdry.studies.direction import fit_direction
    from wetdry.studies.direction.files import FILES

    FILES.check_name(place)
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
        tables = {"clips": records(found.clips), "failures": records(found.failures)}
        typer.echo(json.dumps({**facts, "encoder": card.view.encoder, "level": card.level, **tables}))
        return
    rows = [
        {
            "clip": one_line(clip["item"]),
            "seems": number(clip["strength"]),
            f"{card.level:.0%} interval": f"{number(clip['low'])} … {number(clip['high'])}",
            "": "unlike the training clips" if clip["unlike"] else "",
        }
        for clip in records(found.clips)
    ]
    print_table(f"How strong {in_words(card.effect)} seems to be to {card.view.encoder}", rows)
    for failure in records(found.failures):
        err.print(one_line(failure["reason"]), soft_wrap=True)


@direction_app.command(name="check")
@on_any_engine
def check(
    file: File,
    data: Data,
    against: Annotated[
        str, typer.Option(help="Comma-separated effects that it should not take for its own.", show_default=False)
    ] = "",
    levels: Annotated[str, typer.Option(help="Levels of the effects of --against.")] = "1-10",
    clips: Clips = None,
    encoder: OwnEncoder = None,
    store: KeptStore = None,
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
        typer.echo(json.dumps({name: records(table) for name, table in tables.items()}))
        return
    accuracy = [_accuracy_row(row) for row in records(found.accuracy)]
    print_table(f"{in_words(direction.card.effect)} read off {data}", accuracy)
    if len(found.others) > 1:
        print_table("What it reads under other effects", [_response_row(row) for row in records(found.others)])
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
            ("R² held out", f"{figure_text(held_out.r2, share)}; in-sample {share(card.in_sample_r2)}, no evidence"),
            (
                "error (MAE)",
                f"{figure_text(held_out.mae, number)}; always the middle: {number(held_out.mae_of_middle)}",
            ),
            ("coverage", f"{figure_text(held_out.coverage, share)} of intervals made to cover {share(card.level)}"),
            ("dry clips", f"read as {number(card.dry.median)} ({number(card.dry.low)} to {number(card.dry.high)})"),
        ]
    )


def _accuracy_row(row: dict[str, Any]) -> dict[str, str]:
    return {
        "clips of": f"{one_line(row['label'])} ({row['clips']})",
        "R²": _between(row, "r2", share),
        "MAE": _between(row, "mae", number),
        "middle": number(row["mae_of_middle"]),
        "coverage": _between(row, "coverage", share),
        "unlike": f"{row['unlike']:.0%}",
    }


def _response_row(row: dict[str, Any]) -> dict[str, str]:
    return {
        "effect": f"{row['effect']} (its own)" if row["own"] else row["effect"],
        "R² with its strength": _between(row, "r2", share),
        "moved, share of the grid": _between(row, "moved", share),
        "unlike": f"{row['unlike']:.0%}",
    }


def _between(row: dict[str, Any], name: str, shown: Callable[[float], str]) -> str:
    return with_bounds(row[name], row[f"{name}_low"], row[f"{name}_high"], shown)
