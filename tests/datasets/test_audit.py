import json
import shutil
import sys

import numpy as np
import pytest
import rated_sets
from rated_sets import DEAM_FIRST, sound, write

from wetdry import cli
from wetdry.cli import printing
from wetdry.datasets.auditing.audit import audit
from wetdry.datasets.auditing.findings import Finding, Verdict
from wetdry.datasets.auditing.rating_agreement import agreement
from wetdry.datasets.auditing.rating_order import order_of_songs
from wetdry.errors import DataError


def found(findings: list[Finding], check: str) -> list[tuple[str, str]]:
    return [(finding.verdict.value, finding.sentence) for finding in findings if finding.check == check]


def manifest(folder, header: str, *rows: str) -> str:
    """A CSV manifest beside ten recordings, 0.flac to 9.flac, no two alike."""
    sound(folder, *(f"{k}.flac" for k in range(10)))
    return f"csv:{write(folder, 'songs.csv', header, *rows)}"


def rated(pairs: np.ndarray, first: int = 1) -> dict[str, dict[str, float]]:
    return {str(k): {"valence": float(v), "arousal": float(a)} for k, (v, a) in enumerate(pairs, first)}


def test_a_set_without_fault(tmp_path):
    rows = (f"{k}.flac,{k / 10},{'ab'[k % 2]},{'train' if k < 5 else 'test'}" for k in range(10))
    findings = audit(manifest(tmp_path, "path,valence,class,split", *rows))
    assert {finding.verdict for finding in findings[1:]} == {Verdict.FINE}
    assert [(finding.check, finding.sentence) for finding in findings[1:]] == [
        ("files", "all 10 are there"),
        ("valence", "10 values from 0 to 0.9"),
        ("class", '2 classes, the smallest "a" with 5 items'),
        ("copies", "no two files are the same"),
        ("split", "each of 10 groups is on one side"),
    ]
    assert findings[0].found == f"10 recordings listed in {tmp_path / 'songs.csv'}"


def test_labels_that_are_missing_beyond_the_scale_or_all_the_same(tmp_path):
    rows = (f"{k}.flac,{12 if k == 3 else k + 1 if k < 9 else ''},1,rock,{k}x" for k in range(10))
    text = manifest(
        tmp_path, "path,valence,arousal,class,title", *rows, "lost.flac,5,1,rock,y", f"{'x' * 300},5,1,rock,z"
    )
    findings = audit(text)
    assert found(findings, "valence") == [
        ("note", "1 of 12 items lack it: 9.flac"),
        ("suspicious", "1 of 11 values lie outside 1 to 9, where the others lie: 3.flac"),
    ]
    assert found(findings, "arousal") == [("problem", "all 12 values are 1")]
    assert found(findings, "class") == [("problem", 'has one class only, "rock"')]
    assert found(findings, "title") == [("note", "is different for every item")]
    assert found(findings, "files") == [("problem", f"2 of 12 files cannot be read: lost.flac, {'x' * 300}")]


def test_unlabelled_recordings_are_said_to_be_that(tmp_path):
    sound(tmp_path, "a.flac")
    assert found(audit(f"folder:{tmp_path}"), "labels") == [("problem", "there are none")]


def test_copies_and_how_far_apart_their_labels_are(tmp_path):
    text = manifest(
        tmp_path,
        "path,valence,quadrant,group,split",
        "0.flac,0.5,Q1,a,train",
        "1.flac,0.25,Q4,b,test",
        "2.flac,0.5,Q3,c,train",
        "3.flac,0.5,Q3,c,train",
    )
    shutil.copy(tmp_path / "0.flac", tmp_path / "1.flac")
    shutil.copy(tmp_path / "2.flac", tmp_path / "3.flac")
    assert found(audit(text), "copies") == [
        (
            "problem",
            "2 files are the same; their groups differ; they are on several sides of the split;"
            " valence from 0.25 to 0.5; quadrant Q1 and Q4: 0.flac, 1.flac",
        ),
        ("note", "2 files are the same: 2.flac, 3.flac"),
    ]


