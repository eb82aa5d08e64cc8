import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wetdry.report.charts.labels import label_offsets, spread

positions = st.lists(st.floats(-50, 50), min_size=1, max_size=12)


@given(positions, st.floats(0.1, 10))
def test_spread_keeps_order_distance_and_mean(wishes, gap):
    placed = np.array(spread(wishes, gap))
    order = np.argsort(wishes, kind="stable")
    assert (np.diff(placed[order]) >= gap - 1e-6).all()
    if (np.diff(np.sort(wishes)) >= gap).all():
        np.testing.assert_allclose(placed, wishes, atol=1e-6)


@given(st.floats(-50, 50), st.integers(1, 8))
def test_spread_centres_a_heap_on_its_place(place, count):
    assert np.mean(spread([place] * count, 1.0)) == pytest.approx(place, abs=1e-6)


def test_labels_go_where_wished_and_avoid_points_lines_and_edges():
    points = np.array([[100.0, 100.0], [100.0, 300.0], [395.0, 200.0]])
    toward = np.array([[0.0, -1.0], [1.0, 0.0], [1.0, 0.0]])
    wall = np.array([[130.0, 250.0], [130.0, 350.0]])
    above, not_right, not_beyond = label_offsets(points, ["one", "two", "three"], toward, [wall], (400, 400))
    assert above[0] == 0
    assert above[1] < 0
    assert not_right == (0.0, -14.0)
    assert not_beyond[0] < 0


def test_where_there_is_no_room_there_is_no_label():
    crowd = np.array([[x, y] for x in range(0, 200, 10) for y in range(0, 60, 10)], dtype=float)
    offsets = label_offsets(crowd, ["label"] * len(crowd), np.zeros_like(crowd), [], (200, 60))
    assert offsets.count(None) == len(crowd)
