"""What finds faults finds them: planted ones, each told with the number of its mutation."""

import pytest
from fuzzing.batch import mutation
from fuzzing.of_faulty import FAULTS
from fuzzing.rooms import readers_of

ROOMS = ("of_faulty",)
COUNT = 30
FAULTY = readers_of(ROOMS)["faulty"]
TOLD = {
    "crash": "ends the process (SIGSEGV)",
    "hang": "ends the process (SIGALRM)",
    "leak": "KeyError: 'no sentence' from of_faulty.py:",
    "warn": "UserWarning: no sentence",
    "fill_memory": "MemoryError",
    "grow": "takes ",
    "refuse_as_another": "refused by StoreError",
    "name_nothing": "does not name file.bin",
    "refuse": "",
    "believe": "read as 'believed'",
}


@pytest.fixture(scope="module")
def outcome(campaign):
    return campaign.run("faulty", COUNT, seed=0)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_every_kind_of_fault_is_told_with_its_mutation(outcome, fault):
    planted = {n for n in range(COUNT) if FAULTS[mutation(FAULTY, [], n, seed=0)[0]] is fault}
    told = {number: what for number, what in outcome.findings if number in planted}
    expected = TOLD[fault.__name__]
    assert planted
    assert set(told) == (planted if expected else set())
    assert all(what.startswith(expected) for what in told.values())


def test_a_campaign_with_findings_fails_and_names_them(campaign, monkeypatch):
    monkeypatch.setenv("WETDRY_FUZZ", "5")
    with pytest.raises(AssertionError, match=r"faulty: \d of 5 mutations\n  mutation \d+ of seed 0: "):
        campaign.check("faulty")


def test_mutations_follow_from_kind_seed_and_number_and_from_nothing_else():
    for reader in readers_of(("of_listening",)).values():
        valid = [b'{"a": [1, 2], "b": "c"}'] if reader.kind.startswith("listening") else None
        if valid is not None:
            drawn = [mutation(reader, valid, number, seed=1) for number in range(50)]
            assert drawn == [mutation(reader, valid, number, seed=1) for number in range(50)]
            assert drawn != [mutation(reader, valid, number, seed=2) for number in range(50)]
            assert len(set(drawn)) > 40
