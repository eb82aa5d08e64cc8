"""`wetdry study transfer` from the command line, on tones whose emotion is told by pitch, spoken and sung."""

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path

import pandas as pd
import pytest
from two_domains import two_domains

SETTINGS = (
    *("--encoders", "melstats", "--no-baselines", "--folds", "3", "--resamples", "100", "--halves", "20"),
    *("--effects", "gain", "--levels", "10", "--workers", "1"),
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tones, and a file that is none."""
    place = tmp_path_factory.mktemp("tones")
    (place / "broken.wav").write_bytes(b"no audio")
    return two_domains(place, actors=6, extra="broken.wav,calm,song,actor 1\n")


@pytest.fixture(scope="module")
def report(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One study: what is written, and in `said.txt` what is printed."""
    from wetdry import cli
    from wetdry.cli import printing

    out, said = tmp_path_factory.mktemp("study") / "out", io.StringIO()
    command = ["study", "transfer", "--data", f"csv:{data}", *SETTINGS, "--out", str(out)]
    with pytest.MonkeyPatch.context() as patched, redirect_stdout(said), redirect_stderr(said):
        patched.setattr(sys, "argv", ["wetdry", *command])
        patched.setattr(printing.out, "width", 160, raising=False)
        with suppress(SystemExit):
            cli.main()
    (out / "said.txt").write_text(said.getvalue(), encoding="utf-8")
    return out


def test_it_ends_with_what_each_encoder_tells_and_where_the_page_is(report: Path) -> None:
    said = (report / "said.txt").read_text(encoding="utf-8")
    assert "melstats" in said
    assert "speech" in said
    assert "broken.wav" in said
    assert "melstats was not adapted:" in said
    assert str(report / "report.html") in said.replace("\n", "")


def test_the_folder_describes_itself(report: Path) -> None:
    tables = {path.stem: path for path in (report / "tables").glob("*.parquet")}
    assert {"probing", "probe_estimates", "distances", "ranking", "failures"} <= set(tables)
    assert {"effect_distances", "effect_scores"} <= set(tables)
    record = json.loads((report / "run.json").read_text(encoding="utf-8"))
    assert record["config"]["encoders"] == ["melstats"]
    assert {name: len(clips) for name, clips in record["data"].items()} == {"speech": 36, "song": 36}
    page = (report / "report.html").read_text(encoding="utf-8")
    assert "no transformer" in page, "melstats cannot be adapted, which the page has to say"


def test_pitch_is_told_in_both_domains_by_what_learnt_in_either(report: Path) -> None:
    probing = pd.read_parquet(report / "tables" / "probing.parquet")
    of = probing[(probing["metric"] == "recall") & (probing["split"] == "groups")]
    assert set(zip(of["learnt"], of["tested"], strict=True)) == {
        (learnt, tested) for learnt in ("speech", "song") for tested in ("speech", "song")
    }
    assert of.loc[of["learnt"] == of["tested"], "value"].min() > 0.9
    assert set(of["chance"]) == {1 / 3}


def test_a_second_run_gives_the_same_tables(report: Path, data: Path, tmp_path: Path, run_wetdry) -> None:
    code, _, _ = run_wetdry("study", "transfer", "--data", f"csv:{data}", *SETTINGS, "--out", tmp_path / "again")
    assert code == 0
    for path in sorted((report / "tables").glob("*.parquet")):
        pd.testing.assert_frame_equal(pd.read_parquet(path), pd.read_parquet(tmp_path / "again" / "tables" / path.name))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--methods", "lorra"), 'Unknown method "lorra" of adaptation: did you mean "lora"?'),
        (("--probes", "linaer"), '"linaer"'),
        (("--rename", "calm"), "OLD=NEW"),
        (("--domains", "group"), "group"),
        (("--preset", "sun2023"), "preset"),
        (("--augment", "nothing@3"), "nothing"),
    ],
)
def test_what_is_mistyped_is_a_sentence(data: Path, tmp_path: Path, run_wetdry, options, said) -> None:
    code, _, told = run_wetdry("study", "transfer", "--data", f"csv:{data}", *SETTINGS, *options, "--out", tmp_path)
    assert code != 0
    assert said in told.replace("\n", " ")
    assert "Traceback" not in told
