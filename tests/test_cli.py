"""The command line: what it prints, what it writes, and one sentence for whatever is wrong."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from wetdry import __version__


@pytest.fixture
def wetdry(run_wetdry, monkeypatch, tmp_path):
    """Run `wetdry` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return run_wetdry


@pytest.fixture
def song(tmp_path, music) -> str:
    soundfile.write(tmp_path / "song.flac", music.samples.T, music.sample_rate)
    return "song.flac"


QUICK = ("--effects", "reverb,peak(gain_db=9)", "--levels", "5,10")


def test_version(wetdry):
    assert wetdry("--version") == (0, f"wetdry {__version__}\n", "")


def test_version_is_quick_because_nothing_heavy_is_imported():
    script = "import sys; sys.argv = ['wetdry', '--help']; from wetdry.cli import main\n"
    script += "try: main()\nexcept SystemExit: pass\n"
    script += "print([m for m in ('librosa', 'pandas', 'onnxruntime', 'pedalboard', 'altair') if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines()[-1] == "[]"


def test_shift_writes_a_self_describing_folder(wetdry, song, tmp_path):
    code, printed, errors = wetdry("shift", song, *QUICK)
    assert (code, errors) == (0, "")
    assert "reverb" in printed
    assert "peak(gain_db=9)" in printed
    folder = tmp_path / "wetdry-shift"
    assert (folder / "report.html").stat().st_size > 100_000
    for name in ("shifts", "shares", "displacements", "windows", "ranking", "trends"):
        parquet, csv = (folder / "tables" / f"{name}.{kind}" for kind in ("parquet", "csv"))
        assert len(pd.read_parquet(parquet)) == len(pd.read_csv(csv)) > 0
    assert (folder / "figures" / "dose-response.svg").exists()
    assert (folder / "figures" / "dose-response.png").exists()
    record = json.loads((folder / "run.json").read_text())
    assert record["config"]["levels"] == "5,10"
    assert record["encoder"].startswith("vibenet@")
    assert list(record["data"]) == ["song.flac"]


def test_a_second_run_gives_the_same_tables_without_computing(wetdry, song, tmp_path):
    wetdry("shift", song, *QUICK)
    before = {path.name: path.read_bytes() for path in (tmp_path / "wetdry-shift" / "tables").iterdir()}
    shards = sorted((tmp_path / "wetdry-shift" / "store").rglob("*.parquet"))
    wetdry("shift", song, *QUICK)
    assert sorted((tmp_path / "wetdry-shift" / "store").rglob("*.parquet")) == shards
    assert {path.name: path.read_bytes() for path in (tmp_path / "wetdry-shift" / "tables").iterdir()} == before


def test_json(wetdry, song):
    code, printed, _ = wetdry("shift", song, *QUICK, "--json", "--no-match-loudness")
    tables = json.loads(printed)
    assert code == 0
    assert {row["control"] for row in tables["shifts"]} == {"raw"}
    wet = [row for row in tables["shifts"] if row["family"] == "reverb" and row["level"] == 10]
    assert {row["target"] for row in wet} == {"valence", "energy"}


def test_a_bad_file_among_good_ones_is_reported_and_left_out(wetdry, song, tmp_path):
    (tmp_path / "notes.wav").write_text("not audio")
    code, _, errors = wetdry("shift", song, "notes.wav", *QUICK)
    assert code == 0
    assert "notes.wav: not a readable" in errors
    failures = pd.read_csv(tmp_path / "wetdry-shift" / "tables" / "failures.csv")
    assert failures["item"].tolist() == ["notes.wav"]


BAD_AUDIO = {
    "missing.wav": "no such file",
    "empty.wav": "empty file",
    "text.wav": "not a readable",
    "zero.wav": "no samples",
    "nan.wav": "NaN or infinite",
}


