"""What listeners send back is believed only where it can be: each kind of bad file is refused in one sentence."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from listeners import answered, planted

from wetdry.errors import DataError
from wetdry.listening.results import read_result, read_results


@pytest.fixture
def good(test, rng) -> dict[str, Any]:
    return answered(test.key, "P1", planted(test.key, {}), rng)


def changed(place: str, value: Any) -> Callable[[dict[str, Any]], str]:
    def change(result: dict[str, Any]) -> str:
        *way, last = [int(part) if part.isdigit() else part for part in place.split(".")]
        at: Any = result
        for part in way:
            at = at[part]
        at[last] = value
        return json.dumps(result)

    return change


def stopped(result: dict[str, Any]) -> str:
    return json.dumps(result | {"answers": result["answers"][:3], "finished": False})


def doubled(result: dict[str, Any]) -> str:
    return json.dumps(result | {"answers": [*result["answers"], result["answers"][0]]})


def test_a_result_is_read_as_it_was_written(test, good, tmp_path):
    path = tmp_path / "P1.json"
    path.write_text(json.dumps(good))
    result = read_result(path, test.key)
    assert json.loads(result.model_dump_json()) == good


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (stopped, "P1 stopped after 3 of 26 sounds; ask for the rest"),
        (changed("finished", False), "P1 stopped after 26 of 26 sounds"),
        (changed("answers.4.valence", None), "P1 left a slider or the word unanswered for 1 of 26 sounds"),
        (changed("answers.4.quadrant", None), "P1 left a slider or the word unanswered for 1 of 26 sounds"),
        (changed("answers.0.plays", 0), "P1 answered 1 of 26 sounds without playing them"),
        (changed("test", "0123456789ab"), "answers test 0123456789ab, not"),
        (changed("format", "something else"), 'is of format "something else"'),
        (changed("answers.2.sound", "0" * 12), "answers sound 000000000000, which the test does not have"),
        (doubled, "twice"),
        (changed("answers.2.valence", 1.5), "answers.2.valence: Input should be less than or equal to 1"),
        (changed("answers.2.valence", float("nan")), "answers.2.valence"),
        (changed("answers.2.arousal", "0.5"), "answers.2.arousal: Input should be a valid number"),
        (changed("answers.2.arousal", True), "answers.2.arousal: Input should be a valid number"),
        (changed("answers.2.quadrant", "Joy"), "answers.2.quadrant"),
        (changed("answers.2.seconds", -1), "answers.2.seconds"),
        (changed("participant", "<script>"), "participant"),
        (changed("name", "Ada"), "name: Extra inputs are not permitted"),
        (changed("answers", {}), "answers: Input should be a valid"),
        (lambda result: json.dumps(result)[:-40], "is no listener's result"),
        (lambda _: "[" * 100_000, "is no listener's result"),
        (lambda _: "\udcff", "is no listener's result"),
        (lambda _: '{"a": 1' + " " * 1_000_000 + "}", "larger than 1 MB"),
        (lambda _: "", "is no listener's result"),
    ],
)
def test_bad_results_are_refused_in_one_sentence(test, good, tmp_path, spoil, said):
    path = tmp_path / "bad.json"
    path.write_bytes(spoil(good).encode("utf-8", "surrogateescape"))
    with pytest.raises(DataError) as refused:
        read_result(path, test.key)
    assert said in str(refused.value)
    assert str(refused.value).startswith(f"{path}: ")
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 400


def test_bad_files_among_good_ones_are_listed(test, good, tmp_path):
    for name, participant in (("a.json", "P1"), ("b.json", "P2"), ("c.json", "P1"), ("d.json", "P2")):
        (tmp_path / name).write_text(json.dumps(good | {"participant": participant, "seed": ord(name[0]) % 99}))
    (tmp_path / "d.json").write_bytes((tmp_path / "b.json").read_bytes())
    (tmp_path / "e.json").write_text("{}")
    (tmp_path / "key.json").write_text(test.key.json_text())
    results, failures = read_results([tmp_path, tmp_path / "a.json", tmp_path / "missing.json"], test.key)
    assert [result.participant for result in results] == ["P1", "P2"]
    reasons = dict(zip(failures["path"].str.rpartition("/")[2], failures["reason"], strict=True))
    assert set(reasons) == {"c.json", "d.json", "e.json", "missing.json"}
    assert "participant P1 is already in" in reasons["c.json"]
    assert "other answers" in reasons["c.json"]
    assert "the same answers again" in reasons["d.json"]
    assert "No such file" in reasons["missing.json"]


def test_without_one_good_file_the_first_reason_is_given(test, tmp_path):
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(DataError, match=r"a.json: is no listener's result"):
        read_results([tmp_path], test.key)
    with pytest.raises(DataError, match="No result was given"):
        read_results([], test.key)
