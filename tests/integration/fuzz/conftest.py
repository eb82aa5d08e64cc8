"""A server of mutated files for each module, with the rooms that it names."""

import pytest
from fuzzing.campaign import Campaign


@pytest.fixture(scope="module")
def campaign(request, tmp_path_factory):
    made = Campaign(tmp_path_factory.mktemp("fuzzed"), request.module.ROOMS)
    yield made
    made.close()