@pytest.mark.parametrize("name", BAD_AUDIO)
def test_bad_audio_is_one_sentence_and_exit_code_2(wetdry, tmp_path, name):
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.wav").write_text("hello")
    soundfile.write(tmp_path / "zero.wav", np.zeros((0, 1)), 44_100)
    soundfile.write(tmp_path / "nan.wav", np.full((100, 1), np.nan), 44_100, subtype="FLOAT")
    code, _, errors = wetdry("shift", name, *QUICK)
    assert code == 2
    assert f"{name}: " in errors
    assert BAD_AUDIO[name] in errors
    assert len(errors.splitlines()) == 1
    assert not (tmp_path / "wetdry-shift" / "report.html").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--effects", "revreb"), 'did you mean "reverb"?'),
        (("--effects", "reverb(room=1)"), 'did you mean "room_size"?'),
        (("--effects", "reverb(room_size=7)"), "room_size must lie in 0 to 1"),
        (("--effects", "reverb(room_size=0.5"), "reverb(room_size=0.5"),
        (("--effects", ","), "No effect was given"),
        (("--levels", "ten"), "ten"),
        (("--levels", "5-12"), "0 to 10"),
        (("--encoder", "vibent"), 'did you mean "vibenet"?'),
        (("--encoder", "handcrafted"), "estimates no energy"),
        (("--chains", "none.toml"), "none.toml"),
        (("--chains", "broken.toml"), "broken.toml"),
    ],
)
def test_bad_options_are_one_sentence_and_exit_code_2(wetdry, song, tmp_path, arguments, words):
    (tmp_path / "broken.toml").write_text("[chains.a\neffects = 1")
    code, _, errors = wetdry("shift", song, *arguments)
    assert code == 2
    assert words in errors
    assert len(errors.splitlines()) == 1
    assert "Traceback" not in errors


@pytest.mark.parametrize("content", [np.zeros((44_100, 3)), np.full((1, 1), 0.5), np.zeros((44_100 * 2, 1))])
def test_odd_but_usable_audio_goes_through(wetdry, tmp_path, content):
    soundfile.write(tmp_path / "odd.wav", content, 44_100)
    code, printed, _ = wetdry("shift", "odd.wav", "--effects", "reverb", "--levels", "10")
    assert code == 0
    assert "reverb" in printed


def test_output_below_a_file_is_one_sentence(wetdry, song, tmp_path):
    (tmp_path / "taken").write_text("")
    code, _, errors = wetdry("shift", song, *QUICK, "--out", "taken/report")
    assert code == 2
    assert len(errors.splitlines()) == 1
    assert "taken" in errors


def test_embed_fills_a_store_that_verifies(wetdry, song, tmp_path):
    (tmp_path / "music").mkdir()
    (tmp_path / song).rename(tmp_path / "music" / song)
    arguments = ("embed", "--data", "folder:music", "--store", "vectors", "--effects", "reverb", "--levels", "5")
    code, printed, _ = wetdry(*arguments, "--encoders", "vibenet,handcrafted")
    assert code == 0
    assert "2 variants computed" in printed
    code, printed, _ = wetdry(*arguments, "--encoders", "vibenet,handcrafted")
    assert "0 variants computed, 2 already there" in printed
    assert wetdry("store", "verify", "vectors")[0] == 0
    held = json.loads(wetdry("store", "ls", "vectors", "--json")[1])
    assert [(h["layer"], h["rows"]) for h in held] == [("features", 2), ("pooled", 2)]
    code, printed, _ = wetdry("store", "gc", "vectors")
    assert (code, printed) == (0, "Removed 0 stale and 0 damaged files, 0 bytes freed.\n")
    assert wetdry(*arguments[:-1], "2", "--encoders", "vibenet,handcrafted")[0] == 0
    # Two of each of both layers or, where a run took long, more; the item was the same in both runs.
    shards = sum(h["shards"] for h in json.loads(wetdry("store", "ls", "vectors", "--json")[1]))
    assert shards >= 4
    code, printed, _ = wetdry("store", "compact", "vectors")
    assert code == 0
    assert printed.startswith(f"Joined {shards} shards into 2, dropped 0 rows that were there twice, ")
    assert [h["shards"] for h in json.loads(wetdry("store", "ls", "vectors", "--json")[1])] == [1, 1]
    assert wetdry("store", "verify", "vectors")[0] == 0
    shard = next(Path("vectors/vectors").rglob("*.parquet"))
    shard.write_bytes(shard.read_bytes()[:-1])
    code, printed, _ = wetdry("store", "verify", "vectors")
    assert code == 1
    assert "damaged" in printed


