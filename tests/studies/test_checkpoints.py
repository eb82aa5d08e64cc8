"""Finished parts of an analysis on disk."""

import hashlib
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from wetdry.studies.checkpoints import Checkpoints, Tables


class Part:
    """Counts how often it is computed."""

    def __init__(self) -> None:
        self.computed = 0

    def __call__(self) -> Tables:
        self.computed += 1
        frame = pd.DataFrame({"r2": [0.1 + 0.2, np.nan], "label": ["a", ""], "clips": [1, 2]})
        return {"correlation": frame, "nothing": pd.DataFrame()}


def test_a_finished_part_is_read_and_equal_to_what_was_computed(tmp_path: Path) -> None:
    part = Part()
    first = Checkpoints(tmp_path).tables({"layer": "a"}, part)
    again = Checkpoints(tmp_path).tables({"layer": "a"}, part)
    assert part.computed == 1
    pd.testing.assert_frame_equal(first["correlation"], part()["correlation"])
    for name in ("correlation", "nothing"):
        pd.testing.assert_frame_equal(first[name], again[name])


def test_anything_it_follows_from_makes_another_part(tmp_path: Path) -> None:
    part = Part()
    checkpoints = Checkpoints(tmp_path)
    for seed in (0, 1, 0):
        checkpoints.tables({"layer": "a", "seed": seed}, part)
    assert part.computed == 2


def test_without_a_folder_nothing_is_kept() -> None:
    part = Part()
    for _ in range(2):
        Checkpoints(None).tables({"layer": "a"}, part)
    assert part.computed == 2


def test_a_part_that_breaks_off_leaves_nothing_to_be_read(tmp_path: Path) -> None:
    def broken() -> Tables:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Checkpoints(tmp_path).tables({"layer": "a"}, broken)
    part = Part()
    Checkpoints(tmp_path).tables({"layer": "a"}, part)
    assert part.computed == 1


def test_a_damaged_part_is_computed_again(tmp_path: Path) -> None:
    part = Part()
    checkpoints = Checkpoints(tmp_path)
    checkpoints.tables({"layer": "a"}, part)
    (file,) = tmp_path.glob("*/correlation.parquet")
    file.write_bytes(file.read_bytes()[:100])
    tables = checkpoints.tables({"layer": "a"}, part)
    assert part.computed == 2
    assert tables["correlation"]["clips"].tolist() == [1, 2]


def test_a_part_that_lost_a_table_or_has_another_is_computed_again(tmp_path: Path) -> None:
    part = Part()
    checkpoints = Checkpoints(tmp_path)
    checkpoints.tables({"layer": "a"}, part)
    (file,) = tmp_path.glob("*/correlation.parquet")
    file.unlink()
    assert set(checkpoints.tables({"layer": "a"}, part)) == {"correlation", "nothing"}
    pd.DataFrame({"other": [1]}).to_parquet(file)
    assert "r2" in checkpoints.tables({"layer": "a"}, part)["correlation"]
    for inside in file.parent.iterdir():
        inside.unlink()
    assert set(checkpoints.tables({"layer": "a"}, part)) == {"correlation", "nothing"}
    assert part.computed == 4


def test_a_pipe_in_a_part_is_not_waited_for(tmp_path: Path) -> None:
    part = Part()
    checkpoints = Checkpoints(tmp_path)
    checkpoints.tables({"layer": "a"}, part)
    (file,) = tmp_path.glob("*/correlation.parquet")
    file.unlink()
    os.mkfifo(file)
    checkpoints.tables({"layer": "a"}, part)
    assert part.computed == 2


def test_a_part_that_was_listed_anew_but_is_no_table_is_computed_again(tmp_path: Path) -> None:
    part = Part()
    checkpoints = Checkpoints(tmp_path)
    whole = checkpoints.tables({"layer": "a"}, part)
    (file,) = tmp_path.glob("*/correlation.parquet")
    table = pq.read_table(file)
    pq.write_table(table.replace_schema_metadata({b"pandas": b'{"columns": 1, "index_columns": 2}'}), file)
    sums = (
        f"{hashlib.sha256(each.read_bytes()).hexdigest()}  {each.name}\n" for each in sorted(file.parent.glob("*.p*"))
    )
    (file.parent / "SHA256SUMS").write_text("".join(sums))
    again = checkpoints.tables({"layer": "a"}, part)
    assert part.computed == 2
    pd.testing.assert_frame_equal(again["correlation"], whole["correlation"])
