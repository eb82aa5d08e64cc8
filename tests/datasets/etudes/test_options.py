import pytest

from wetdry.datasets.sets.etudes.options import Options, parse_options
from wetdry.errors import DataError


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("", Options(40, 0, 10.0)),
        (" ", Options(40, 0, 10.0)),
        ("200", Options(200, 0, 10.0)),
        ("count=3", Options(3, 0, 10.0)),
        ("8,seed=5", Options(8, 5, 10.0)),
        (" seconds = 7.5 , seed = 2 ", Options(40, 2, 7.5)),
    ],
)
def test_options_are_read(text, options):
    assert parse_options(text) == options
    assert parse_options(str(options)) == options


def test_length_is_no_finer_than_the_name_it_is_kept_under():
    fine = parse_options("seconds=7.00000001")
    assert fine == parse_options(str(fine))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("many", 'count takes a whole number, not "many"; give e.g. etudes:200'),
        ("count=2.5", 'count takes a whole number, not "2.5"'),
        ("count=0", "count must lie in 1 to 10000, not 0"),
        ("seed=-1", "seed must lie in 0 to 2147483647, not -1"),
        ("seconds=2", "seconds must lie in 4 to 120, not 2"),
        ("seconds=nan", "seconds must lie in 4 to 120, not nan"),
        ("second=5", 'etudes has no option "second": did you mean "seconds"?'),
        ("seed=1,5", '"5" is not name=value'),
        ("20,", '"" is not name=value'),
        ("20,count=30", "count is given twice"),
    ],
)
def test_each_mistake_gets_one_sentence(text, said):
    with pytest.raises(DataError) as caught:
        parse_options(text)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