def test_embedding_nothing_is_an_error_that_says_why(wetdry, tmp_path):
    (tmp_path / "music").mkdir()
    (tmp_path / "music" / "a.wav").write_text("not audio")
    code, printed, errors = wetdry("embed", "--data", "folder:music", "--store", "vectors")
    assert code == 2
    assert "1 failed" in printed
    assert "a.wav: not a readable" in errors


def test_unknown_engine_and_missing_store(wetdry):
    assert wetdry("embed", "--data", "etudes", "--store", "s", "--engine", "spark")[0] == 2
    code, _, errors = wetdry("store", "ls", "nowhere")
    assert code == 2
    assert "nowhere: no such folder" in errors


@pytest.mark.parametrize("what", ["effects", "encoders", "datasets"])
def test_lists(wetdry, what):
    code, printed, _ = wetdry(what)
    assert code == 0
    rows = json.loads(wetdry(what, "--json")[1])
    shown = {"effects": ["reverb", "room_size", "telephone"], "encoders": ["vibenet", "1280"], "datasets": ["etudes"]}
    assert all(word in printed for word in shown[what])
    assert rows


def test_names_that_look_like_markup_are_printed_as_they_are(wetdry, song, tmp_path):
    (tmp_path / song).rename(tmp_path / "[bold]x.flac")
    code, printed, errors = wetdry("shift", "[bold]x.flac", "a:x:", *QUICK, "--out", "[red]", "--no-match-loudness")
    assert code == 0
    assert "a:x:: no such file" in errors
    assert "[bold]x.flac" in printed
    assert "Report: [red]/report.html" in printed


@pytest.mark.parametrize(
    "command", [(), ("shift",), ("embed",), ("demo",), ("store", "ls"), ("store", "gc"), ("store", "compact")]
)
def test_help_says_nothing_of_python(wetdry, command):
    code, printed, _ = wetdry(*command, "--help")
    assert code == 0
    assert "None" not in printed


@pytest.mark.parametrize("option", ["--seconds", "--start", "--window"])
@pytest.mark.parametrize("value", ["nan", "inf"])
@pytest.mark.parametrize("command", [("shift", "song.flac"), ("embed", "--data", "folder:.", "--store", "vectors")])
def test_lengths_must_be_finite(wetdry, song, tmp_path, command, option, value):
    code, _, errors = wetdry(*command, option, value)
    assert code == 2
    assert f"'{option}'" in errors
    assert [path.name for path in tmp_path.iterdir()] == [song]


@pytest.mark.parametrize("command", ["shift", "demo"])
def test_a_file_is_no_folder_for_a_report(wetdry, song, command):
    code, _, errors = wetdry(command, *([song] if command == "shift" else []), "--out", song)
    assert code == 2
    assert "is a file" in errors


@pytest.mark.parametrize("command", ["ls", "verify", "gc", "compact"])
def test_a_folder_that_is_no_store_is_said_to_be_none(wetdry, tmp_path, command):
    (tmp_path / "music").mkdir()
    code, _, errors = wetdry("store", command, "music")
    assert code == 2
    assert "music: is not a store" in errors


def test_a_mistyped_kind_of_data_set_is_recognised(wetdry):
    code, _, errors = wetdry("shift", "floder:music")
    assert code == 2
    assert 'did you mean "folder"?' in errors


def test_interrupted(wetdry, song, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("wetdry.studies.shift.run", interrupt)
    code, _, errors = wetdry("shift", song)
    assert code == 130
    assert errors == "wetdry: Interrupted; run the same command again: a store keeps what is done.\n"
