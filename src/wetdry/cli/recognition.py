"""`wetdry study recognition`."""

from __future__ import annotations

import shlex
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
from wetdry.cli.printing import out, print_link
from wetdry.cli.results import conclude
from wetdry.errors import DataError


def recognition(
    data: Annotated[str, typer.Option(help="Data set rated with numbers: deam:PATH, csv:FILE, …", show_default=False)],
    label: Annotated[
        str | None,
        typer.Option(help="What is estimated: valence,arousal, … (default: what the set has).", show_default=False),
    ] = None,
    phases: Annotated[
        str | None,
        typer.Option(
            help="1: handcrafted features, 2: networks on spectrograms, 3: pretrained encoders (default: 1,2,3).",
            show_default=False,
        ),
    ] = None,
    encoders: Annotated[
        str, typer.Option(help="Comma-separated encoders of phase 3: names, or NAME:PATH with weights of your own.")
    ] = "vibenet",
    layers: Annotated[
        str | None,
        typer.Option(help="Comma-separated layers, or 'all' (default: each encoder's own).", show_default=False),
    ] = None,
    regressors: Annotated[
        str | None,
        typer.Option(
            help="Comma-separated families of probes on all features, or 'none' "
            "(default: linear,lasso,svr,forest,boosting,xgboost).",
            show_default=False,
        ),
    ] = None,
    selections: Annotated[
        str | None,
        typer.Option(
            help="Comma-separated ways to choose features, or 'none' (default: pearson,shap,union,intersection,pca).",
            show_default=False,
        ),
    ] = None,
    k: Annotated[int, typer.Option("--k", min=1, help="Features, or components, that a selection keeps.")] = 15,
    networks: Annotated[
        str | None,
        typer.Option(
            help="Comma-separated networks of phase 2 (default: cnn,se-conv,se-gru,se-gru-attention).",
            show_default=False,
        ),
    ] = None,
    heads: Annotated[
        str | None,
        typer.Option(
            help="Comma-separated families of probes on embeddings (default: linear,kernel,xgboost,emotion-mlp,"
            "layer-sum).",
            show_default=False,
        ),
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Most epochs of a network.")] = 50,
    patience: Annotated[int, typer.Option(min=1, help="Epochs without a better validation before it stops.")] = 8,
    seeds: Annotated[int, typer.Option(min=1, help="Runs of what starts at random; 5 or more for a paper.")] = 1,
    folds: Annotated[
        int | None,
        typer.Option(
            min=2,
            help="Parts of the groups left out in turn (default: the set's own split, else 5).",
            show_default=False,
        ),
    ] = None,
    search: Annotated[
        str | None,
        typer.Option(help="How settings are searched: halving or grid (default: halving).", show_default=False),
    ] = None,
    separate_targets: Annotated[
        bool | None,
        typer.Option(
            "--separate-targets/--joint-targets",
            help="A network for each target, or one for all (default: one for all).",
            show_default=False,
        ),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            help="gupta2025: grid search by 5 folds, one 80/20 split by song, a network for each target.",
            show_default=False,
        ),
    ] = None,
    also: Annotated[
        list[str] | None,
        typer.Option(
            help="Another data set, to learn from one and be tested on the other; repeatable.", show_default=False
        ),
    ] = None,
    dynamic: Annotated[
        bool, typer.Option("--dynamic/--no-dynamic", help="Also estimate ratings over time, where the set has them.")
    ] = True,
    window: WindowLength = None,
    start: StartOrMiddle = None,
    seconds: LongestPart = 60.0,
    resamples: Annotated[int, typer.Option(min=100, help="Bootstrap resamples.")] = 1000,
    seed: Annotated[int, typer.Option(callback=a_seed, help="Seed of whatever is drawn.")] = 0,
    device: Device = "auto",
    dtype: Precision = "fp32",
    store: StoreRoot = None,
    workers: Workers = None,
    folder: Annotated[Path, typer.Option("--out", callback=not_a_file, help="Folder for the report.")] = Path(
        "wetdry-recognition"
    ),
    as_json: TablesAsJson = False,
) -> None:
    """What features, spectrogram networks and pretrained encoders tell of emotion, in one table under one protocol."""
    from wetdry.encoders import names_in
    from wetdry.extract import Bar
    from wetdry.studies.recognition import configured, run, summary
    from wetdry.studies.recognition.best import PROBE_FILE

    config = configured(
        data=data,
        label=label,
        phases=_phases(phases),
        encoders=names_in(encoders),
        layers=layers,
        regressors=names_or_none(regressors),
        selections=names_or_none(selections),
        k=k,
        networks=names_or_none(networks),
        heads=names_or_none(heads),
        epochs=epochs,
        patience=patience,
        seeds=seeds,
        folds=folds,
        search=search,
        separate_targets=separate_targets,
        preset=preset,
        also=also or [],
        dynamic=dynamic,
        window=window,
        start=start,
        seconds=seconds,
        resamples=resamples,
        seed=seed,
        device=device,
        dtype=dtype,
    )
    result = run(config, folder, store=store, workers=workers, progress=Bar())
    conclude(result, folder, summary, as_json=as_json)
    probe = folder / PROBE_FILE
    if probe.exists() and not as_json:
        print_link("The best probe: ", probe)
        out.print(f"wetdry shift SONG --probe {shlex.quote(str(probe))}", soft_wrap=True)


def _phases(text: str | None) -> list[int] | None:
    names = names_or_none(text)
    if names is None:
        return None
    if not names or not set(names) <= {"1", "2", "3"}:
        raise DataError(f'Phases are 1, 2 and 3, not "{text}": name those that you want, such as 1,3.')
    return sorted(map(int, set(names)))
