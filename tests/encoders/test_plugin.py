"""The package that docs/adding-an-encoder.md shows, built from that page, installed and used; and broken ones."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from wetdry.audio import Clip
from wetdry.errors import EncoderError
from wetdry.store import Store, stacked

pytest.importorskip("pip")
pytest.importorskip("hatchling", reason="the package is built without a network")

PAGE = Path(__file__).parents[2] / "docs" / "adding-an-encoder.md"
NAME = "spectral-statistics"
RATE = 16_000


def block(language, number=0):
    """The source of the page's block of that language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[number]


def install(folder: Path, project: str, modules: dict[str, str], target: Path) -> None:
    folder.mkdir()
    (folder / "pyproject.toml").write_text(project, encoding="utf-8")
    for name, source in modules.items():
        (folder / name).write_text(source, encoding="utf-8")
    quiet = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "--no-index"]
    pip = [sys.executable, "-m", "pip", "install", *quiet, "--target", str(target), str(folder)]
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("plugin")
    install(folder / "project", block("toml"), {"spectral_statistics.py": block("python")}, folder / "site")
    return folder / "site"


@pytest.fixture(scope="module")
def broken(tmp_path_factory) -> Path:
    """Two packages: one whose module imports what is not there, one that takes a name that is taken."""
    folder = tmp_path_factory.mktemp("broken")
    project = block("toml")
    missing = project.replace(NAME, "lost").replace("spectral_statistics", "lost")
    install(folder / "missing", missing, {"lost.py": "import a_module_that_is_not_there\n"}, folder / "site")
    taken = project.replace(f'name = "{NAME}"', 'name = "spectral_statistics"').replace(f"\n{NAME} =", "\nvibenet =")
    install(folder / "taken", taken, {"spectral_statistics.py": block("python")}, folder / "site")
    return folder / "site"


@pytest.fixture
def songs(tmp_path, rng) -> Path:
    """A folder with a tone of 1 kHz and white noise, as `music/` and, one of them, as `song.flac`."""
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(3 * RATE) / RATE)
    (tmp_path / "music").mkdir()
    soundfile.write(tmp_path / "music" / "tone.wav", tone, RATE, subtype="FLOAT")
    soundfile.write(tmp_path / "music" / "noise.wav", 0.1 * rng.standard_normal(3 * RATE), RATE, subtype="FLOAT")
    soundfile.write(tmp_path / "song.flac", tone, RATE)
    return tmp_path


def run(arguments, site, folder=None):
    environment = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, " ".join(done.stderr.split())


def wetdry(arguments, site, folder=None):
    return run(["-c", "from wetdry.cli import main; main()", *arguments], site, folder)


def test_the_encoder_of_the_page_is_listed(installed):
    code, printed, complaints = wetdry(["encoders", "--json"], installed)
    assert code == 0, complaints
    listed = {spec["name"]: spec for spec in json.loads(printed)}
    assert "vibenet" in listed
    assert listed[NAME]["licence"] == "MIT"
    assert listed[NAME]["hears_level"] is False
    assert listed[NAME]["layers"][0]["labels"] == ["centroid", "flatness"]


def test_the_encoder_of_the_page_fills_a_store_with_the_right_numbers(installed, songs):
    effects = "identity,gain(gain_db=-6)"
    order = ["embed", "--data", "folder:music", "--encoders", NAME, "--effects", effects, "--store", "out"]
    code, _, complaints = wetdry(order, installed, songs)
    assert code == 0, complaints
    table = Store(songs / "out").table(NAME, "spectrum")
    found = {}
    for item, vector in zip(table["item"].to_pylist(), stacked(table), strict=True):
        found.setdefault(Path(item).stem, []).append(vector)
    assert sorted(found) == ["noise", "tone"]
    for dry, softer in found.values():
        np.testing.assert_allclose(softer, dry, rtol=1e-4, atol=1e-6)
    assert found["tone"][0][0] == pytest.approx(1000, abs=1)
    assert found["tone"][0][1] < 1e-3
    assert found["noise"][0][0] == pytest.approx(4000, rel=0.03)
    # The mean logarithm of exponentially distributed powers lies Euler's constant below the logarithm of their mean.
    assert found["noise"][0][1] == pytest.approx(np.exp(-np.euler_gamma), rel=0.03)


def test_the_session_of_the_page_runs_as_it_says(installed, songs):
    (songs / "session.txt").write_text(block("pycon"), encoding="utf-8")
    code, printed, complaints = run(["-m", "doctest", "session.txt"], installed, songs)
    assert code == 0, printed + complaints


def test_a_package_that_cannot_be_loaded_is_named_and_the_others_work(broken):
    code, printed, complaints = wetdry(["encoders", "--json"], broken)
    assert code == 0, complaints
    names = [spec["name"] for spec in json.loads(printed)]
    assert "lost" not in names
    assert names.count("vibenet") == 1
    assert 'The encoder "lost" of lost cannot be loaded (ModuleNotFoundError: No module named' in complaints
    assert 'The encoder "vibenet" of spectral_statistics has the name of another' in complaints


def test_asking_for_an_encoder_that_cannot_be_loaded_says_why(broken, songs):
    order = ["embed", "--data", "folder:music", "--encoders", "lost", "--store", "out"]
    code, _, complaints = wetdry(order, broken, songs)
    assert code == 2
    assert complaints.endswith(
        'wetdry: The encoder "lost" of lost cannot be loaded '
        "(ModuleNotFoundError: No module named 'a_module_that_is_not_there'); update or uninstall it."
    )
    assert "Traceback" not in complaints


@pytest.fixture
def learned():
    """The class of the page's encoder in torch."""
    found = {}
    exec(block("python", 1), found)  # noqa: S102 (the page's own code)
    return found["LearnedFilters"]


def test_the_encoder_in_torch_of_the_page_computes_what_it_says(learned, tmp_path, rng):
    torch = pytest.importorskip("torch")
    weights = {"weight": torch.randn(64, 1, 400), "bias": torch.randn(64)}
    torch.save(weights, tmp_path / "filters.pt")
    model = learned(str(tmp_path / "filters.pt"), device="cpu")
    wave = rng.standard_normal((1, 16_000)).astype(np.float32)
    expected = torch.nn.functional.conv1d(torch.from_numpy(wave), weights["weight"], weights["bias"], 160, 200)
    given = model.embed(Clip(wave, 16_000))["energies"][0]
    np.testing.assert_allclose(given, expected.relu().mean(dim=1), rtol=1e-4)
    assert model.spec.revision.startswith("local-")
    torch.save(weights | {"bias": torch.zeros(3)}, tmp_path / "other.pt")
    with pytest.raises(EncoderError, match=r"other\.pt: bias has shape \(3,\) where \(64,\) is needed"):
        learned(str(tmp_path / "other.pt"), device="cpu").ready()
