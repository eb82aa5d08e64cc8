"""The commands about encoders: which there are, all of one, and fetching its weights."""

from __future__ import annotations

import dataclasses
import inspect
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wetdry.cli.printing import count, first_line, out, print_columns, print_entry, print_table
from wetdry.errors import EncoderError

if TYPE_CHECKING:
    from wetdry.audio import Windows
    from wetdry.encoders import Encoder
    from wetdry.encoders.weights.files import Weights
    from wetdry.remote.files import RemoteFile

encoders_app = typer.Typer(help="List the encoders, show all of one, fetch weights.", invoke_without_command=True)

UNTRAINED = "untrained"

Name = Annotated[str, typer.Argument(help="An encoder, as `wetdry encoders` lists them.", show_default=False)]


@encoders_app.callback()
def list_encoders(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print all of each as JSON.")] = False
) -> None:
    """List the encoders: rate, numbers in a vector, windows, licence, and whether the weights are here."""
    if context.invoked_subcommand:
        return
    from wetdry.encoders import complete, encoder, encoders
    from wetdry.extras import INSTALL, missing

    models = [encoder(name) for name in encoders.names() if complete(name)]
    if as_json:
        typer.echo(json.dumps([{**dataclasses.asdict(model.spec), "state": _state(model)} for model in models]))
        return
    rows = [_row(model) for model in models]
    print_table("All of one: wetdry encoders info NAME", rows, whole=("encoder", "kHz", "dim", "windows", "here"))
    for name in encoders.names():
        if not complete(name):
            print_entry(f"{name}:…", "", first_line(encoders.get(name)))
    if missing("torch") and any(model.weights for model in models):
        out.print(f"Those with weights to fetch need torch: {INSTALL}.", soft_wrap=True)


@encoders_app.command(name="info")
def info(name: Name) -> None:
    """Show all of one encoder: layers, what it hears, where its weights come from and where they are."""
    from wetdry.encoders import encoder

    model = encoder(name)
    spec = model.spec
    print_entry(spec.name, f"revision {spec.revision}", spec.about)
    longest = "" if spec.longest_window is None else f", at most {spec.longest_window:g} s"
    facts = [
        ("licence", spec.licence),
        ("rate", f"{_kilohertz(spec.sample_rate)} kHz"),
        ("windows", _seconds(spec.windows) + longest),
        ("level", "heard" if spec.hears_level else "not heard: a gain changes nothing"),
        ("normalisation", spec.normalisation),
        ("runs on", _runs_on(name)),
        *_provenance(name, model),
    ]
    print_columns(facts)
    print_columns(
        [
            (layer.name, str(layer.dim), "default" if layer.name == spec.default_layer else "", layer.about)
            for layer in spec.layers
        ]
    )


@encoders_app.command(name="fetch")
def fetch(
    name: Name,
    source: Annotated[
        Path | None,
        typer.Option("--from", help="Copy from this file or folder instead of downloading.", show_default=False),
    ] = None,
) -> None:
    """Fetch an encoder's weights into the cache, or check those that are there."""
    from wetdry.encoders import complete, encoder
    from wetdry.encoders.weights.sources import existing, keep_copy
    from wetdry.encoders.weights.sources import fetch as download

    if ":" in name:
        raise EncoderError(f"{name}: is none of `wetdry encoders`; what it needs is fetched when it is first used.")
    # One that only reads what is named behind it has nothing of its own to fetch.
    if not complete(name):
        raise EncoderError(f"{name}: needs to know which model; what {name}:ID needs is fetched when it is first used.")
    weights = encoder(name).weights
    if weights is None:
        raise EncoderError(f"{name} comes with its weights; there is nothing to fetch.")
    found = download(weights) if source is None else keep_copy(weights, existing(source))
    unknown = [file.name for file in weights.files if not file.digest]
    if source is not None and unknown:
        out.print(f"No digest is known of {', '.join(unknown)}; taken as given.", soft_wrap=True)
    out.print(f"{name}: {count(len(weights.files), 'file')} in {found.path}", soft_wrap=True)


def _row(model: Encoder) -> dict[str, Any]:
    spec = model.spec
    return {
        "encoder": spec.name,
        "kHz": _kilohertz(spec.sample_rate),
        "dim": spec.layer(spec.default_layer).dim,
        "windows": spec.windows.key,
        "licence": spec.licence,
        "here": _here(model.weights),
    }


def _here(weights: Weights | None) -> str:
    """Whether there is nothing to fetch, and else how much; no wider than a terminal has room for."""
    from wetdry.encoders.weights.sources import cached, packaged
    from wetdry.remote.files import readable

    if weights is None or cached(weights) or packaged(weights):
        return "yes"
    return f"no ({readable(weights.size)})" if weights.size else "no"


def _seconds(windows: Windows) -> str:
    if windows.seconds is None:
        return "the whole clip"
    apart = windows.hop or windows.seconds
    return f"{windows.seconds:g} s" + ("" if apart == windows.seconds else f", one every {apart:g} s")


def _kilohertz(sample_rate: int) -> str:
    return f"{sample_rate / 1000:g}"


def _state(model: Encoder) -> str:
    from wetdry.encoders.weights.sources import state

    return state(model.weights) if model.weights else "ready"


def _runs_on(name: str) -> str:
    from wetdry.encoders import encoders

    kind, _, behind = name.partition(":")
    if kind == UNTRAINED:
        return _runs_on(behind.partition(",")[0])
    taken = inspect.signature(encoders.get(kind)).parameters
    devices = "CPU or GPU" if "device" in taken else "CPU"
    return f"{devices}, in {'fp32, bf16 or fp16' if 'dtype' in taken else 'fp32'}"


def _provenance(name: str, model: Encoder) -> list[tuple[str, str]]:
    """Where the weights come from and where they are."""
    from wetdry.encoders.weights.sources import cached

    kind, _, where = name.partition(":")
    weights = model.weights
    if kind == UNTRAINED:
        return [("weights", "drawn at random from the seed")]
    if where or weights is None:
        return [("weights", where or _state(model))]
    return [
        ("weights", _state(model)),
        ("source", weights.source),
        ("pinned to", weights.revision),
        *(("file", _file_facts(file)) for file in weights.files),
        ("cached in", str(cached(weights) or "nothing yet")),
    ]


def _file_facts(file: RemoteFile) -> str:
    from wetdry.remote.files import readable

    size = [readable(file.size)] if file.size else []
    return ", ".join([file.name, *size, file.digest or "pinned by the revision"])
