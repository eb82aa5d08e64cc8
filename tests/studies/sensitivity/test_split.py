"""Training and test clips of the downstream task."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wetdry.errors import DataError
from wetdry.studies.sensitivity.split import sides, split


def clips(labels: list[str], groups: list[str], published: list[str] | None = None) -> pd.DataFrame:
    return pd.DataFrame({"label": labels, "group": groups, "split": published or [""] * len(labels)})


def sided(table: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    return table.assign(side=sides(table, seed)[0])


def test_a_published_split_is_kept_and_its_validation_part_unused() -> None:
    table = clips(list("aaaabbbb"), list("12345678"), ["train", "train", "test", "validation"] * 2)
    side, how = sides(table, 0)
    assert side.tolist() == ["train", "train", "test", ""] * 2
    assert "own split" in how


def test_clips_without_class_are_on_no_side() -> None:
    side, _ = sides(clips(["a", "", "b"], list("123")), 0)
    assert side[1] == ""


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 30)), min_size=1, max_size=120), st.integers(0, 3))
def test_no_group_is_on_both_sides_and_none_is_lost(drawn: list[tuple[str, int]], seed: int) -> None:
    table = sided(clips([label for label, _ in drawn], [f"g{group}" for _, group in drawn]), seed)
    assert set(table["side"]) <= {"train", "test"}
    assert (table.groupby("group")["side"].nunique() == 1).all()


def test_a_quarter_of_each_class_is_for_testing() -> None:
    labels = [label for label in "abc" for _ in range(40)]
    table = sided(clips(labels, [f"g{k}" for k in range(120)]))
    assert (table[table["side"] == "test"]["label"].value_counts() == 10).all()
    assert not table["side"].equals(sided(table.drop(columns="side"), seed=1)["side"])


def test_classes_that_cannot_be_learnt_or_tested_are_left_out_with_a_reason() -> None:
    table = clips(list("aaaaaaaabbbbbbbbc" + "ddddd"), [*map(str, range(17)), *("d" * 5)])
    found = split(sided(table))
    assert found.classes == ("a", "b")
    assert set(found.left_out) == {"c", "d"}
    assert "1 groups" in found.left_out["d"]
    for rows in (found.train, found.test):
        assert set(table["label"].to_numpy()[rows]) == {"a", "b"}
    assert not np.intersect1d(found.train, found.test).size


@pytest.mark.parametrize("labels", [list("aaaa"), ["", ""], list("aabb")])
def test_fewer_than_two_classes_are_a_sentence(labels: list[str]) -> None:
    with pytest.raises(DataError, match="two classes"):
        split(sided(clips(labels, [str(k) for k in range(len(labels))])))