def test_songs_on_several_sides_of_the_split(tmp_path):
    rows = ("0.flac,a,train", "1.flac,a,test", "2.flac,b,train", "3.flac,c,test", "4.flac,d,")
    findings = audit(manifest(tmp_path, "path,group,split", *rows))
    assert found(findings, "split") == [
        ("problem", "1 of 3 groups are on several sides: a"),
        ("note", "1 of 5 items are on no side: 4.flac"),
    ]


def test_the_copy_in_grekows_set_is_found_within_one_group(tmp_path):
    text = f"grekow:{rated_sets.grekow(tmp_path)}"
    assert found(audit(text), "copies") == [
        (
            "note",
            "2 files are the same; valence from -4 to -3.5; arousal from -5.75 to -5: out_blues.00032,"
            " out_blues.00032 - Kopia",
        )
    ]


def test_swapped_columns_are_told_by_other_ratings_of_the_same_songs(rng):
    true = rng.normal(size=(300, 2)) @ np.array([[1.0, 0.5], [0.0, 0.8]])
    noisy = true + 0.3 * rng.normal(size=true.shape)
    (right,) = agreement("again", rated(noisy), rated(true))
    assert right.verdict is Verdict.FINE
    assert right.found.startswith("300 shared songs: valence with valence r = 0.9")
    (wrong,) = agreement("again", rated(noisy[:, ::-1]), rated(true))
    assert wrong.verdict is Verdict.PROBLEM
    assert wrong.found.endswith(": valence and arousal are swapped")
    (few,) = agreement("again", rated(noisy, first=290), rated(true))
    assert (few.verdict, few.found) == (Verdict.NOTE, "11 shared songs are too few to compare")


def test_a_block_that_was_swapped_is_named(rng):
    true = rng.normal(size=(300, 2))
    block = true.copy()
    block[100:200] = block[100:200, ::-1]
    whole, odd = agreement("again", rated(block), rated(true))
    assert whole.verdict is Verdict.FINE
    assert odd.verdict is Verdict.SUSPICIOUS
    assert odd.found.startswith("songs 101 to 200 are swapped, unlike the others: valence with valence r = ")
    assert odd.found.endswith("with valence 1.00")
    most = true[:, ::-1].copy()
    most[:50] = true[:50]
    whole, odd = agreement("again", rated(most), rated(true))
    assert whole.verdict is Verdict.PROBLEM
    assert odd.found.startswith("songs 1 to 50 are not swapped, unlike the others")


def test_ratings_that_turn_over_are_found_without_any_others(rng):
    pairs = rng.normal(size=(400, 2)) * [1.0, 1.5]
    (fine,) = order_of_songs(rated(pairs))
    assert (fine.verdict, fine.found) == (Verdict.FINE, "nothing turns over along 400 songs")
    pairs[:150] = pairs[:150, ::-1]
    (odd,) = order_of_songs(rated(pairs))
    assert odd.verdict is Verdict.SUSPICIOUS
    edge = int(odd.found.split()[3])
    assert abs(edge - 150) < 15
    assert "valence spreads wider than arousal" in odd.found
    assert "valence spreads less than arousal" in odd.found


def test_an_axis_that_is_turned_over_in_one_part_is_found(rng):
    pairs = rng.normal(size=(400, 2)) @ np.array([[1.0, 0.7], [0.0, 0.7]])
    pairs[250:, 1] *= -1
    (odd,) = order_of_songs(rated(pairs))
    assert odd.verdict is Verdict.SUSPICIOUS
    assert abs(int(odd.found.split()[3]) - 250) < 15
    assert "valence and arousal correlate with r = 0.66, from 251 on" in odd.found
    assert "r = -0.78" in odd.found


def test_order_is_looked_at_in_long_numbered_lists_only(rng):
    pairs = rng.normal(size=(150, 2))
    assert list(order_of_songs(rated(pairs[:99]))) == []
    named = {f"song {song}": values for song, values in rated(pairs).items()}
    assert list(order_of_songs(named)) == []
    constant = np.ones((150, 2))
    assert [finding.verdict for finding in order_of_songs(rated(constant))] == [Verdict.FINE]


