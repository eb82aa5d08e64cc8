"""Reports: what a study found, as one folder with a page, figures and tables.

A study builds a `StudyResult` from the dataclasses of `report.result` and the functions of
`report.charts`; `write` puts it on disk. Nothing here knows a study.
"""

from wetdry.report import charts
from wetdry.report.files import check_folder
from wetdry.report.page import IndexEntry
from wetdry.report.result import Block, Figure, Note, Player, PlayerGroup, Section, StudyResult, Table
from wetdry.report.write import write, write_index

__all__ = [
    "Block",
    "Figure",
    "IndexEntry",
    "Note",
    "Player",
    "PlayerGroup",
    "Section",
    "StudyResult",
    "Table",
    "charts",
    "check_folder",
    "write",
    "write_index",
]
