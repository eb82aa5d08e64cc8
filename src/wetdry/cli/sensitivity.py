"""`wetdry study sensitivity`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wetdry.cli.options import (
    Device,
    LongestPart,
    Precision,
    StartOrMiddle,
    StoreRoot,
    TablesAsJson,
    WindowLength,
    Workers,
    a_seed,
    finite,
    not_a_file,
)
from wetdry.cli.results import conclude


def sensitivity(
    data: Annotated[str, typer.Option(help="Data set: classes:PATH, irmas:PATH, csv:FILE, …", show_default=False)],
    encoders: Annotated[
        str, typer.Option(help="Comma-separated encoders: names, or NAME:PATH with weights of your own.")
    ] = "vibenet",
    effects: Annotated[str, typer.Option(help="Comma-separated effects that have levels.")] = (
        "gain,lowpass,reverb,bitcrush"
    ),
    levels: Annotated[str, typer.Option(help="Levels above 0, neutral, to 10, strong.")] = "1-10",
    preset: Annotated[
        str | None,
        typer.Option(
            help="deng2025: their grids, unscaled vectors, a projection for each class, every training strength.",
            show_default=False,
        ),
    ] = None,
    layers: Annotated[
        str | None,
        typer.Option(help="Comma-separated layers, or 'all' (default: each encoder's own).", show_default=False),
    ] = None,
    label: Annotated[
        str | None,
        typer.Option(help="Label that names the classes (default: class or instrument).", show_default=False),
    ] = None,
    clips: Annotated[
        int | None, typer.Option(min=2, help="Clips of each class at most (default: all).", show_default=False)
    ] = None,
    window: WindowLength = None,
    start: StartOrMiddle = None,
    seconds: LongestPart = 30.0,
    scale: Annotated[
        str | None,
        typer.Option(
            help="Unit of each dimension: dry, its spread over dry clips; or none (default: dry).", show_default=False
        ),
    ] = None,
    project: Annotated[
        str | None,
        typer.Option(
            help="Projections learn from all training clips, or of each class (default: all).", show_default=False
        ),
    ] = None,
    train_strengths: Annotated[
        int | None,
        typer.Option(min=1, help="Strengths that classifiers are trained at (default: 3).", show_default=False),
    ] = None,
    downstream: Annotated[
        bool, typer.Option("--downstream/--no-downstream", help="Classify, with and without the effect projected out.")
    ] = True,
    maps: Annotated[bool, typer.Option("--maps/--no-maps", help="Draw UMAP maps of trajectories.")] = True,
    map_class: Annotated[
        str | None, typer.Option(help="Class whose clips are drawn (default: the largest).", show_default=False)
    ] = None,
    map_clips: Annotated[int, typer.Option(min=1, help="Clips that are drawn.")] = 10,
    ridge: Annotated[
        float, typer.Option(min=0, callback=finite, help="Ridge of held-out directions, in mean variances.")
    ] = 0.1,
    folds: Annotated[int, typer.Option(min=2, help="Parts of the groups, each left out once.")] = 5,
    permutations: Annotated[int, typer.Option(min=19, help="Permutations for p-values.")] = 99,
    resamples: Annotated[int, typer.Option(min=100, help="Bootstrap resamples.")] = 1000,
    seed: Annotated[int, typer.Option(callback=a_seed, help="Seed of whatever is drawn.")] = 0,
    device: Device = "auto",
    dtype: Precision = "fp32",
    store: StoreRoot = None,
    workers: Workers = None,
    folder: Annotated[Path, typer.Option("--out", callback=not_a_file, help="Folder for the report.")] = Path(
        "wetdry-sensitivity"
    ),
    as_json: TablesAsJson = False,
) -> None:
    """How embeddings deform as effects grow: directions, dimensions, paths, and whether a task suffers."""
    from wetdry.encoders import names_in
    from wetdry.extract import Bar
    from wetdry.studies.sensitivity import configured, run, summary

    config = configured(
        data=data,
        encoders=names_in(encoders),
        effects=effects,
        levels=levels,
        preset=preset,
        layers=layers,
        label=label,
        clips=clips,
        window=window,
        start=start,
        seconds=seconds,
        scale=scale,
        project=project,
        train_strengths=train_strengths,
        downstream=downstream,
        maps=maps,
        map_class=map_class,
        map_clips=map_clips,
        ridge=ridge,
        folds=folds,
        permutations=permutations,
        resamples=resamples,
        seed=seed,
        device=device,
        dtype=dtype,
    )
    result = run(config, folder, store=store, workers=workers, progress=Bar())
    conclude(result, folder, summary, as_json=as_json, whole=("encoder", "effect"))
