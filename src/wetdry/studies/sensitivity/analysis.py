"""Everything the study says of one layer under one effect, as tables; pure in the vectors and the settings."""

from __future__ import annotations

from typing import Any

import pandas as pd

from wetdry.errors import DataError
from wetdry.studies.checkpoints import Tables
from wetdry.studies.deformations import Deformation
from wetdry.studies.sensitivity.config import SensitivityConfig
from wetdry.studies.sensitivity.correlation import global_row, projection_rows, published_columns, samplewise_rows
from wetdry.studies.sensitivity.maps import drawn_clips, map_notes, map_rows
from wetdry.studies.sensitivity.robustness import MOST_NUMBERS, downstream
from wetdry.studies.sensitivity.shape import dimension_rows, path_rows, spectrum_rows
from wetdry.studies.sensitivity.subject import ALL, subjects

Rows = list[dict[str, Any]]


def analyse(found: Deformation, config: SensitivityConfig, *, whole: bool = True, in_blocks: bool = False) -> Tables:
    """All tables of one deformation: correlation, samplewise, projections, paths, dimensions, spectra, maps,
    robustness, changes, notes.

    Parameters
    ----------
    found
        Vectors, dry and wet; the column `side` of its clips (`train`, `test`) splits them for the downstream task.
    config
        Settings.
    whole
        False leaves out maps and the downstream task, as for layers that are only compared with each other.
    in_blocks
        Vectors are scaled a block at a time whenever they are looked at, so that nothing of their size is in memory. It
        takes longer, and changes no bit; but the downstream task is then of fewer clips (`robustness.MOST_NUMBERS`).
    """
    tables = _of_subjects(found, config, in_blocks=in_blocks)
    if whole:
        tables |= _whole(found, config, tables["notes"], in_blocks=in_blocks)
    return {name: _named(rows, found) for name, rows in tables.items()}


def _of_subjects(found: Deformation, config: SensitivityConfig, *, in_blocks: bool) -> dict[str, Rows]:
    """What is said of all clips and of those of each class; `notes` are still to be taken."""
    tables: dict[str, Rows] = {"correlation": [], "projections": [], "paths": [], "notes": []}
    for subject in subjects(found, config.unit, in_blocks=in_blocks):
        row, fit = global_row(subject, config)
        tables["correlation"].append(row | published_columns(found.encoder, found.grid.effect, config))
        tables["paths"] += path_rows(subject, config)
        if subject.label == ALL:
            tables["samplewise"] = samplewise_rows(subject, found.clips["label"].to_numpy(str), config)
            tables["dimensions"] = dimension_rows(subject)
            tables["spectra"] = spectrum_rows(subject, config)
            if fit is not None and fit.fold is not None:
                tables["projections"] = projection_rows(fit.held_out_scores, found.grid)
    return tables


def _whole(found: Deformation, config: SensitivityConfig, notes: Rows, *, in_blocks: bool) -> dict[str, Rows]:
    """Maps and the downstream task; what these vectors do not allow is said in `notes`."""
    tables: dict[str, Rows] = {"maps": [], "robustness": [], "changes": []}
    if config.maps:
        try:
            tables["maps"] = map_rows(found, drawn_clips(found.clips, config), config)
            notes += [{"about": "map", "note": note} for note in map_notes(found)]
        except DataError as error:
            notes.append({"about": "map", "note": str(error)})
    if config.downstream:
        try:
            task = downstream(found, config, MOST_NUMBERS if in_blocks else None)
            tables |= {"robustness": task.robustness, "changes": task.changes}
            notes += [{"about": "classification", "note": note} for note in task.notes]
        except DataError as error:
            notes.append({"about": "classification", "note": str(error)})
    return tables


def _named(rows: Rows, found: Deformation) -> pd.DataFrame:
    return pd.DataFrame([{**found.name, **row} for row in rows])
