"""`wetdry study emotion`."""

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


def emotion(
    data: Annotated[
        str, typer.Option(help="Labelled data set: emopia:PATH, deam:PATH, csv:FILE, …", show_default=False)
    ],
    train: Annotated[
        str | None,
        typer.Option(help="Other data set that probes learn from, with the same labels.", show_default=False),
    ] = None,
    label: Annotated[
        str | None,
        typer.Option(
            help="What is estimated: quadrant, or valence,arousal, … (default: what the set has).", show_default=False
        ),
    ] = None,
    encoders: Annotated[
        str, typer.Option(help="Comma-separated encoders: names, or NAME:PATH with weights of your own.")
    ] = "vibenet",
    layers: Annotated[
        str | None,
        typer.Option(help="Comma-separated layers, or 'all' (default: each encoder's own).", show_default=False),
    ] = None,
    effects: Annotated[str, typer.Option(help="Comma-separated effects that have levels.")] = (
        "reverb,delay,distortion,eq,chorus,phaser"
    ),
    levels: Annotated[str, typer.Option(help="Levels above 0, neutral, to 10, strong.")] = "1-10",
    chains: Annotated[str, typer.Option(help="'builtin', a TOML file of effect chains, or 'none'.")] = "builtin",
    preset: Annotated[
        str | None,
        typer.Option(
            help="katsis2025: the first 15 s of each file, boosted trees as the main probe.", show_default=False
        ),
    ] = None,
    probes: Annotated[
        str | None,
        typer.Option(
            help="Comma-separated families of probes, the main one first (default: linear,kernel,xgboost,mlp).",
            show_default=False,
        ),
    ] = None,
    refits: Annotated[int, typer.Option(min=0, help="Times each probe learns again, from resampled clips.")] = 4,
    shuffles: Annotated[
        int, typer.Option(min=0, help="Times the main probe learns from shuffled labels; 19 or more for a test.")
    ] = 19,
    baselines: Annotated[
        bool, typer.Option("--baselines/--no-baselines", help="Also ask an average spectrum and untrained encoders.")
    ] = True,
    per_class: Annotated[
        int | None,
        typer.Option(min=1, help="Evaluated clips of each class at most (default: all).", show_default=False),
    ] = None,
    test_share: Annotated[
        float, typer.Option(min=0.01, max=0.99, callback=finite, help="Share evaluated, of sets without a split.")
    ] = 0.2,
    window: WindowLength = None,
    start: StartOrMiddle = None,
    seconds: LongestPart = 15.0,
    resamples: Annotated[int, typer.Option(min=100, help="Bootstrap resamples.")] = 1000,
    seed: Annotated[int, typer.Option(callback=a_seed, help="Seed of whatever is drawn.")] = 0,
    device: Device = "auto",
    dtype: Precision = "fp32",
    store: StoreRoot = None,
    workers: Workers = None,
    folder: Annotated[Path, typer.Option("--out", callback=not_a_file, help="Folder for the report.")] = Path(
        "wetdry-emotion"
    ),
    as_json: TablesAsJson = False,
) -> None:
    """How effects shift estimated emotion, and what survives loudness matching, other probes and many tests."""
    from wetdry.encoders import names_in
    from wetdry.extract import Bar
    from wetdry.studies.emotion import configured, run, summary

    config = configured(
        data=data,
        train=train,
        label=label,
        encoders=names_in(encoders),
        layers=layers,
        effects=effects,
        levels=levels,
        chains=chains,
        preset=preset,
        probes=None if probes is None else [name.strip() for name in probes.split(",") if name.strip()],
        refits=refits,
        shuffles=shuffles,
        baselines=baselines,
        per_class=per_class,
        test_share=test_share,
        window=window,
        start=start,
        seconds=seconds,
        resamples=resamples,
        seed=seed,
        device=device,
        dtype=dtype,
    )
    result = run(config, folder, store=store, workers=workers, progress=Bar())
    conclude(result, folder, summary, as_json=as_json, whole=("encoder", "effect"))
