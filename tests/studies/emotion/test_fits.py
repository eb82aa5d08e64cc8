"""What the probes around the main one learn from."""

from dataclasses import replace

import numpy as np
import planted_emotion

from wetdry.studies.emotion import fits as module
from wetdry.studies.emotion.fits import fits


def told(monkeypatch, material, **given):
    """Labels and groups that each probe was fitted on, without fitting any."""
    seen = []

    class Fitted:
        settings = {"penalty": 1.0}  # noqa: RUF012

    def fit_probe(vectors, labels, groups, **settings):
        seen.append((vectors, labels, groups, settings))
        return Fitted()

    monkeypatch.setattr(module, "fit_probe", fit_probe)
    fits(material, "linear", seed=0, **given)
    return seen


def grouped(labels, size):
    """Material of the class task with `size` clips a group, in which every group is of one class."""
    count = len(labels)
    material = planted_emotion.material(task=planted_emotion.QUADRANTS, train=count, clips=4)
    groups = np.array([f"song{number // size:03}" for number in range(count)])
    return replace(material, train_labels=np.array(labels), train_groups=groups)


def test_shuffled_labels_are_dealt_by_whole_songs(monkeypatch):
    material = grouped([f"Q{1 + song % 4}" for song in range(40) for _ in range(5)], 5)
    main, *dealt = told(monkeypatch, material, refits=0, shuffles=6)
    for vectors, labels, groups, settings in dealt:
        assert settings["settings"] == {"penalty": 1.0}
        np.testing.assert_array_equal(vectors, main[0])
        np.testing.assert_array_equal(groups, main[2])
        assert sorted(labels) == sorted(main[1])
        assert 0.1 < (labels == main[1]).mean() < 0.5
        # As within songs before, so after.
        assert all(len(set(labels[groups == song])) == 1 for song in set(groups))
    assert len({tuple(labels) for _, labels, _, _ in dealt}) == 6


def test_refits_learn_from_songs_drawn_with_replacement(monkeypatch):
    material = grouped([f"Q{1 + song % 4}" for song in range(40) for _ in range(5)], 5)
    main, *again = told(monkeypatch, material, refits=4, shuffles=0)
    for vectors, labels, groups, settings in again:
        drawn, times = np.unique(groups, return_counts=True)
        assert len(vectors) == 200
        assert set(times % 5) == {0}
        assert 20 <= len(drawn) < 32
        rows = {tuple(vector): label for vector, label in zip(main[0], main[1], strict=True)}
        assert [rows[tuple(vector)] for vector in vectors] == list(labels)
        assert settings["settings"] == {"penalty": 1.0}


def test_no_refit_is_left_with_one_song_of_a_class(monkeypatch):
    material = grouped(["Q1"] * 30 + ["Q2"] * 30 + ["Q3"] * 4 + ["Q4"] * 4, 2)
    for _, labels, groups, _ in told(monkeypatch, material, refits=20, shuffles=20):
        assert all(len(set(groups[labels == name])) > 1 for name in material.task.names)
