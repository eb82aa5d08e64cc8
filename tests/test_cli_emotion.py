"""`wetdry study emotion` from the command line, on tones whose quadrant is told by pitch and loudness."""

import io
import json
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

QUADRANTS = {"Q1": (880.0, 0.4), "Q2": (220.0, 0.4), "Q3": (220.0, 0.05), "Q4": (880.0, 0.05)}
SETTINGS = (
    *("--encoders", "handcrafted", "--effects", "gain,bitcrush", "--levels", "3,6,9"),
    *("--probes", "linear,kernel", "--refits", "2", "--shuffles", "2", "--resamples", "100", "--workers", "1"),
)
CHAINS = '[chains.soft]\nreason = "two steps"\neffects = ["gain(gain_db=-6)", "lowpass1(cutoff_hz=4000)"]\n'


def made(place: Path, *, songs: int = 8, clips: int = 2, extra: str = "") -> Path:
    """A CSV of half-second clips in four quadrants, `songs` songs a quadrant of `clips` clips each."""
    rng = np.random.default_rng(440)
    times = np.arange(8000) / 16_000
    rows = ["path,quadrant,valence,arousal,group"]
    for quadrant, (pitch, loud) in QUADRANTS.items():
        for song in range(songs):
            for clip in range(clips):
                tone = np.sin(2 * np.pi * pitch * (1 + 0.03 * song) * times)
                name = f"{quadrant}-{song}-{clip}.wav"
                soundfile.write(place / name, loud * tone + 0.002 * rng.standard_normal(8000), 16_000)
                valence, arousal = (1 if pitch > 500 else -1), (1 if loud > 0.2 else -1)
                noise = 0.2 * rng.standard_normal(2)
                rows.append(f"{name},{quadrant},{valence + noise[0]:.3f},{arousal + noise[1]:.3f},{quadrant}-{song}")
    table = place / "clips.csv"
    table.write_text("\n".join(rows) + "\n" + extra)
    return table


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tones, and a file that is none."""
    place = tmp_path_factory.mktemp("tones")
    (place / "broken.wav").write_bytes(b"no audio")
    return made(place, extra="broken.wav,Q1,1,1,broken\n")


@pytest.fixture(scope="module")
def report(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One study of classes with chains and baselines: what is written, and in `said.txt` what is printed."""
    from wetdry import cli

    place = tmp_path_factory.mktemp("study")
    (place / "chains.toml").write_text(CHAINS)
    command = ["study", "emotion", "--data", f"csv:{data}", "--label", "quadrant", *SETTINGS]
    command += ["--chains", str(place / "chains.toml"), "--out", str(place / "out")]
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patched, redirect_stdout(said), redirect_stderr(said):
        patched.setattr(sys, "argv", ["wetdry", *command])
        with suppress(SystemExit):
            cli.main()
    (place / "out" / "said.txt").write_text(said.getvalue())
    return place / "out"


def tables(out: Path) -> dict[str, pd.DataFrame]:
    return {path.stem: pd.read_parquet(path) for path in sorted((out / "tables").glob("*.parquet"))}


def test_it_says_what_survives_and_writes_a_self_describing_folder(report: Path) -> None:
    said = (report / "said.txt").read_text()
    assert "survives" in said
    assert said.count("handcrafted") == 3
    page = (report / "report.html").read_text()
    for heading in ("What survives?", "How far does", "Which class", "Does the probe", "Controls", "Listen"):
        assert heading in page
    figures = {path.stem for path in (report / "figures").glob("*.svg")}
    assert figures >= {"survival", "radar", "performance", "alignment", "shifts-handcrafted", "flow-handcrafted"}
    assert figures >= {"plane-handcrafted", "transitions-handcrafted", "additivity-handcrafted"}
    run = json.loads((report / "run.json").read_text())
    assert run["config"]["label"] == "quadrant"
    assert len(run["data"]["train"]) + len(run["data"]["test"]) == 64


def test_no_group_is_on_both_sides_and_only_evaluated_clips_are_wet(report: Path) -> None:
    run = json.loads((report / "run.json").read_text())
    groups = {side: {item.rsplit("-", 1)[0] for item in run["data"][side]} for side in ("train", "test")}
    assert not groups["train"] & groups["test"]
    assert set(tables(report)["estimates"]["item"]) == set(run["data"]["test"])


