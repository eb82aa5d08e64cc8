"""CSV files of strangers, read strictly: UTF-8 with commas, blanks around names and cells not counted."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from wetdry.errors import DataError
from wetdry.remote.object_path import AnyPath

Row = tuple[int, list[str]]
"""The line on which a row ends, counted from 1, and its cells."""


def read_rows(file: AnyPath) -> list[Row]:
    """All rows that are not blank, the header among them; raises `DataError` where the file is no CSV."""
    reader = csv.reader(io.StringIO(_text(file), newline=""), strict=True, skipinitialspace=True)
    try:
        return [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if cells]
    except csv.Error as error:
        raise DataError(f"{file}, line {reader.line_num}: not well-formed CSV ({error}); correct this line.") from None


def check_widths(file: AnyPath, header: Sequence[str], rows: Sequence[Row]) -> None:
    """Raise `DataError` at the first row that is not as wide as the header."""
    for line, cells in rows:
        if len(cells) != len(header):
            raise DataError(
                f"{file}, line {line}: has {len(cells)} fields where the header has {len(header)};"
                " correct the commas, or quote text that holds one."
            )


def named_rows(file: AnyPath, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row below the header by the names of its columns, with its line; `columns` must be among them."""
    read = read_rows(file)
    header = read[0][1] if read else []
    if missing := [name for name in columns if name not in header]:
        raise DataError(f"{file}: has no column {', '.join(missing)}; get the file anew from its publisher.")
    check_widths(file, header, read[1:])
    for line, cells in read[1:]:
        yield line, dict(zip(header, cells, strict=True))


def _text(file: AnyPath) -> str:
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        raise DataError(f"{file}: no such file; check the path.") from None
    except IsADirectoryError:
        raise DataError(f"{file}: is a folder, not a CSV file; to use all audio in it, give folder:{file}") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{file}: cannot be read ({getattr(error, 'strerror', None) or error}).") from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DataError(f"{file}, line {line}: is not UTF-8 text; save the file as CSV in UTF-8.") from None
