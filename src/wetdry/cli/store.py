"""The commands that look after a store: what it holds, whether it is whole, what failed, and tidying it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wetdry.cli.printing import one_line, out, print_table
from wetdry.errors import StoreError

if TYPE_CHECKING:
    from wetdry.extract import Bar
    from wetdry.store import Store

store_app = typer.Typer(help="Look after a store of embeddings.", no_args_is_help=True)

StorePath = Annotated[str, typer.Argument(help="The store: a folder, or s3://bucket/prefix.", show_default=False)]


@store_app.command(name="ls")
def store_ls(store: StorePath, as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False) -> None:
    """List what a store holds."""
    rows = [dataclasses.asdict(holding) for holding in _open_store(store).ls()]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    print_table(str(store), rows)


@store_app.command(name="verify")
def store_verify(store: StorePath) -> None:
    """Recompute every checksum; exit code 1 if anything is damaged, stray or missing."""
    verdict = _open_store(store).verify()
    for kind in ("damaged", "stray", "foreign", "gaps", "orphans"):
        for thing in getattr(verdict, kind):
            out.print(one_line(f"{kind}: {thing}"))
    if not verdict.clean:
        raise typer.Exit(1)
    out.print(f"{verdict.shards} shards ({verdict.bytes:,} bytes), every one whole.")


@store_app.command(name="gc")
def store_gc(
    store: StorePath,
    damaged: Annotated[bool, typer.Option("--damaged", help="Also remove shards whose checksum fails.")] = False,
) -> None:
    """Remove what killed processes left behind."""
    swept = _open_store(store).gc(damaged=damaged)
    out.print(
        f"Removed {len(swept.stale)} stale and {len(swept.damaged)} damaged files, {swept.bytes_freed:,} bytes freed."
    )


@store_app.command(name="compact")
def store_compact(
    store: StorePath,
    mebibytes: Annotated[int, typer.Option("--shard-mib", min=1, help="Size to join shards up to, MiB.")] = 64,
) -> None:
    """Join small shards into large ones, and drop rows that are there twice; others may use the store meanwhile."""
    from wetdry.extract import Bar

    with Bar() as bar:
        done = _open_store(store).compact(target=mebibytes << 20, told=_telling(bar, "joining shards"))
    out.print(
        f"Joined {done.merged} shards into {done.into}, dropped {done.rows_dropped} rows that were there twice, "
        f"{done.bytes_freed:,} bytes freed."
    )


@store_app.command(name="failures")
def store_failures(
    store: StorePath, as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False
) -> None:
    """List what is missing from a store because it failed."""
    rows = _open_store(store).failures().to_pylist()
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    if not rows:
        out.print("Nothing has failed, or what had is there by now.")
    for row in rows:
        what = ", ".join(part for part in (row["effect"], row["encoder"]) if part)
        said = f"{row['dataset']}: {row['item']}{what and f' ({what})'}: {row['reason']}"
        out.print(one_line(said), soft_wrap=True)


def _telling(bar: Bar, about: str) -> Callable[[int, int], None]:
    """Counts on a bar."""

    def told(number: int, of: int) -> None:
        if number == 1:
            bar.start(of, about)
        bar.advance(1, 0.0)

    return told


def _open_store(root: str) -> Store:
    from wetdry.store import Store

    store = Store(root)
    if "://" not in root and not Path(root).exists():
        raise StoreError(f"{root}: no such folder; check the path.")
    if not store.is_there:
        raise StoreError(f"{root}: is not a store; give what was named with --store, or REPORT/store.")
    return store
