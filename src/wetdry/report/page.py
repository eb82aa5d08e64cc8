"""The page of a report, and the index over several: HTML from templates, one file each."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import json
import math
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
import numpy as np
from markupsafe import Markup

from wetdry.report.cells import shown_columns
from wetdry.report.figures import Drawing, vega_bundle
from wetdry.report.result import Figure, Note, Player, PlayerGroup, StudyResult, Table
from wetdry.report.theme import DARK, FONT, LIGHT, family_colours, vega_config

NOTE_KINDS = {"trust": "Reliability", "info": "Note", "warning": "Caution"}


@dataclasses.dataclass(frozen=True)
class IndexEntry:
    """One report in an index: its page, and the picture of one of its figures."""

    title: str
    lead: str
    report: Path
    thumbnail: Path | None = None
    alt: str = ""

    @classmethod
    def of(cls, result: StudyResult, report: Path) -> IndexEntry:
        """The entry of a written `report`, with its first figure as thumbnail."""
        for figure in result.figures[:1]:
            picture = report.parent / "figures" / f"{figure.name}.png"
            return cls(result.title, result.lead, report, picture, figure.alt)
        return cls(result.title, result.lead, report)


def render_report(result: StudyResult, drawings: Mapping[str, Drawing]) -> str:
    """The whole report as one HTML text that needs nothing else; `drawings` are by figure name."""
    _check_sounds(result, drawings)
    families = {player.family for group in _groups(result) for player in group.wet if player.family}
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            result=result,
            drawings=drawings,
            sections=_with_ids(result),
            themes=script_json({"light": vega_config(LIGHT), "dark": vega_config(DARK)}),
            vega=Markup(vega_bundle()),  # noqa: S704
            script=_asset("page.js"),
            colours=family_colours(families),
            facts=_facts(result.provenance),
            run=json.dumps(plain(result.provenance), indent=2, ensure_ascii=False),
        )
    )


def render_index(entries: Sequence[IndexEntry], folder: Path, title: str, lead: str) -> str:
    """A page that lies in `folder` and links reports."""

    def address(path: Path) -> str:
        return quote(Path(os.path.relpath(path, folder)).as_posix())

    template = _environment().get_template("index.html.j2")
    return template.render(entries=entries, address=address, title=title, lead=lead)


def plain(value: Any) -> Any:
    """`value` as JSON can hold it: arrays as lists, paths as text, what is not a number as null.

    >>> plain({"seed": np.int64(3), "level": float("nan"), "shape": (1, 2)})
    {'seed': 3, 'level': None, 'shape': [1, 2]}
    """
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=str)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: files(__package__).joinpath(name).read_text("utf-8")),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["script_json"] = script_json
    environment.filters["data_url"] = _data_url
    environment.filters["columns"] = shown_columns
    environment.filters["families"] = PlayerGroup.families
    environment.filters["level"] = _level
    environment.tests["figure"] = lambda block: isinstance(block, Figure)
    environment.tests["table"] = lambda block: isinstance(block, Table)
    environment.tests["note"] = lambda block: isinstance(block, Note)
    environment.tests["players"] = lambda block: isinstance(block, PlayerGroup)
    environment.globals.update(css=_stylesheet(), note_kinds=NOTE_KINDS)
    return environment


def _asset(name: str) -> Markup:
    return Markup(files(__package__).joinpath(name).read_text("utf-8"))  # noqa: S704


def _stylesheet() -> Markup:
    """The style sheet, with each colour of the two themes as a custom property."""
    names = ("page", "panel", "ink", "muted", "line", "accent", "warning")
    properties = "".join(f"--{name}:light-dark({getattr(LIGHT, name)},{getattr(DARK, name)});" for name in names)
    return Markup(f":root{{--font:{FONT};{properties}}}\n") + _asset("page.css")  # noqa: S704


def script_json(value: Any) -> Markup:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(re.sub(r"[<>&]", lambda match: f"\\u{ord(match[0]):04x}", text))  # noqa: S704


def _data_url(content: bytes | str, kind: str) -> str:
    data = content.encode() if isinstance(content, str) else content
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


def _level(player: Player) -> str:
    if player.setting:
        return player.setting
    return player.label if math.isnan(player.level) else f"level {player.level:g}"


def _check_sounds(result: StudyResult, drawings: Mapping[str, Drawing]) -> None:
    known = result.sounds()
    for name, drawing in drawings.items():
        mute = sorted(drawing.sounds() - known)
        if mute:
            raise ValueError(f'A point of figure "{name}" plays "{mute[0]}", but no player has that sound')


def _groups(result: StudyResult) -> Iterable[PlayerGroup]:
    return (block for section in result.sections for block in section.blocks if isinstance(block, PlayerGroup))


def _with_ids(result: StudyResult) -> list[tuple[str, Any]]:
    """Each section with the id that the table of contents links to."""
    taken: set[str] = set()
    sections = []
    for number, section in enumerate(result.sections, 1):
        words = re.sub(r"[^a-z0-9]+", "-", section.heading.lower()).strip("-")[:40]
        name = f"section-{words or number}"
        name = f"{name}-{number}" if name in taken else name
        taken.add(name)
        sections.append((name, section))
    return sections


def _facts(provenance: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the footer says of the run, as far as it is known."""
    known = {"version": "wetdry", "date": "Date", "command": "Command", "seeds": "Seeds", "seed": "Seed"}
    facts = []
    for key, label in known.items():
        if key in provenance:
            facts.append((label, _in_words(plain(provenance[key]))))
    return facts


def _in_words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_in_words(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(_in_words, value))
    return str(value)
