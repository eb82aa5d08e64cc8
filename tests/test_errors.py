"""What every error promises, whatever a file made it quote."""

import pickle

import pytest

from wetdry.errors import LONGEST_SENTENCE, DataError, WetdryError


def test_a_message_stands_on_one_line():
    assert (
        str(DataError('a.csv, line 2: id is "1\n2\r\n\u20283"; correct it.'))
        == 'a.csv, line 2: id is "1 2 3"; correct it.'
    )


def test_of_a_long_message_the_thing_and_the_remedy_are_kept():
    message = str(DataError(f'a.csv, line 2: "{"x" * 70_000}" is no rating; correct this row.'))
    assert len(message) <= LONGEST_SENTENCE
    assert message.startswith('a.csv, line 2: "xxx')
    assert message.endswith('xxx" is no rating; correct this row.')
    assert " … " in message


@pytest.mark.parametrize("length", [LONGEST_SENTENCE - 1, LONGEST_SENTENCE])
def test_a_message_that_is_not_too_long_is_left_alone(length):
    assert str(WetdryError("x" * length)) == "x" * length


def test_an_error_keeps_its_message_on_the_way_between_processes():
    again = pickle.loads(pickle.dumps(DataError("a: is b.")))  # noqa: S301
    assert (type(again), str(again)) == (DataError, "a: is b.")
