"""What a command does with a result: write the report, and tell in the terminal what is in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from wetdry.cli.printing import err, print_failures, print_link, print_table

if TYPE_CHECKING:
    import pandas as pd

    from wetdry.report import StudyResult

Summary = Callable[["StudyResult"], tuple[str, list[dict[str, Any]]]]


def conclude(
    result: StudyResult, folder: Path, summary: Summary, *, as_json: bool, whole: Collection[str] = ()
) -> None:
    """Write the report, then print all tables as JSON, or a short one, what failed, and where the page is.

    `whole` names columns of the short table that are never folded.
    """
    page = write_page(result, folder)
    if as_json:
        print_json(result.all_tables())
        return
    print_table(*summary(result), whole=whole)
    print_failures(result.all_tables().get("failures"), folder)
    print_report(page)


def write_page(result: StudyResult, folder: Path) -> Path:
    """Write the report, saying so while figures are drawn; its page."""
    from wetdry import report

    with err.status("drawing figures"):
        return report.write(result, folder)


def print_json(tables: Mapping[str, pd.DataFrame]) -> None:
    """Tables as one JSON object of lists of rows."""
    typer.echo(json.dumps({name: json.loads(table.to_json(orient="records")) for name, table in tables.items()}))


def print_report(page: Path) -> None:
    """Where the page is, as a link."""
    print_link("\nReport: ", page)
