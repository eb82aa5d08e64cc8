"""The label that a study goes by, and drawing clips of each class."""

from collections import Counter
from pathlib import Path

import pytest

from wetdry.datasets import Dataset, Item
from wetdry.errors import DataError
from wetdry.studies.labels import at_most, class_labels


def made(*labels: dict[str, float | str]) -> Dataset:
    return Dataset("made", tuple(Item(f"{k}.wav", Path(f"{k}.wav"), each) for k, each in enumerate(labels)))


def test_class_comes_before_instrument_and_both_before_others() -> None:
    data = made(*[{"genre": g, "instrument": i} for g, i in zip("aabb", "wxwx", strict=True)])
    assert list(class_labels(data).values()) == ["w", "x", "w", "x"]
    assert list(class_labels(data, "genre").values()) == ["a", "a", "b", "b"]


def test_the_only_text_label_is_taken_unless_it_names_the_clips() -> None:
    assert list(class_labels(made(*[{"mood": m, "valence": 0.5} for m in "aabb"])).values()) == list("aabb")
    assert class_labels(made(*[{"title": t} for t in "abcd"])) == {}
    assert class_labels(made(*[{"valence": v} for v in (0.1, 0.2)])) == {}


def test_an_unknown_label_is_refused_with_those_there_are() -> None:
    with pytest.raises(DataError, match='did you mean "mood"'):
        class_labels(made({"mood": "a"}), "mod")


def test_at_most_so_many_of_each_class_in_order_and_the_same_for_a_seed() -> None:
    data = made(*[{"class": "ab"[k % 2]} for k in range(20)], {"class": "c"})
    labels = class_labels(data, "class")
    some = at_most(data, labels, 3, seed=1)
    assert Counter(labels[item.id] for item in some) == {"a": 3, "b": 3, "c": 1}
    order = [int(item.id.partition(".")[0]) for item in some]
    assert order == sorted(order)
    assert some == at_most(data, labels, 3, seed=1) != at_most(data, labels, 3, seed=2)
    assert at_most(data, labels, None) is data


def test_no_class_can_be_called_what_tables_call_all_clips() -> None:
    data = made(*[{"class": name} for name in ("all", "some")])
    for label in (None, "class"):
        with pytest.raises(DataError, match=r'class "all".*rename it'):
            class_labels(data, label)