def test_a_gain_is_nothing_but_loudness(report: Path) -> None:
    found = tables(report)
    of_gain = found["overall"].query("encoder == 'handcrafted' and probe == 'linear' and effect == 'gain'")
    moved = of_gain.query("target == 'arousal'").set_index("control")["shift"]
    assert moved["raw"] == pytest.approx(moved["gain"], abs=1e-6)
    assert abs(moved["matched"]) < 0.02 < abs(moved["raw"])
    last = found["survival"].query("check == 'survives' and effect == 'gain' and encoder == 'handcrafted'")
    assert (last["verdict"] == "no").all()


def test_a_probe_of_these_tones_knows_them_and_one_of_shuffled_labels_does_not(report: Path) -> None:
    splits = tables(report)["splits"].query("encoder == 'handcrafted' and metric == 'accuracy'").set_index("split")
    assert splits.loc["groups held out", "value"] > 0.95
    assert splits.loc["shuffled labels, groups held out", "value"] < 0.5


def test_classes_of_a_level_make_up_all_clips_and_level_0_changes_none(report: Path) -> None:
    found = tables(report)
    shares = found["flow"].groupby(["encoder", "effect", "control", "level"])["share"].sum()
    np.testing.assert_allclose(shares, 1.0)
    sham = found["class_tests"].query("level == 0 and control == 'raw'")
    assert (sham["changed"] == 0).all()
    assert (sham["p"] == 1).all()


def test_a_chain_is_held_against_its_parts(report: Path) -> None:
    rows = tables(report)["additivity"].query("encoder == 'handcrafted' and target == 'arousal'")
    assert list(rows["chain"]) == ["soft"]
    assert rows["parts"].iloc[0] == 2
    assert rows["actual"].iloc[0] - rows["expected"].iloc[0] == pytest.approx(rows["beyond"].iloc[0])


def test_the_average_spectrum_is_asked_as_a_baseline_and_nothing_is_claimed_of_it(report: Path) -> None:
    found = tables(report)
    assert set(found["overall"]["encoder"]) == {"handcrafted", "melstats"}
    assert set(found["survival"]["encoder"]) == {"handcrafted"}


def test_a_killed_study_resumes_to_the_tables_of_an_undisturbed_one(data: Path, report: Path, tmp_path: Path) -> None:
    from wetdry.studies.emotion import EmotionConfig, run

    out = tmp_path / "out"
    command = ["study", "emotion", "--data", f"csv:{data}", "--label", "quadrant", *SETTINGS]
    command += ["--chains", str(report.parent / "chains.toml"), "--out", str(out)]
    for signs in ("store/vectors", "parts/*/overall.parquet"):
        with subprocess.Popen([sys.executable, "-m", "wetdry", *command]) as killed:
            deadline = time.monotonic() + 120
            while not list(out.glob(signs)) and killed.poll() is None and time.monotonic() < deadline:
                time.sleep(0.02)
            killed.send_signal(signal.SIGKILL)
    finished = list((out / "parts").glob("*/overall.parquet"))
    assert finished
    config = EmotionConfig.model_validate(json.loads((report / "run.json").read_text())["config"])
    resumed, undisturbed = run(config, out, workers=1).all_tables(), tables(report)
    assert set(resumed) == set(undisturbed)
    for name, table in undisturbed.items():
        pd.testing.assert_frame_equal(
            resumed[name].reset_index(drop=True).rename_axis(columns=None), table, obj=name, check_dtype=False
        )


def test_numbers_are_estimated_where_there_are_numbers(data: Path, report: Path) -> None:
    import wetdry as wd

    found = wd.emotion(
        f"csv:{data}",
        encoders=["handcrafted"],
        effects="bitcrush",
        levels="3,6,9",
        chains="none",
        probes=["linear"],
        baselines=False,
        store=report / "store",
        refits=1,
        shuffles=0,
        resamples=100,
        per_class=8,
    )
    assert set(found["overall"]["target"]) == {"valence", "arousal"}
    assert found["estimates"]["item"].nunique() == 8
    assert "flow" not in found
    verdicts = found["survival"].query("check == 'all probes'")["verdict"]
    assert set(verdicts) == {"not tested"}


