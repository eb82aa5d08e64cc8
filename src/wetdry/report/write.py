"""Writing a result as a self-describing folder.

    report.html             one page that works offline and alone
    figures/<name>.svg/png  every figure of the page
    tables/<name>.parquet   every table in full, and as CSV
    run.json                what was run, with which versions, data and seeds

Each file is written under a temporary name and renamed. The page comes last, so a page that is there
is whole, and an interrupted run leaves the earlier one as it was.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow
import pyarrow.parquet

from wetdry.report.figures import draw
from wetdry.report.files import one_sentence_errors, replace_file
from wetdry.report.page import IndexEntry, plain, render_index, render_report
from wetdry.report.result import StudyResult


def write(result: StudyResult, folder: Path | str) -> Path:
    """Write `result` into `folder`, made if missing, and return the path of its `report.html`.

    Raises `ReportError` where the folder cannot be written. The same result gives the same bytes.
    """
    folder = Path(folder)
    drawings = {drawing.figure.name: drawing for drawing in draw(result.figures)}
    page = render_report(result, drawings)
    with one_sentence_errors(folder):
        for name, drawing in drawings.items():
            replace_file(folder / "figures" / f"{name}.svg", drawing.svg.encode())
            replace_file(folder / "figures" / f"{name}.png", drawing.png)
        for name, frame in result.all_tables().items():
            replace_file(folder / "tables" / f"{name}.parquet", _parquet(frame))
            replace_file(folder / "tables" / f"{name}.csv", _csv(frame))
        run = json.dumps(plain(result.provenance), indent=2, ensure_ascii=False, allow_nan=False)
        replace_file(folder / "run.json", f"{run}\n".encode())
        replace_file(folder / "report.html", page.encode())
    return folder / "report.html"


def write_index(
    folder: Path | str, entries: Sequence[IndexEntry], title: str = "wetdry reports", lead: str = ""
) -> Path:
    """Write an `index.html` into `folder` that links the reports of `entries`, and return its path."""
    folder = Path(folder)
    with one_sentence_errors(folder):
        replace_file(folder / "index.html", render_index(entries, folder, title, lead).encode())
    return folder / "index.html"


def _parquet(frame: pd.DataFrame) -> bytes:
    sink = io.BytesIO()
    table = pyarrow.Table.from_pandas(frame, preserve_index=False)
    pyarrow.parquet.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def _csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False, lineterminator="\n").encode()
