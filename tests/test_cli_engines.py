"""`--engine`, on every command that embeds audio."""

from pathlib import Path

import clustered
import pytest
from typer.testing import CliRunner

from wetdry.cli.commands import app
from wetdry.extract import Local
from wetdry.extract.cluster import RayEngine
from wetdry.store import Store

COMMANDS = [
    ["embed"],
    ["shift"],
    ["fad"],
    ["study", "emotion"],
    ["study", "sensitivity"],
    ["study", "recognition"],
    ["study", "transfer"],
    ["probe", "train"],
    ["probe", "eval"],
    ["direction", "fit"],
    ["direction", "check"],
]


@pytest.fixture
def data(tmp_path: Path) -> str:
    clustered.songs(tmp_path / "songs", 2)
    return f"folder:{tmp_path / 'songs'}"


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_that_embeds_has_it(command: list[str]) -> None:
    said = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "160"}).output
    for option in (
        "--engine",
        "--ray-address",
        "--ray-workers",
        "--gpus-per-worker",
        "--threads-per-worker",
        "--price",
    ):
        assert option in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--engine", "rya"], 'Unknown engine "rya": did you mean "ray"?'),
        (["--ray-workers", "3"], "The local engine has no Ray workers; add --engine ray, or leave out their options."),
        (["--engine", "ray", "--ray-address", "127.0.0.1:1"], "127.0.0.1:1: no Ray cluster answers there"),
        (["--engine", "ray", "--gpus-per-worker", "inf"], "inf is no finite number"),
    ],
)
def test_what_cannot_be_is_one_sentence(data: str, run_wetdry, tmp_path: Path, options: list[str], said: str) -> None:
    pytest.importorskip("ray")
    code, _, err = run_wetdry("embed", "--data", data, "--store", tmp_path / "store", *options)
    assert code == 2
    assert said in " ".join(err.replace("│", " ").split())


def test_the_engine_that_was_asked_for_does_the_work(
    data: str, run_wetdry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = []

    def work(self, plan, store, books) -> None:
        used.append(self)
        Local(1).work(plan, store, books)

    monkeypatch.setattr(RayEngine, "work", work)
    options = ["--engine", "ray", "--ray-workers", "3", "--gpus-per-worker", "0.5", "--threads-per-worker", "2"]
    options += ["--price", "0.05"]
    code, out, _ = run_wetdry("embed", "--data", data, "--store", tmp_path / "store", *options)
    assert (code, used) == (0, [RayEngine(None, 3, 0.5, 2, 0.05)])
    assert "2 clips, 2 variants computed" in out
    run_wetdry("embed", "--data", data, "--store", tmp_path / "other")
    assert len(used) == 1
    clustered.assert_same_rows(Store(tmp_path / "other"), Store(tmp_path / "store"))


def test_failures_are_listed(data: str, run_wetdry, tmp_path: Path) -> None:
    (tmp_path / "songs" / "000.flac").write_bytes(b"no audio")
    _, _, err = run_wetdry("embed", "--data", data, "--store", tmp_path / "store")
    assert f"wetdry store failures {tmp_path / 'store'}" in err
    code, out, _ = run_wetdry("store", "failures", tmp_path / "store")
    assert code == 0
    assert "songs: 000" in out.replace(".flac", "")
    code, out, _ = run_wetdry("store", "failures", tmp_path / "store", "--json")
    assert '"stage": "decode"' in out
    clustered.songs(tmp_path / "songs", 2)
    run_wetdry("embed", "--data", data, "--store", tmp_path / "store")
    assert (
        run_wetdry("store", "failures", tmp_path / "store")[1].strip()
        == "Nothing has failed, or what had is there by now."
    )
