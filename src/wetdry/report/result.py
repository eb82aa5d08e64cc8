"""What a study hands over to be written: sections of figures, tables, notes and players.

All text is plain: the page escapes it, so a clip may be called anything.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd
    from altair.typing import ChartType

NoteKind = Literal["trust", "info", "warning"]

_FILE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def _check_name(kind: str, name: str) -> None:
    if not _FILE_NAME.fullmatch(name):
        raise ValueError(f'{kind} name "{name}" becomes a file name: use a-z, 0-9, "_" and "-", at most 64 of them')


@dataclass(frozen=True)
class Figure:
    """A chart under `name`, with the text alternative `alt` that says in words what it shows.

    `alt` stands in for the picture where it cannot be seen, so it holds the numbers that matter.
    Colours, fonts and backgrounds come from `report.theme`: a `config` in the chart is dropped.
    A width of "container" fills the page; so does each row of a facet that has `columns`.
    """

    name: str
    title: str
    caption: str
    alt: str
    chart: ChartType

    def __post_init__(self) -> None:
        _check_name("Figure", self.name)
        if not self.alt.strip():
            raise ValueError(f'Figure "{self.name}" needs a text alternative')


@dataclass(frozen=True, eq=False)
class Table:
    """A table whose first `rows` rows (None: all) are shown; the files always hold the whole frame.

    `columns` maps the columns to show, in order, to their headers; None shows all under their own names.
    """

    name: str
    title: str
    frame: pd.DataFrame
    caption: str = ""
    columns: Mapping[str, str] | None = None
    rows: int | None = 40

    def __post_init__(self) -> None:
        _check_name("Table", self.name)
        missing = [column for column in self.columns or () if column not in self.frame.columns]
        if missing:
            raise ValueError(f'Table "{self.name}" has no column {", ".join(missing)}')


@dataclass(frozen=True, eq=False)
class Note:
    """A set-apart remark: what to trust, what to know, or what to beware of."""

    kind: NoteKind
    title: str
    text: Sequence[str] = ()
    items: Sequence[str] = ()
    table: Table | None = None


@dataclass(frozen=True)
class Player:
    """A clip to listen to, as the bytes of an MP3 file.

    Wet clips name their effect `family` and `level`; NaN is an effect without levels. A point of a chart
    whose field `sound` holds the `sound` of a player plays it when it is pressed.
    """

    label: str
    detail: str
    mp3: bytes = field(repr=False)
    family: str = ""
    level: float = math.nan
    sound: str = ""
    setting: str = ""
    """The strength in words; `level 3` and the like if empty."""


@dataclass(frozen=True)
class PlayerGroup:
    """One dry clip and its wet versions, to be compared by ear."""

    title: str
    caption: str
    dry: Player
    wet: Sequence[Player]

    def families(self) -> list[tuple[str, list[Player]]]:
        """The wet players by family, families as they first appear, levels ascending.

        >>> wet = [Player("b9", "", b"", "b", 9.0), Player("a", "", b"", "a"), Player("b1", "", b"", "b", 1.0)]
        >>> group = PlayerGroup("", "", Player("dry", "", b""), wet)
        >>> [(family, [player.label for player in players]) for family, players in group.families()]
        [('b', ['b1', 'b9']), ('a', ['a'])]
        """
        families: dict[str, list[Player]] = {}
        for player in self.wet:
            families.setdefault(player.family or player.label, []).append(player)
        return [
            (family, sorted(players, key=lambda p: (not math.isnan(p.level), p.level)))
            for family, players in families.items()
        ]


Block = Figure | Table | Note | PlayerGroup | str
"""What a section is made of; a `str` is a paragraph."""


@dataclass(frozen=True)
class Section:
    """A heading, a sentence or two that say what is to be seen, and the blocks that show it."""

    heading: str
    lead: str
    blocks: Sequence[Block] = ()


@dataclass(frozen=True, eq=False)
class StudyResult:
    """Everything one run found.

    `tables` go to files only; tables that are blocks of a section are written as well. `provenance` becomes
    `run.json`; of its keys the page's footer shows `version`, `date`, `command` and `seeds`, if present.
    """

    name: str
    title: str
    lead: str
    sections: Sequence[Section]
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.tables:
            _check_name("Table", name)
        names = [figure.name for figure in self.figures]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"Two figures have the name {', '.join(twice)}")
        self.all_tables()
        self.sounds()

    @property
    def figures(self) -> list[Figure]:
        """The figures of all sections, in order."""
        return [block for block in self._blocks() if isinstance(block, Figure)]

    def all_tables(self) -> dict[str, pd.DataFrame]:
        """Every table by name: those of `tables`, then those shown in the sections."""
        tables = dict(self.tables)
        for block in self._blocks():
            table = block.table if isinstance(block, Note) else block
            if not isinstance(table, Table):
                continue
            if not tables.setdefault(table.name, table.frame).equals(table.frame):
                raise ValueError(f'Two different tables have the name "{table.name}"')
        return tables

    def sounds(self) -> frozenset[str]:
        """The `sound` of every player that has one."""
        groups = [block for block in self._blocks() if isinstance(block, PlayerGroup)]
        keys = [player.sound for group in groups for player in (group.dry, *group.wet) if player.sound]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ValueError(f"Two players have the sound {', '.join(twice)}")
        return frozenset(keys)

    def _blocks(self) -> Iterator[Block]:
        return (block for section in self.sections for block in section.blocks)
