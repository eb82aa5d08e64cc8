"""Options that several commands have, and how their values are checked."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from wetdry.studies.provenance import MOST_SEED

Shared = Mapping[str, tuple[Any, Any]]
"""Options that several commands have: name → type and default, `REQUIRED` where there is none."""
REQUIRED = inspect.Parameter.empty


def give_options(run: Callable[..., None], command: Callable[..., None], shared: Shared, instead_of: str = "") -> None:
    """Let Typer see in `run` the options of `command` and the shared ones, these first where they replace one of it."""
    own = inspect.signature(command, eval_str=True)
    kept = [parameter for name, parameter in own.parameters.items() if name != instead_of]
    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in shared.items()
    ]
    kept = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in kept]
    shown = [*more, *kept] if instead_of else [*kept, *more]
    run.__signature__ = own.replace(parameters=shown)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in shown}


def finite(value: float | None) -> float | None:
    """The value, or a sentence where it is infinite or no number."""
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"{value} is no finite number.")
    return value


def a_seed(value: int) -> int:
    """A seed that every generator of random numbers takes."""
    if not 0 <= value <= MOST_SEED:
        raise typer.BadParameter(f"{value} is no seed; give a whole number from 0 to {MOST_SEED}.")
    return value


def not_a_file(folder: Path | None) -> Path | None:
    """A folder, which need not be there yet."""
    if folder is not None and folder.exists() and not folder.is_dir():
        raise typer.BadParameter(f'"{folder}" is a file; name a folder, which is made if it is missing.')
    return folder


def a_store(root: str | None) -> str | None:
    """A store: the URL of a bucket, or a folder, which need not be there yet."""
    if root is not None and "://" not in root:
        not_a_file(Path(root))
    return root


def names_or_none(text: str | None) -> list[str] | None:
    """Comma-separated names; none of them for 'none', None where nothing was said.

    >>> names_or_none("lora, gated"), names_or_none("none"), names_or_none(None)
    (['lora', 'gated'], [], None)
    """
    if text is None:
        return None
    return [] if text.strip() == "none" else [name.strip() for name in text.split(",") if name.strip()]


Workers = Annotated[int | None, typer.Option(min=1, help="Worker threads (default: one a core).", show_default=False)]
Device = Annotated[str, typer.Option(help="auto (a GPU if there is one), cpu, cuda or cuda:N.")]
Precision = Annotated[str, typer.Option(help="fp32; or bf16 or fp16, faster on a GPU and less exact.")]
WindowLength = Annotated[
    float | None,
    typer.Option(
        min=0.01, callback=finite, help="Window length in seconds (default: the encoder's).", show_default=False
    ),
]
StartOrMiddle = Annotated[
    float | None,
    typer.Option(
        min=0,
        callback=finite,
        help="Start of the part to use, in seconds (default: the middle of the file is used).",
        show_default=False,
    ),
]
LongestPart = Annotated[
    float, typer.Option(min=0.01, callback=finite, help="How much of each file to use at most, in seconds.")
]
Data = Annotated[str, typer.Option(help="Data set, such as classes:PATH.", show_default=False)]
StoreRoot = Annotated[
    str | None,
    typer.Option(
        "--store",
        callback=a_store,
        help="Store of embeddings, a folder or s3://bucket/prefix (default: OUT/store).",
        show_default=False,
    ),
]
KeptStore = Annotated[
    str | None,
    typer.Option(
        "--store",
        callback=a_store,
        help="Store of embeddings to take from and add to, a folder or s3://bucket/prefix.",
        show_default=False,
    ),
]
OwnEncoder = Annotated[
    str | None,
    typer.Option("--encoder", help="NAME:PATH, for an encoder with weights of your own.", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print as JSON.")]
TablesAsJson = Annotated[bool, typer.Option("--json", help="Print the tables as JSON instead of a summary.")]
