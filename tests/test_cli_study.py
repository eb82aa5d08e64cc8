"""`wetdry study sensitivity` from the command line, on tones of three kinds."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

CLASSES = ("buzz", "tone", "noise")
SETTINGS = (
    *("--encoders", "handcrafted", "--effects", "gain,bitcrush", "--levels", "2-10:2"),
    *("--resamples", "100", "--permutations", "19", "--workers", "1"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight clips of half a second in each of three classes, of four pitches."""
    place = tmp_path_factory.mktemp("classes")
    rng = np.random.default_rng(440)
    time_ = np.arange(8000) / 16_000
    for label in CLASSES:
        (place / label).mkdir()
        for k in range(8):
            tone = np.sin(2 * np.pi * (200 + 60 * (k % 4)) * time_)
            sound = {"buzz": np.sign(tone), "tone": tone, "noise": rng.standard_normal(8000) / 3}[label]
            soundfile.write(place / label / f"{k}.wav", 0.3 * sound + 0.001 * rng.standard_normal(8000), 16_000)
    return place


@pytest.fixture
def wetdry(run_wetdry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Run `wetdry` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return run_wetdry


def tables(out: Path) -> dict[str, pd.DataFrame]:
    return {path.stem: pd.read_parquet(path) for path in sorted((out / "tables").glob("*.parquet"))}


@pytest.fixture(scope="module")
def report(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One study with maps and everything, in a process of its own."""
    out = tmp_path_factory.mktemp("study") / "out"
    command = ["study", "sensitivity", "--data", f"classes:{folder}", *SETTINGS, "--map-clips", "4", "--out", str(out)]
    ran = subprocess.run([sys.executable, "-m", "wetdry", *command], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    (out / "said.txt").write_text(ran.stdout)
    return out


def test_it_says_what_was_found_and_writes_a_self_describing_folder(report: Path) -> None:
    said = (report / "said.txt").read_text()
    assert "held out" in said
    assert said.count("handcrafted") == 2
    page = (report / "report.html").read_text()
    for heading in ("Does a direction follow", "One clip at a time", "The paths", "downstream", "Listen", "Method"):
        assert heading in page
    figures = {path.stem for path in (report / "figures").glob("*.svg")}
    assert figures >= {"direction", "projections", "single-clips", "spectra", "maps", "maps-dry", "robustness"}
    run = json.loads((report / "run.json").read_text())
    assert run["config"]["levels"] == "2-10:2"
    assert len(run["data"]) == 24


def test_every_effect_of_every_class_has_its_rows(report: Path) -> None:
    found = tables(report)
    labels = {"all", *CLASSES}
    for name in ("correlation", "samplewise", "robustness"):
        assert set(found[name]["label"]) == labels, name
        assert set(found[name]["effect"]) == {"gain", "bitcrush"}, name
    assert found["correlation"].groupby(["effect", "label"]).size().eq(1).all()
    positions = found["maps"].groupby(["effect", "fit_on", "item"])["position"].agg(list)
    assert len(positions) == 2 * 2 * 4
    assert all(each == [-1, 0, 1, 2, 3, 4] for each in positions)


def test_what_is_known_of_these_tones_is_found(report: Path) -> None:
    found = tables(report)
    everyone = found["correlation"].set_index(["label", "effect"]).loc["all"]
    # Loudness is one of the handcrafted features; within a clip it falls with every level of gain.
    assert everyone.loc["gain", "within"] > 0.95
    assert (everyone["r2"] > everyone["held_out_r2"]).all()
    assert (everyone["noise_held_out_r2"].abs() < 0.25).all()
    assert everyone["notes"].str.contains("in-sample R² is 1 for anything").all()
    plain = found["robustness"].query("method == 'none' and label == 'all' and train == -1 and test == -1")
    assert (plain["auc"] > 0.95).all()


def test_points_of_a_map_name_sounds_that_the_page_has(report: Path) -> None:
    page = (report / "report.html").read_text()
    points = tables(report)["maps"]
    heard = [item for item in points["item"].unique() if f'data-sound="{item} · gain · 4"' in page]
    assert len(heard) == 3


def test_a_killed_study_resumes_to_the_tables_of_an_undisturbed_one(folder: Path, report: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = ["study", "sensitivity", "--data", f"classes:{folder}", *SETTINGS, "--no-maps", "--out", str(out)]
    for signs in ("store/vectors", "parts/*/correlation.parquet"):
        with subprocess.Popen([sys.executable, "-m", "wetdry", *command]) as killed:
            deadline = time.monotonic() + 120
            while not list(out.glob(signs)) and killed.poll() is None and time.monotonic() < deadline:
                time.sleep(0.02)
            killed.send_signal(signal.SIGKILL)
    subprocess.run([sys.executable, "-m", "wetdry", *command], check=True, capture_output=True)
    resumed, undisturbed = tables(out), tables(report)
    for name in set(undisturbed) - {"maps", "path-shapes"}:
        pd.testing.assert_frame_equal(resumed[name], undisturbed[name], obj=name)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--effects", "gsm"], "has no levels"),
        (["--effects", "gain", "--levels", "1,2"], "2 different settings"),
        (["--preset", "deng2024"], "deng2025"),
        (["--preset", "deng2025", "--effects", "delay"], "no grid of delay"),
        (["--layers", "pooledd"], "pooled"),
        (["--label", "mood"], 'no label "mood"'),
        (["--scale", "wet"], "scale"),
        (["--map-class", "flute"], 'no class "flute"'),
        (["--encoders", "vibenett"], 'did you mean "vibenet"'),
        (["--data", "classes:nowhere"], "nowhere"),
    ],
)
def test_bad_options_are_one_sentence_and_exit_code_2(wetdry, folder: Path, arguments: list[str], words: str) -> None:
    data = [] if "--data" in arguments else ["--data", f"classes:{folder}"]
    code, _, err = wetdry("study", "sensitivity", *data, "--clips", "2", *arguments)
    assert code == 2
    assert words in err
    assert "Traceback" not in err


def test_a_data_set_without_classes_is_studied_without_the_task(wetdry, folder: Path) -> None:
    code, said, err = wetdry(
        "study", "sensitivity", "--data", f"folder:{folder / 'tone'}", *SETTINGS, "--no-maps", "--json"
    )
    assert code == 0, err
    found = json.loads(said)
    assert "robustness" not in found
    assert {row["label"] for row in found["correlation"]} == {"all"}
    assert "two classes" in found["notes"][0]["note"]
