import numpy as np
import pytest

from wetdry.errors import DataError
from wetdry.probes import Task


def test_text_is_classes_sorted_or_as_named():
    labels = ["sad", "calm", "sad", "angry"]
    assert Task.of(labels).names == ("angry", "calm", "sad")
    named = Task.of(labels, ["sad", "calm", "angry"])
    assert named.answers(labels).tolist() == [[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1]]


def test_text_may_come_as_objects():
    assert Task.of(np.array(["b", "a"], dtype=object)) == Task(("a", "b"), True)


def test_numbers_are_targets():
    one, two = Task.of([1, 2, 4]), Task.of([[0.5, 1], [0.25, 2]], ["valence", "arousal"])
    assert (one.names, one.classes) == (("target",), False)
    assert one.answers([1, 2, 4]).tolist() == [[1.0], [2.0], [4.0]]
    assert (two.names, two.answers([[0.5, 1], [0.25, 2]]).tolist()) == (("valence", "arousal"), [[0.5, 1], [0.25, 2]])


def test_labels_are_read_off_the_largest_output():
    outputs = np.array([[0.2, 0.8], [0.9, 0.1]])
    assert Task(("a", "b"), True).labels(outputs).tolist() == ["b", "a"]
    assert Task(("x", "y"), False).labels(outputs) is outputs


@pytest.mark.parametrize(
    ("labels", "names", "sentence"),
    [
        (["a", "a"], None, "1 class leave"),
        ([1.0, 1.0 + 1e-15], None, "All clips have the same 'target'"),
        ([1.0, np.nan], None, "1 of 2 clips have a label that is no number"),
        ([[1.0, 2.0], [3.0, 4.0]], ["valence"], "2 numbers a clip do not fit the 1 targets"),
        (["a", "b"], ["a", "c"], "Class 'b' is none of a, c"),
        (["a", "b"], ["a", "b", "c"], "No clip is of class 'c'"),
        (["a", "b"], ["a", "a"], "do not tell outputs apart"),
        ([], None, "cannot be learnt"),
        ([["a"], ["b"]], None, "cannot be learnt"),
        ([True, False], None, "neither text nor numbers"),
        (np.array(["a", 1.0], dtype=object), None, "neither text nor numbers"),
        (np.zeros((2, 2, 2)), None, "cannot be learnt"),
    ],
)
def test_labels_that_set_no_task(labels, names, sentence):
    with pytest.raises(DataError, match=sentence):
        Task.of(labels, names).answers(labels)


def test_numbers_are_no_classes():
    with pytest.raises(DataError, match="numbers where classes are needed"):
        Task(("a", "b"), True).answers([1.0, 2.0])
