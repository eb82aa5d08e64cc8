import numpy as np
import pytest

from wetdry.analysis.statistics import cluster_means, mean_interval
from wetdry.errors import DataError


def test_each_cluster_counts_once_in_the_order_of_its_label():
    means, sizes = cluster_means([[1.0, 10.0], [5.0, 0.0], [3.0, 20.0]], ["song b", "song a", "song b"])
    assert means.tolist() == [[5.0, 0.0], [2.0, 15.0]]
    assert sizes.tolist() == [1, 2]


def test_missing_values_leave_their_cluster_to_the_others():
    means, sizes = cluster_means([[1.0, np.nan], [3.0, np.nan], [7.0, 8.0]], ["a", "a", "b"])
    np.testing.assert_array_equal(means, [[2.0, np.nan], [7.0, 8.0]])
    assert sizes.tolist() == [2, 1]


def test_columns_keep_their_shape(rng):
    values = rng.standard_normal((6, 2, 3))
    means, _ = cluster_means(values, [0, 0, 1, 1, 2, 2])
    np.testing.assert_allclose(means, values.reshape(3, 2, 2, 3).mean(axis=1))


def test_order_of_rows_does_not_matter(rng):
    values, clusters = rng.standard_normal((30, 4)), rng.integers(0, 9, 30)
    shuffled = rng.permutation(30)
    means, sizes = cluster_means(values, clusters)
    again, sizes_again = cluster_means(values[shuffled], clusters[shuffled])
    np.testing.assert_allclose(again, means, atol=1e-14)
    np.testing.assert_array_equal(sizes_again, sizes)
    one = np.array(["c", "a", "b"], dtype=object)
    assert cluster_means([1.0, 2.0, 3.0], one)[0].tolist() == [2.0, 3.0, 1.0]


def test_rows_of_one_cluster_are_one_unit():
    assert mean_interval([1.0, 2.0, 4.0, 5.0], ["a", "a", "b", "b"]).units == 2


@pytest.mark.parametrize(
    ("values", "clusters", "message"),
    [
        ([], None, "at least one row"),
        (3.0, None, "at least one row"),
        ([1.0, np.inf], None, "infinite"),
        ([1.0, 2.0], ["a"], r"shape \(1,\) do not fit 2 rows"),
    ],
)
def test_bad_input_is_named(values, clusters, message):
    with pytest.raises(DataError, match=message):
        cluster_means(values, clusters)
