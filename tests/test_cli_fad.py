"""`wetdry fad` from the command line, on noise of two colours in folders, with spectra as embeddings."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

import wetdry as wd
from wetdry.analysis.frechet import frechet_distance
from wetdry.audio import load
from wetdry.report import Table
from wetdry.studies import fad as fad_study

RATE, SECONDS = 16_000, 1.0
FEW = ("--encoder", "melstats", "--layers", "mean", "--halves", "20", "--workers", "1")


def noise(rng: np.random.Generator, brightness: float) -> np.ndarray:
    """Noise through a first-order filter: −1 is dark, 1 bright."""
    white = 0.05 * rng.standard_normal(int(RATE * SECONDS))
    return white - 0.9 * brightness * np.concatenate([[0.0], white[:-1]])


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders A and B: what is alike in both, what is dark in A and bright in B, a broken file and silence."""
    place, rng = tmp_path_factory.mktemp("sets"), np.random.default_rng(440)
    brightness = {("A", "same"): 0.0, ("B", "same"): 0.0, ("A", "other"): -0.8, ("B", "other"): 0.8}
    for (side, label), bright in brightness.items():
        (place / side / label).mkdir(parents=True)
        for number in range(8):
            sound = 10 ** rng.uniform(-0.5, 0.0) * noise(rng, bright + rng.uniform(-0.1, 0.1))
            soundfile.write(place / side / label / f"{side}{number}.wav", sound, RATE)
    (place / "A" / "broken.wav").write_bytes(b"no audio")
    soundfile.write(place / "A" / "hush.wav", np.zeros(RATE), RATE)
    return place


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No figures: they are drawn in one test."""
    monkeypatch.setattr("wetdry.report.write", lambda _, folder: folder / "report.html")


def test_it_tells_the_distance_its_floor_and_the_ranking_in_80_columns(sets, tmp_path, run_wetdry):
    command = ("fad", sets / "A", sets / "B", *FEW, "--by", "folder", "--out", tmp_path / "out")
    code, out, err = run_wetdry(*command, width=80)
    assert code == 0
    assert max(map(len, out.splitlines()[:-1])) <= 80
    for words in ("FAD∞", "halves of A", "nearest", "same", "1 (1…1)", "100%"):
        assert words in out
    assert "mostly too large, with fewer than 2 clips a dimension" in " ".join(err.split())
    assert "--project 4" in " ".join(err.split())
    assert "broken.wav" in err
    assert "hush.wav: is silent." in " ".join(err.split())
    tables = {path.stem for path in (tmp_path / "out" / "tables").glob("*.csv")}
    assert tables == {"distances", "ranking", "clips", "failures"}
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert record["config"]["by"] == "folder"
    assert len(record["data"]["A"]["clips"]) == 16
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    for words in ("Which folder is nearest", "Is A further from B", "Before you believe a distance", "Method"):
        assert words in page
    ranking = pd.read_parquet(tmp_path / "out" / "tables" / "ranking.parquet")
    assert ranking["label"].tolist() == ["same", "other"]


def test_it_is_the_distance_of_the_encoders_own_vectors(sets):
    tables = wd.fad(sets / "A", sets / "B", encoders="melstats", layers="mean", workers=1)
    model = wd.encoder("melstats")
    vectors = [
        model.embed([load(path) for path in sorted((sets / side).glob("*/*.wav"))], layers=["mean"])["mean"]
        for side in "AB"
    ]
    (row,) = tables["distances"].to_dict("records")
    assert row["distance"] == pytest.approx(frechet_distance(*vectors), rel=1e-6)
    assert (row["rows_first"], row["rows_second"], row["n"]) == (16, 16, 16)
    assert tables["ranking"].empty
    assert sorted(tables["failures"]["item"]) == ["broken.wav", "hush.wav"]
    assert set(tables["failures"]["set"]) == {"A"}


def test_of_sets_larger_than_the_draw_the_distance_of_all_is_told_beside(sets, tmp_path):
    settings = {"first": str(sets / "A"), "second": str(sets / "B"), "encoders": "melstats", "layers": "mean"}
    whole = fad_study.run(fad_study.configured(**settings), tmp_path / "whole", store=tmp_path / "store", workers=1)
    drawn = fad_study.run(
        fad_study.configured(**settings, rows=9), tmp_path / "drawn", store=tmp_path / "store", workers=1
    )
    (row,), (expected,) = (result.all_tables()["distances"].to_dict("records") for result in (drawn, whole))
    assert row["distance_all"] == pytest.approx(expected["distance"], rel=1e-6)
    assert (row["n"], row["all_first"], row["all_second"]) == (9, 16, 16)
    assert "of all 16 and 16 clips)" in drawn.lead
    assert "of all" not in whole.lead
    assert (
        "FAD of all" in next(block for block in drawn.sections[0].blocks if isinstance(block, Table)).columns.values()
    )


@pytest.mark.usefixtures("quick")
def test_a_second_run_embeds_and_measures_nothing_again(sets, tmp_path, run_wetdry, monkeypatch):
    command = ("fad", sets / "A", sets / "B", *FEW, "--out", tmp_path, "--json")
    code, first, _ = run_wetdry(*command)
    assert code == 0

    def never(*_: object, **__: object) -> None:
        raise AssertionError("measured again")

    monkeypatch.setattr("wetdry.studies.fad.study.analyse", never)
    monkeypatch.setattr("wetdry.studies.fad.silence.load", never)
    monkeypatch.setattr("wetdry.encoders.melstats.encoder.MelStats.forward", never, raising=False)
    code, second, _ = run_wetdry(*command)
    assert code == 0
    assert json.loads(second)["distances"] == json.loads(first)["distances"]


@pytest.mark.usefixtures("quick")
def test_windows_as_rows_and_file_by_file(sets, tmp_path, run_wetdry):
    command = ("fad", sets / "A", sets / "B", *FEW, "--window", "0.25", "--frames", "--per-song", "--out", tmp_path)
    code, out, err = run_wetdry(*command, width=80)
    assert code == 0
    assert "Fréchet distance of n windows" in out
    assert "B’s own" in out
    assert "own windows, here 4 or more" in " ".join(err.split())
    tables = wd.fad(
        sets / "A",
        sets / "B",
        encoders="melstats",
        layers="mean",
        window=0.25,
        frames=True,
        per_song=True,
        store=tmp_path / "store",
    )
    (row,) = tables["distances"].to_dict("records")
    assert (row["unit"], row["n"], row["groups_first"]) == ("windows", 64, 16)
    songs = tables["songs"]
    assert (songs["windows"] == 4).all()
    assert songs[songs["set"] == "A"]["distance"].is_monotonic_increasing
    # What is dark is farthest from a set half of which is bright.
    labels = dict(zip(tables["clips"]["item"], tables["clips"]["path"], strict=True))
    assert "other" in labels[songs[songs["set"] == "A"]["item"].iloc[-1]]


@pytest.mark.usefixtures("quick")
def test_a_clip_in_both_sets_is_told(sets, tmp_path, run_wetdry):
    both = tmp_path / "both"
    both.mkdir()
    for path in [*sorted((sets / "B" / "same").iterdir())[:5], *sorted((sets / "A" / "same").iterdir())[:3]]:
        (both / path.name).symlink_to(path)
    code, _, err = run_wetdry("fad", sets / "A" / "same", both, *FEW, "--out", tmp_path / "out")
    assert code == 0
    assert "3 of the clips are in both sets" in " ".join(err.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("A", "A"), "A and B are the same 18 files, so their distance is 0"),
        (("A/same", "B/other", "--by", "folder"), 'has no label "folder"'),
        (("A", "B", "--by", "mood"), 'has no label "mood"'),
        (("A", "B", "--encoder", "vibenett"), "vibenet"),
        (("A", "B", "--layers", "deep"), 'layer "deep"'),
        (("A", "nowhere"), "nowhere"),
        (("A/same/A0.wav", "B"), "1 vector has no covariance"),
        (("A/hush.wav", "B"), "holds silence only"),
        (("A", "B", "--project", "99"), "99 components cannot be had"),
        (("A", "B", "--per-song"), "No file of A has two windows or more"),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(sets, tmp_path, run_wetdry, monkeypatch, arguments, said):
    monkeypatch.chdir(sets)
    encoder = () if "--encoder" in arguments else FEW[:2]
    code, _, err = run_wetdry("fad", *arguments, *encoder, "--workers", "1", "--out", tmp_path / "out")
    assert code == 2
    assert said in " ".join(err.split())


def test_copies_of_the_same_files_are_the_same_set(sets, tmp_path, run_wetdry):
    for path in (sets / "A" / "same").iterdir():
        (tmp_path / f"copy of {path.name}").write_bytes(path.read_bytes())
    code, _, err = run_wetdry("fad", sets / "A" / "same", tmp_path, *FEW, "--out", tmp_path / "out")
    assert code == 2
    assert "A and B hold the same 8 clips, so their distance is 0" in " ".join(err.split())


def test_no_value_of_the_label_is_in_both(sets, tmp_path, run_wetdry):
    for side, label in (("one", "same"), ("two", "other")):
        (tmp_path / side).mkdir()
        (tmp_path / side / label).symlink_to(sets / "A" / label)
    code, _, err = run_wetdry(
        "fad", tmp_path / "one", tmp_path / "two", *FEW, "--by", "folder", "--out", tmp_path / "o"
    )
    assert code == 2
    assert 'No value of "folder" is in both sets: A has same, B has other' in " ".join(err.split())