def test_ratings_are_checked_of_all_songs_and_not_only_of_those_with_audio(tmp_path, rng):
    folder = rated_sets.deam(tmp_path / "deam")
    values = np.round(5 + rng.uniform(-2, 2, (60, 2)), 2)
    write(folder, DEAM_FIRST, "song_id,valence_mean,arousal_mean", *(f"{k},{v},{a}" for k, (v, a) in enumerate(values)))
    lines = [f"{k}, 0, {v / 4 - 1}, {v / 4 - 1}" for k, v in enumerate(values[:, 0])]
    other = [f"{k}, 0, {a / 4 - 1}, {a / 4 - 1}" for k, a in enumerate(values[:, 1])]
    rated_sets.deam_sampled(folder, valence=other, arousal=lines)
    ((verdict, sentence),) = found(audit(f"deam:{folder}"), "per-second ratings")
    assert verdict == "problem"
    assert sentence.startswith("60 shared songs: ")
    assert sentence.endswith("valence and arousal are swapped")


def test_the_trap_in_the_published_tables(data_dir):
    deam, emomusic = (data_dir / name for name in ("deam", "emomusic"))
    for folder in (deam, emomusic):
        if not folder.is_dir():
            pytest.skip(f"{folder} is missing")
    published = audit(f"deam:{deam}", against=f"emomusic:{emomusic}")
    assert found(published, "ratings of emomusic") == [
        (
            "problem",
            "744 shared songs: valence with valence r = 0.60, with arousal 1.00;"
            " arousal with arousal r = 0.60, with valence 1.00: valence and arousal are swapped",
        )
    ]
    ((verdict, sentence),) = found(published, "order of songs")
    assert verdict == "suspicious"
    assert sentence.startswith(
        "up to song 994 valence spreads wider than arousal (1.37 against 1.24), from 995 on valence spreads less"
    )
    repaired = audit(f"deam:{deam},labels=repaired", against=f"emomusic:{emomusic}")
    assert not {finding.verdict for finding in repaired} & {Verdict.PROBLEM, Verdict.SUSPICIOUS}
    ((verdict, sentence),) = found(audit(f"emomusic:{emomusic}"), "per-second ratings")
    assert verdict == "fine"
    assert sentence == (
        "744 shared songs: valence with valence r = 0.95, with arousal 0.57;"
        " arousal with arousal r = 0.96, with valence 0.58"
    )


@pytest.fixture
def wetdry(capsys, monkeypatch):
    """Run `wetdry datasets audit`: (exit code, standard output, standard error)."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["wetdry", "datasets", "audit", *arguments])
        monkeypatch.setattr(printing.out, "width", 160, raising=False)
        try:
            cli.main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def test_the_command_prints_a_table_and_ends_well_whatever_it_found(wetdry, tmp_path):
    text = f"emomusic:{rated_sets.emomusic(tmp_path)}"
    code, printed, errors = wetdry(text, "--against", text)
    assert (code, errors) == (0, "")
    lines = printed.splitlines()
    assert lines[0] == f"What was checked of {text}"
    assert [line.split()[0] for line in lines[1:3]] == ["check", "what"]
    assert "arousal             fine    3 values from 3 to 5" in printed
    assert "ratings of emomusic note    3 shared songs are too few to compare" in printed


def test_the_command_prints_json(wetdry, tmp_path):
    text = f"grekow:{rated_sets.grekow(tmp_path)}"
    code, printed, errors = wetdry(text, "--json")
    said = json.loads(printed)
    assert (code, errors) == (0, "")
    assert (said["data"], said["against"]) == (text, "")
    (copies,) = [finding for finding in said["findings"] if finding["check"] == "copies"]
    assert copies["verdict"] == "note"
    assert copies["concerned"] == ["out_blues.00032", "out_blues.00032 - Kopia"]


def test_a_set_that_cannot_be_opened_gets_one_sentence(wetdry, tmp_path):
    assert wetdry(f"grekow:{tmp_path}/nowhere") == (
        2,
        "",
        f"wetdry: {tmp_path}/nowhere: no such folder; check the path.\n",
    )
    with pytest.raises(DataError, match='Unknown dataset "graekow"'):
        audit(f"grekow:{rated_sets.grekow(tmp_path)}", against="graekow:x")
