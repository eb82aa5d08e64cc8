"""The commands about data sets: which there are, all of one, fetching one from its publisher, and checking labels."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wetdry.cli.printing import first_line, one_line, out, print_columns, print_entry, print_table
from wetdry.errors import DataError

if TYPE_CHECKING:
    from wetdry.datasets import Publication
    from wetdry.remote.files import RemoteFile

datasets_app = typer.Typer(
    help="List the data sets, show all of one, fetch one, check its labels.", invoke_without_command=True
)

Kind = Annotated[str, typer.Argument(help="A data set, as `wetdry datasets` lists them.", show_default=False)]


@datasets_app.callback()
def list_datasets(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False
) -> None:
    """List the kinds of data sets that --data takes."""
    if context.invoked_subcommand:
        return
    from wetdry.datasets import datasets, publications

    rows = [{"kind": name, "about": first_line(datasets.get(name))} for name in datasets.names()]
    fetched = [name for name in datasets.names() if name in publications.names()]
    if as_json:
        typer.echo(json.dumps([{**row, "published": row["kind"] in fetched} for row in rows]))
        return
    print_table("All of one: wetdry datasets info KIND", rows, whole=("kind",))
    out.print(f"To be fetched with wetdry datasets fetch KIND --to FOLDER: {', '.join(fetched)}.", soft_wrap=True)


@datasets_app.command(name="info")
def info(kind: Kind) -> None:
    """Show all of one data set: what it holds, labels, licence, and what its publisher offers."""
    from wetdry.datasets import datasets, published
    from wetdry.datasets.card import card
    from wetdry.datasets.publishing.publication import is_published

    opener = datasets.get(kind)
    offer = published(kind) if is_published(kind) else None
    print_entry(kind, "", first_line(opener))
    facts = card(opener)
    if offer:
        facts["licence"] = f"{offer.licence} ({offer.licence_url})"
    print_columns([*facts.items(), *(_offered(offer) if offer else [("publisher", "none; there is nothing to fetch")])])


@datasets_app.command(name="fetch")
def fetch(
    kind: Kind,
    to: Annotated[Path, typer.Option("--to", help="Folder to make, or an empty one.", show_default=False)],
    source: Annotated[
        Path | None,
        typer.Option("--from", help="Take the archive that was downloaded already.", show_default=False),
    ] = None,
    accepted: Annotated[bool, typer.Option("--accept-licence", help="Accept the licence without being asked.")] = False,
) -> None:
    """Fetch a data set from its publisher, check and unpack it. Run it again to continue after an interruption."""
    from wetdry.datasets import fetch as bring
    from wetdry.datasets import published
    from wetdry.datasets.publishing.fetching import new_folder

    offer = published(kind)
    new_folder(to)
    out.print(f"{kind} comes under {offer.licence}.", soft_wrap=True)
    out.print(f"Licence: {offer.licence_url}", soft_wrap=True)
    out.print(f"Cite: {offer.citation}", soft_wrap=True)
    if not accepted:
        _ask(kind)
    folder = bring(kind, to, accept_licence=True, source=source)
    out.print(f"{kind}: all there. Open it as {shlex.quote(f'{kind}:{folder}')}.", soft_wrap=True)


@datasets_app.command(name="audit")
def audit(
    data: Annotated[str, typer.Argument(help="A data set, as --data takes it: KIND:PATH.", show_default=False)],
    against: Annotated[
        str, typer.Option("--against", help="Another set with ratings of the same songs.", show_default=False)
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Check the labels of a data set: ranges, classes, copies, splits, and ratings that contradict each other."""
    from wetdry.datasets.auditing.audit import audit as findings_of

    findings = findings_of(data, against)
    if as_json:
        rows = [{**asdict(finding), "concerned": list(finding.concerned)} for finding in findings]
        typer.echo(json.dumps({"data": data, "against": against, "findings": rows}))
        return
    rows = [{"check": f.check, "verdict": f.verdict.value, "finding": one_line(f.sentence)} for f in findings]
    print_table(f"What was checked of {one_line(data)}", rows, whole=("verdict",))


def _ask(kind: str) -> None:
    """Raise unless a person at a terminal accepts the licence."""
    if not sys.stdin.isatty():
        raise DataError(f"{kind}: its licence is not accepted; read it, and add --accept-licence.")
    if not typer.confirm("Do you accept this licence?"):
        raise DataError(f"{kind}: its licence is not accepted, so nothing was fetched; use a data set of your own.")


def _offered(offer: Publication) -> list[tuple[str, str]]:
    return [
        ("cite", offer.citation),
        ("home page", offer.homepage),
        *(("file", _file_facts(file)) for file in offer.files),
    ]


def _file_facts(file: RemoteFile) -> str:
    from wetdry.remote.files import readable

    size = [readable(file.size)] if file.size else []
    return ", ".join([file.name, *size, file.digest, file.url])
