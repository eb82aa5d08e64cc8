"""How things look in a terminal: tables, entries of lists, plurals."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console, JustifyMethod
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

# File names and effect keys are printed as they are: "[bold].wav" is no markup, "a:x:" no emoji.
out = Console(markup=False, emoji=False)
err = Console(stderr=True, markup=False, emoji=False)


def one_line(text: str) -> str:
    """The text without line breaks and without what would steer the terminal, whatever a file made it say."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def print_link(lead: str, page: Path) -> None:
    out.print(Text.assemble(lead, (str(page), f"link {page.resolve().as_uri()}")))


def _range(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return ""
    return f"{'−∞' if low is None else f'{low:g}'} … {'∞' if high is None else f'{high:g}'}"


def first_line(thing: object) -> str:
    return (thing.__doc__ or "").strip().split("\n")[0]


def print_table(title: str, rows: list[dict[str, Any]], whole: Collection[str] = ()) -> None:
    """Rows as a table; the columns named in `whole` are not folded in a narrow terminal, so that they can be copied."""
    title = one_line(title)
    if not rows:
        out.print(f"{title}: nothing.")
        return
    # A table's own title would be folded to the width of the table.
    out.print(title, style="italic", soft_wrap=True)
    table = Table(header_style="bold", box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for column, value in rows[0].items():
        justify: JustifyMethod = "right" if isinstance(value, (int, float)) else "left"
        table.add_column(column, justify=justify, overflow="fold", no_wrap=column in whole)
    for row in rows:
        table.add_row(*(one_line(str(value)) for value in row.values()))
    out.print(table)


def print_entry(name: str, facts: str, about: str) -> None:
    heading = Text.assemble((name, "bold"), (f"  {facts}" if facts else "", "dim"))
    out.print(heading)
    out.print(Padding(Text(about), (0, 0, 0, 2)))


def print_columns(rows: Sequence[tuple[str, ...]]) -> None:
    if rows:
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        for row in rows:
            table.add_row(*(Text(cell, overflow="fold") for cell in row))
        out.print(Padding(table, (0, 0, 0, 2)))
    out.print()


def parameter_row(p: dict[str, Any]) -> tuple[str, ...]:
    default = "required" if p["default"] == "" else str(p["default"])
    span = f"{_range(p['low'], p['high'])} {p['unit']}".strip()
    return p["name"], default, span, p["about"]


def print_failures(failures: Any, folder: Path) -> None:
    if failures is None or failures.empty:
        return
    err.print(f"\n{len(failures)} could not be used (see {folder / 'tables' / 'failures.csv'}):")
    for reason in failures["reason"].head(5):
        err.print(f"  {one_line(str(reason))}", soft_wrap=True)
