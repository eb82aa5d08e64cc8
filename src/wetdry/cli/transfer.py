"""`wetdry study transfer`."""

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
    names_or_none,
    not_a_file,
)
from wetdry.cli.printing import err
from wetdry.cli.results import conclude


def transfer(
    data: Annotated[
        str,
        typer.Option(help="Both domains in one set, such as ravdess:PATH, or the first of two.", show_default=False),
    ],
    other: Annotated[
        str | None, typer.Option(help="Data set of the second domain: classes:PATH, csv:FILE, …", show_default=False)
    ] = None,
    domains: Annotated[
        str | None,
        typer.Option(help="Label whose two values are the domains of one set (default: channel).", show_default=False),
    ] = None,
    label: Annotated[
        str | None,
        typer.Option(help="Label of classes (default: emotion, quadrant or what the set has).", show_default=False),
    ] = None,
    rename: Annotated[
        str | None,
        typer.Option(
            help="Classes by other names, so that both sets have the same: angry=Q2,fearful=Q2,sad=Q3,…",
            show_default=False,
        ),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            help="sun2024: emotions spoken and sung, linear probes on every layer, five ways to adapt.",
            show_default=False,
        ),
    ] = None,
    encoders: Annotated[
        str, typer.Option(help="Comma-separated encoders: names, or NAME:PATH with weights of your own.")
    ] = "vibenet",
    baselines: Annotated[
        bool, typer.Option("--baselines/--no-baselines", help="Also an average spectrum and encoders without training.")
    ] = True,
    layers: Annotated[
        str | None, typer.Option(help="Comma-separated layers to probe (default: all).", show_default=False)
    ] = None,
    probes: Annotated[
        str | None, typer.Option(help="Comma-separated families of probes (default: linear).", show_default=False)
    ] = None,
    folds: Annotated[int, typer.Option(min=2, help="Parts of the groups left out in turn from probes.")] = 5,
    methods: Annotated[
        str | None,
        typer.Option(
            help="Comma-separated ways to adapt: frozen, weighted-sum, lora, bottleneck, gated, full; or 'none' "
            "(default: all but full).",
            show_default=False,
        ),
    ] = None,
    splits: Annotated[int, typer.Option(min=3, help="Parts of the groups left out in turn from adaptation.")] = 4,
    seeds: Annotated[int, typer.Option(min=1, help="Adaptations of each kind, from other starts.")] = 3,
    epochs: Annotated[int, typer.Option(min=1, help="Most epochs of one stage.")] = 12,
    patience: Annotated[int, typer.Option(min=1, help="Epochs without a better validation before a stage stops.")] = 4,
    batch: Annotated[int, typer.Option(min=1, help="Clips of a step.")] = 8,
    first_block: Annotated[
        int, typer.Option(min=0, help="Block from which on encoders are adapted; what is below is computed once.")
    ] = 0,
    control: Annotated[
        bool, typer.Option("--control/--no-control", help="Also two stages on one domain: more training by itself.")
    ] = True,
    project: Annotated[
        int | None,
        typer.Option(min=1, help="Principal components of distances (default: all dimensions).", show_default=False),
    ] = None,
    halves: Annotated[int, typer.Option(min=20, help="Halves of the groups that tell how sure a ranking is.")] = 200,
    effects: Annotated[
        str | None,
        typer.Option(help="Comma-separated effects under which all is asked again: reverb,…", show_default=False),
    ] = None,
    levels: Annotated[str, typer.Option(help="Levels of effects that are named without settings.")] = "3-9:3",
    augment: Annotated[
        str | None,
        typer.Option(help="Effects that adaptation also hears in training: reverb@6,eq@6,…", show_default=False),
    ] = None,
    unseen: Annotated[
        str | None,
        typer.Option(
            help="Effects that it is then tested on (default: the built-in chains): phaser@6,…", show_default=False
        ),
    ] = None,
    per_class: Annotated[
        int | None, typer.Option(min=1, help="Clips of each class and domain at most.", show_default=False)
    ] = None,
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
        "wetdry-transfer"
    ),
    as_json: TablesAsJson = False,
) -> None:
    """What encoders know of emotion in two domains, such as speech and song, and what one teaches of the other."""
    from wetdry.encoders import names_in
    from wetdry.extract import Bar
    from wetdry.studies.transfer import configured, run, summary

    config = configured(
        data=data,
        other=other,
        domains=domains,
        label=label,
        rename=rename,
        preset=preset,
        encoders=names_in(encoders),
        baselines=baselines,
        layers=layers,
        probes=names_or_none(probes),
        folds=folds,
        methods=names_or_none(methods),
        splits=splits,
        seeds=seeds,
        epochs=epochs,
        patience=patience,
        batch=batch,
        first_block=first_block,
        control=control,
        project=project,
        halves=halves,
        effects=effects,
        levels=levels,
        augment=augment,
        unseen=unseen,
        per_class=per_class,
        window=window,
        start=start,
        seconds=seconds,
        resamples=resamples,
        seed=seed,
        device=device,
        dtype=dtype,
    )
    result = run(
        config, folder, store=store, workers=workers, progress=Bar(), say=lambda told: err.print(told, soft_wrap=True)
    )
    conclude(result, folder, summary, as_json=as_json)
