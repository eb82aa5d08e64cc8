"""`wetdry embed`, and `wetdry plan`, which tells beforehand what that takes."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wetdry.cli.options import (
    REQUIRED,
    AsJson,
    Device,
    Precision,
    Shared,
    WindowLength,
    Workers,
    a_store,
    finite,
    give_options,
)
from wetdry.cli.printing import count, err, one_line, out, print_table
from wetdry.errors import DataError

if TYPE_CHECKING:
    from wetdry.extract.forecast import Forecast

Data = Annotated[str, typer.Option(help="Data set, such as folder:PATH or csv:FILE.", show_default=False)]
Encoders = Annotated[str, typer.Option(help="Comma-separated encoders: names, or NAME:PATH with weights of your own.")]
Effects = Annotated[str, typer.Option(help="Comma-separated effects, names or keys.")]
Chains = Annotated[str | None, typer.Option(help="TOML file of effect chains, or 'builtin'.", show_default=False)]
Levels = Annotated[str, typer.Option(help="Levels 0 to 10 for effects given by name.")]
Layers = Annotated[
    str | None,
    typer.Option(help="Comma-separated layers, or 'all' (default: each encoder's own).", show_default=False),
]
Pool = Annotated[str, typer.Option(help="none (a row a window), mean, or mean+sd.")]
AtEqualLoudness = Annotated[bool, typer.Option(help="Add each effect at the dry clip's loudness.")]
Start = Annotated[float | None, typer.Option(min=0, callback=finite, help="Start of the part to use, in seconds.")]
Seconds = Annotated[
    float | None,
    typer.Option(
        min=0.01, callback=finite, help="Length of the part to use in seconds (default: all).", show_default=False
    ),
]


OPTIONS: Shared = {
    "data": (Data, REQUIRED),
    "encoders": (Encoders, "vibenet"),
    "effects": (Effects, "identity"),
    "chains": (Chains, None),
    "levels": (Levels, "1-10"),
    "layers": (Layers, None),
    "window": (WindowLength, None),
    "pool": (Pool, "mean"),
    "match_loudness": (AtEqualLoudness, False),
    "start": (Start, 0.0),
    "seconds": (Seconds, None),
    "device": (Device, "auto"),
    "dtype": (Precision, "fp32"),
}
"""What is embedded, and how."""


def of_an_embedding(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `OPTIONS`, which it takes together as its `settings`."""

    @functools.wraps(command)
    def run(**options: Any) -> None:
        settings = {name: options.pop(name) for name in OPTIONS}
        command(settings=settings, **options)

    give_options(run, command, OPTIONS, instead_of="settings")
    return run


@of_an_embedding
def embed(
    settings: dict[str, Any],
    store: Annotated[
        str,
        typer.Option(
            callback=a_store,
            help="The store, made or added to: a folder, or s3://bucket/prefix.",
            show_default=False,
        ),
    ],
    workers: Workers = None,
) -> None:
    """Fill a store with the embeddings of a data set under effects. Run it again to resume."""
    from wetdry.extract import Bar
    from wetdry.store import Store
    from wetdry.studies.embed import embed_dataset

    summary = embed_dataset(store=store, workers=workers, progress=Bar(), **settings)
    out.print(
        f"{count(summary.clips, 'clip')}, {count(summary.computed, 'variant')} computed, "
        f"{summary.skipped} already there, {summary.failed} failed, {summary.seconds:.1f} s → {store}",
    )
    if summary.failed:
        failures = Store(store).failures()
        for reason in dict.fromkeys(failures["reason"].to_pylist()[:5]):
            err.print(f"  {one_line(reason)}", soft_wrap=True)
        err.print(f"All of them: wetdry store failures {store}", soft_wrap=True)
    if summary.failed == summary.variants:
        raise typer.Exit(DataError.exit_code)


@of_an_embedding
def plan(
    settings: dict[str, Any],
    store: Annotated[
        str | None,
        typer.Option(callback=a_store, help="Count as done what this store holds.", show_default=False),
    ] = None,
    workers: Annotated[str, typer.Option(help="Numbers of workers to tell the time of, with commas.")] = "1,2,8,64",
    price: Annotated[
        float | None,
        typer.Option(min=0, callback=finite, help="Of an hour of one worker, in any currency.", show_default=False),
    ] = None,
    try_for: Annotated[
        float, typer.Option(min=0.1, callback=finite, help="Seconds that a worker tries the work for.")
    ] = 20.0,
    as_json: AsJson = False,
) -> None:
    """Tell what `wetdry embed` with these options would take, from a try of some seconds."""
    from wetdry.extract import Bar
    from wetdry.extract.forecast import forecast
    from wetdry.store import Store
    from wetdry.studies.embed import embedding

    numbers = _numbers(workers)
    there = None if store is None else Store(store)
    told = forecast(embedding(**settings), there, seconds=try_for, progress=Bar())
    if as_json:
        times = {str(number): told.seconds(number) for number in numbers}
        typer.echo(json.dumps({**dataclasses.asdict(told), "seconds": times}))
        return
    out.print(
        f"{count(told.clips, 'clip')}, {_duration(told.audio_seconds)} of audio, {count(told.variants, 'variant')}, "
        f"{'all' if told.missing == told.variants else told.missing} missing; the store grows by about "
        f"{_bytes(told.stored_bytes)}.",
        soft_wrap=True,
    )
    if told.unreadable:
        out.print(f"About {count(told.unreadable, 'clip')} cannot be read.")
    half = f"{told.pace_low:.0f} to {told.pace_high:.0f} for half of the clips"
    out.print(
        f"One worker embeds {told.pace:.0f} s of audio in a second ({half}), tried on "
        f"{count(told.tried_clips, 'clip')} in {told.tried_seconds:.0f} s.",
        soft_wrap=True,
    )
    print_table("If workers do not hinder each other", [_row(told, number, price) for number in numbers])


def _row(told: Forecast, workers: int, price: float | None) -> dict[str, str]:
    seconds = told.seconds(workers)
    row = {"workers": f"{workers:,}", "time": _duration(seconds)}
    return row if price is None else row | {"cost": f"{price * workers * seconds / 3600.0:,.2f}"}


def _numbers(text: str) -> list[int]:
    numbers = [part.strip() for part in text.split(",") if part.strip()]
    if not numbers or not all(part.isdecimal() and int(part) > 0 for part in numbers):
        raise DataError(f'"{text}" is no list of numbers of workers; give some such as 1,8,64.')
    return [int(part) for part in numbers]


def _duration(seconds: float) -> str:
    """Seconds, minutes, hours or days, whichever says it in few digits."""
    for unit, length in (("days", 86_400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:,.1f} {unit}"
    return f"{seconds:.1f} s"


def _bytes(number: float) -> str:
    for unit, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if number >= size:
            return f"{number / size:.1f} {unit}"
    return f"{number / 1e3:.0f} kB"
