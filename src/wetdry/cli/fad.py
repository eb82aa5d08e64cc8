"""`wetdry fad`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wetdry.cli.options import (
    Device,
    Precision,
    StoreRoot,
    TablesAsJson,
    WindowLength,
    Workers,
    a_seed,
    finite,
    not_a_file,
)
from wetdry.cli.printing import err, one_line, out, print_failures, print_table
from wetdry.cli.results import print_json, print_report, write_page


def fad(
    first: Annotated[
        str,
        typer.Argument(
            metavar="A", help="A folder, a file, or a data set such as ravdess:PATH,channel=song.", show_default=False
        ),
    ],
    second: Annotated[str, typer.Argument(metavar="B", help="The reference: likewise.", show_default=False)],
    encoders: Annotated[
        str,
        typer.Option(
            "--encoder",
            "--encoders",
            help="Encoder, or several with commas: names, or NAME:PATH with weights of your own.",
        ),
    ] = "vibenet",
    layers: Annotated[
        str | None,
        typer.Option(help="Comma-separated layers, or 'all' (default: each encoder's own).", show_default=False),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(help="Label, such as emotion: each of its values in A against the same in B.", show_default=False),
    ] = None,
    per_song: Annotated[bool, typer.Option("--per-song", help="Also each file of A against all of B.")] = False,
    frames: Annotated[bool, typer.Option("--frames", help="Compare windows, not clips.")] = False,
    project: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Principal components of both sets to keep, where clips are few (default: all dimensions).",
            show_default=False,
        ),
    ] = None,
    rows: Annotated[int, typer.Option(min=8, help="Clips or windows of each set at most.")] = 2500,
    window: WindowLength = None,
    start: Annotated[
        float | None,
        typer.Option(
            min=0,
            callback=finite,
            help="Start of the part to use, in seconds (default: 0; the middle of the file with --seconds).",
            show_default=False,
        ),
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(
            min=0.01, callback=finite, help="How much of each file to use at most (default: all).", show_default=False
        ),
    ] = None,
    halves: Annotated[int, typer.Option(min=20, help="Halves of the groups that tell how sure ranks are.")] = 200,
    seed: Annotated[int, typer.Option(callback=a_seed, help="Seed of whatever is drawn.")] = 0,
    device: Device = "auto",
    dtype: Precision = "fp32",
    store: StoreRoot = None,
    workers: Workers = None,
    folder: Annotated[Path, typer.Option("--out", callback=not_a_file, help="Folder for the report.")] = Path(
        "wetdry-fad"
    ),
    as_json: TablesAsJson = False,
) -> None:
    """Fréchet audio distance of two sets: never negative, with its floor, its limits and its bias told."""
    from wetdry.encoders import names_in
    from wetdry.extract import Bar
    from wetdry.studies.fad import configured, run, terminal_tables

    config = configured(
        first=first,
        second=second,
        encoders=names_in(encoders),
        layers=layers,
        by=by,
        per_song=per_song,
        frames=frames,
        project=project,
        rows=rows,
        window=window,
        start=start,
        seconds=seconds,
        halves=halves,
        seed=seed,
        device=device,
        dtype=dtype,
    )
    result = run(config, folder, store=store, workers=workers, progress=Bar())
    page = write_page(result, folder)
    if as_json:
        print_json(result.all_tables())
        return
    shown = terminal_tables(result)
    for number, (title, lines, whole) in enumerate(shown.tables):
        if number:
            out.print()
        print_table(title, lines, whole=whole)
    for caution in shown.cautions:
        err.print(f"\n{one_line(caution)}")
    print_failures(result.all_tables().get("failures"), folder)
    print_report(page)
