"""Files that people are handed: recordings, tables, chains, archives, listeners' answers."""

import pytest
from fuzzing.rooms import readers_of

ROOMS = ("of_audio", "of_tables", "of_listening")


@pytest.mark.parametrize("kind", readers_of(ROOMS))
def test_whatever_a_file_holds_it_is_read_as_it_should_be_or_refused_in_a_sentence(campaign, kind):
    campaign.check(kind)
