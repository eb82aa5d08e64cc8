"""`csv:FILE` — recordings and their labels listed in a CSV file.

=========== =====================================================================================
items       one a row, in the order of the rows; blank lines are skipped
path        column `path`, required: absolute, or relative to the folder of the CSV file
id          column `id`; where it is missing or empty, the path as written
group       column `group`: what must not be split between training and test (song, actor);
            where it is missing or empty, the id
split       column `split`, if the data set publishes one
labels      every other column, under its own name: numbers if all its cells are numbers, else text;
            an empty cell (or `nan` among numbers) means that the recording lacks this label, and a few
            words among many numbers are a mistake
licence     that of the recordings
=========== =====================================================================================

The file is UTF-8 (with or without byte order mark), with a header and commas between columns; blanks
around names and cells do not count. A path that leads nowhere does not make the manifest invalid: the
recording fails on its own when it is decoded.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from wetdry.datasets.base import Dataset, Item, datasets
from wetdry.datasets.reading.place import place, shown
from wetdry.datasets.reading.tables import Row, check_widths, read_rows
from wetdry.errors import DataError
from wetdry.registry import did_you_mean
from wetdry.remote.object_path import AnyPath, ObjectPath, located
from wetdry.remote.object_service import is_url

NOT_LABELS = ("path", "id", "group", "split")

NUMBERS_A_WORD = 9
"""Numbers in a column for each cell that is none, from which on it is taken for a slip of the pen."""


@datasets.register("csv")
def open_manifest(where: str) -> Dataset:
    """Recordings and labels listed in a CSV file with a column `path`: `csv:FILE`."""
    file = place("csv", where)
    header, rows = _table(file)
    labels = {name: _label_column(file, name, i, rows) for i, name in enumerate(header) if name not in NOT_LABELS}
    items: dict[str, Item] = {}
    lines: dict[str, int] = {}
    for position, (line, cells) in enumerate(rows):
        named = dict(zip(header, cells, strict=True))
        if not named["path"]:
            raise DataError(f"{file}, line {line}: the path is empty; name the audio file of this row.")
        item = Item(
            id=named.get("id") or shown(named["path"]),
            path=_audio(file, line, named["path"]),
            labels={name: value for name, column in labels.items() if (value := column[position]) is not None},
            group=named.get("group", ""),
            split=named.get("split", ""),
        )
        if item.id in items:
            raise DataError(
                f'{file}, line {line}: "{item.id}" stands on line {lines[item.id]} already; give each row its own id.'
            )
        items[item.id], lines[item.id] = item, line
    return Dataset(
        f"csv:{shown(where)}", tuple(items.values()), about=f"{len(items)} recordings listed in {shown(where)}"
    )


def _audio(table: AnyPath, line: int, written: str) -> AnyPath:
    """Where an audio file of a row is: a URL without options means the service that the table is at."""
    try:
        if is_url(written) and isinstance(table, ObjectPath):
            return table.sibling(written)
        return located(written) if is_url(written) or written.startswith("/") else table.parent / written
    except DataError as error:
        raise DataError(f"{table}, line {line}: {error}") from None


def _table(file: AnyPath) -> tuple[list[str], list[Row]]:
    """Header and rows, each row as wide as the header, cells stripped of blanks."""
    read = read_rows(file)
    if not read:
        raise DataError(f"{file}: is empty; a manifest starts with a header that has a column path.")
    (line, header), *rows = read
    _check_header(file, line, header)
    if not rows:
        raise DataError(f"{file}: has a header but no rows; add one for each audio file.")
    check_widths(file, header, rows)
    return header, rows


def _check_header(file: AnyPath, line: int, header: Sequence[str]) -> None:
    if "path" not in header:
        hint = did_you_mean("path", header)
        if len(header) == 1 and any(mark in header[0] for mark in ";\t"):
            hint = "columns must be separated by commas"
        raise DataError(f"{file}, line {line}: the header has no column path; {hint}")
    for position, name in enumerate(header, start=1):
        if not name:
            raise DataError(f"{file}, line {line}: column {position} has no name; name it or remove it.")
        if header.index(name) != position - 1:
            raise DataError(f'{file}, line {line}: two columns are named "{name}"; rename one.')


def _label_column(file: AnyPath, name: str, column: int, rows: Sequence[Row]) -> list[float | str | None]:
    """The column as numbers if all non-empty cells are numbers, else as text; None where there is no label."""
    texts = [cells[column] for _, cells in rows]
    numbers = [_number(text) for text in texts if text]
    if None in numbers:
        _check_meant(file, name, column, rows, numbers)
        return [text or None for text in texts]
    values: list[float | str | None] = []
    for (line, _), text in zip(rows, texts, strict=True):
        value = float(text) if text else math.nan
        if math.isinf(value):
            raise DataError(f"{file}, line {line}: {name} is infinite; give a finite number or leave it empty.")
        values.append(None if math.isnan(value) else value)
    return values


def _check_meant(file: AnyPath, name: str, column: int, rows: Sequence[Row], numbers: Sequence[float | None]) -> None:
    """Raise for a column of numbers in which a few cells are none: as text it would silently be another label."""
    words = numbers.count(None)
    if words * NUMBERS_A_WORD > len(numbers) - words:
        return
    line, text = next((line, cells[column]) for line, cells in rows if cells[column] and _number(cells[column]) is None)
    raise DataError(
        f'{file}, line {line}: {name} is "{text}" where {len(numbers) - words} others are numbers; correct it or leave '
        "it empty."
    )


def _number(text: str) -> float | None:
    """The number that `text` states, or None; `1_000` is a name to most people, though not to Python.

    >>> _number("-1.5e3"), _number("1_000"), _number("take 2")
    (-1500.0, None, None)
    """
    if "_" in text:
        return None
    try:
        return float(text)
    except ValueError:
        return None