def test_probes_may_learn_from_another_set_and_clips_of_both_are_not_evaluated(data: Path, tmp_path: Path) -> None:
    import wetdry as wd

    other = made(tmp_path, songs=3, clips=1)
    (tmp_path / "again.wav").write_bytes((data.parent / "Q1-0-0.wav").read_bytes())
    with other.open("a") as table:
        table.write("again.wav,Q1,1,1,again\n")
    settings = {"encoders": ["handcrafted"], "effects": "bitcrush", "levels": "3,6,9", "chains": "none"}
    settings |= {"probes": ["linear"], "baselines": False, "refits": 0, "shuffles": 0, "label": "quadrant"}
    found = wd.emotion(f"csv:{other}", train=f"csv:{data}", resamples=100, **settings)
    assert "again.wav" not in set(found["estimates"]["item"])
    assert len(set(found["estimates"]["item"])) > 2


def test_effects_without_levels_have_shifts_but_no_dose(data: Path, report: Path) -> None:
    import wetdry as wd

    settings = {"probes": ["linear"], "baselines": False, "refits": 0, "shuffles": 0, "label": "quadrant"}
    found = wd.emotion(
        f"csv:{data}",
        encoders=["handcrafted"],
        effects="gsm",
        chains="none",
        resamples=100,
        store=report / "store",
        **settings,
    )
    assert set(found["overall"]["effect"]) == {"gsm"}
    assert set(found["survival"].query("check == 'dose'")["verdict"]) == {"not tested"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--label", "mood"], 'no label "mood"'),
        (["--probes", "lienar"], 'Unknown probe "lienar"'),
        (["--probes", "linear,pearson+lienar"], 'Unknown probe "lienar"'),
        (["--label", "quadrant", "--probes", "linear,pearson+linear"], "learns numbers, not the classes"),
        (["--levels", "5"], "at least 3"),
        (["--levels", "0"], "at least 3"),
        (["--layers", "pooledd"], 'has a layer "pooledd"'),
        (["--encoders", ""], "No encoder"),
        (["--train", "csv:missing.csv"], "missing.csv"),
        (["--chains", "missing.toml"], "missing.toml"),
        (["--preset", "katsis2024"], "preset"),
        (["--seed", "-1"], "no seed"),
    ],
)
def test_wrong_settings_are_one_sentence(data: Path, run_wetdry, tmp_path, monkeypatch, arguments, words) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, said = run_wetdry("study", "emotion", "--data", f"csv:{data}", *SETTINGS, *arguments)
    assert code == 2
    assert words in said
    assert "Traceback" not in said


def test_one_class_only_and_too_few_clips_are_said(run_wetdry, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    few = made(tmp_path, songs=2, clips=1)
    code, _, said = run_wetdry("study", "emotion", "--data", f"csv:{few}", "--label", "quadrant", *SETTINGS)
    assert code == 2
    assert "too few" in said
    few.write_text("\n".join(line for line in few.read_text().splitlines() if "Q1" in line or "path" in line))
    code, _, said = run_wetdry("study", "emotion", "--data", f"csv:{few}", "--label", "quadrant", *SETTINGS)
    assert code == 2
    assert "class" in said


def test_a_clip_that_cannot_be_read_is_left_out_and_reported(report: Path) -> None:
    assert "broken.wav" in (report / "said.txt").read_text()
    assert tables(report)["failures"]["item"].tolist() == ["broken.wav"]
    assert "broken.wav" not in set(tables(report)["estimates"]["item"])


def test_a_report_of_effects_without_levels_and_of_nothing_that_can_be_tested(
    tmp_path, run_wetdry, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    few = made(tmp_path, songs=6, clips=1)
    quick = ("--chains", "none", "--no-baselines", "--probes", "linear", "--refits", "0", "--shuffles", "0")
    code, printed, said = run_wetdry(
        "study", "emotion", "--data", f"csv:{few}", "--label", "quadrant", *SETTINGS, *quick, "--effects", "gsm"
    )
    assert code == 0, said
    assert "not tested" in printed
    page = Path("wetdry-emotion/report.html").read_text()
    assert "under 1 effect, heard" in page
    assert "No shift could be tested: fewer than 6 groups of clips" in page
