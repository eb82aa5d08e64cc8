"""`wetdry study recognition` from the command line, on tones whose valence is told by pitch, arousal by loudness."""

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rated_tones import rated_tones

from wetdry.audio import load
from wetdry.studies.probe import read_probe

SETTINGS = (
    *("--phases", "1", "--regressors", "linear,lasso", "--selections", "none", "--folds", "3", "--resamples", "100"),
    *("--no-dynamic", "--workers", "1"),
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tones, and a file that is none."""
    place = tmp_path_factory.mktemp("tones")
    (place / "broken.wav").write_bytes(b"no audio")
    return rated_tones(place, songs=11, extra="broken.wav,0,0,broken\n")


@pytest.fixture(scope="module")
def report(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One study of the features: what is written, and in `said.txt` what is printed."""
    from wetdry import cli
    from wetdry.cli import printing

    out, said = tmp_path_factory.mktemp("study") / "out", io.StringIO()
    command = ["study", "recognition", "--data", f"csv:{data}", *SETTINGS, "--out", str(out)]
    with pytest.MonkeyPatch.context() as patched, redirect_stdout(said), redirect_stderr(said):
        patched.setattr(sys, "argv", ["wetdry", *command])
        patched.setattr(printing.out, "width", 160, raising=False)
        with suppress(SystemExit):
            cli.main()
    (out / "said.txt").write_text(said.getvalue(), encoding="utf-8")
    return out


def test_it_ends_with_the_leaderboard_and_what_to_do_with_the_best_probe(report: Path) -> None:
    said = (report / "said.txt").read_text(encoding="utf-8")
    for model in ("handcrafted · linear ", "handcrafted · lasso", "mean of the training labels", "random split"):
        assert model in said
    assert "broken.wav" in said
    assert said.rstrip().endswith(f"wetdry shift SONG --probe {report / 'best-probe.safetensors'}")


def test_the_folder_describes_itself(report: Path) -> None:
    tables = {path.stem for path in (report / "tables").glob("*.parquet")}
    assert {"scores", "leaderboard", "estimates", "fits", "published", "ratings", "correlations", "features"} <= tables
    assert {"shap", "failures"} <= tables
    page = (report / "report.html").read_text(encoding="utf-8")
    leaderboard = pd.read_parquet(report / "tables" / "leaderboard.parquet")
    assert all(model in page for model in leaderboard["model"])
    record = json.loads((report / "run.json").read_text(encoding="utf-8"))
    assert record["config"]["phases"] == [1]
    assert len(record["data"]) == 22


def test_the_best_probe_is_used_by_shift(report: Path, data: Path, tmp_path: Path, run_wetdry) -> None:
    probe = report / "best-probe.safetensors"
    song = data.with_name("s00-0.wav")
    command = (
        "shift",
        song,
        "--probe",
        probe,
        "--effects",
        "gain",
        "--levels",
        "5",
        "--out",
        tmp_path,
        "--workers",
        "1",
    )
    code, out, _ = run_wetdry(*command)
    assert code == 0
    assert "arousal" in out
    trained = read_probe(probe)
    (vector,) = trained.encoder().embed([load(song)], layers=[trained.card.view.layer])[trained.card.view.layer]
    estimate = trained.estimate(vector)
    assert estimate.shape == (2,)
    assert np.isfinite(estimate).all()


def test_a_second_run_tells_the_same_as_json(
    report: Path, data: Path, run_wetdry, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The figures were drawn once.
    monkeypatch.setattr("wetdry.report.write", lambda _, folder: folder / "report.html")
    before = (report / "best-probe.safetensors").read_bytes()
    command = ("study", "recognition", "--data", f"csv:{data}", *SETTINGS, "--out", report, "--json")
    code, out, _ = run_wetdry(*command)
    assert code == 0
    told = json.loads(out)
    scores = pd.read_parquet(report / "tables" / "scores.parquet")
    assert [row["value"] for row in told["scores"]] == pytest.approx(scores["value"].tolist())
    # Parts were kept, so that even the seconds are those of the first run.
    assert [row["seconds"] for row in told["fits"]] == pytest.approx(
        pd.read_parquet(report / "tables" / "fits.parquet")["seconds"].tolist()
    )
    assert (report / "best-probe.safetensors").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--phases", "4"), 'Phases are 1, 2 and 3, not "4"'),
        (("--phases", "none"), "Phases are 1, 2 and 3"),
        (("--heads", "lineal"), "linear"),
        (("--label", "mood"), 'has no label "mood"'),
        (("--preset", "gupta"), "recognition: preset"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(data: Path, tmp_path: Path, run_wetdry, options, said) -> None:
    code, _, err = run_wetdry("study", "recognition", "--data", f"csv:{data}", "--out", tmp_path / "out", *options)
    assert code == 2
    assert said in " ".join(err.split())
    assert not (tmp_path / "out" / "tables").exists()
