"""Every Python block of README and docs runs as it stands, in an empty folder with a song and a store."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from wetdry.studies.embed import embed_dataset
from wetdry.studies.shift.trust import measured

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCKS = [
    pytest.param(block, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, block in enumerate(re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL))
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory, music) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    (folder / "music").mkdir()
    for name, kind in (("song.mp3", "MP3"), ("song.flac", "FLAC"), ("music/song.flac", "FLAC")):
        soundfile.write(folder / name, music.samples.T, music.sample_rate, format=kind)
    embed_dataset(data=f"folder:{folder / 'music'}", store=folder / "vectors", effects="gain", levels="5")
    return folder


@pytest.mark.parametrize("block", BLOCKS)
def test_python_block_runs(folder, block):
    ran = subprocess.run([sys.executable, "-c", block], cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_links_between_pages_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)\)|src=\"([^\"]+)\"", page.read_text(encoding="utf-8")):
            link = next(filter(None, target))
            assert link.startswith("https://") or (page.parent / link).exists(), f"{page.name}: {link}"


def test_the_agreement_that_docs_state_is_the_measured_one():
    rows = {(row["estimate"], row["rating"]): row for row in measured()["vibenet"]["comparisons"]}
    stated = re.findall(
        r"^\| (\w+) \| ([\w ]+) \| .*? \| (\d+) \| (\S+) \((\S+) to (\S+)\) \|$",
        (ROOT / "docs" / "shift.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert len(stated) == 5
    for estimate, rating, n, *figures in stated:
        row = rows[estimate, rating]
        assert int(n) == row["n"]
        for figure, name in zip(figures, ("r", "low", "high"), strict=True):
            assert float(figure.replace("−", "-")) == pytest.approx(row[name], abs=0.0051)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for key in (("energy", "arousal"), ("valence", "valence")):
        assert f"(r = {rows[key]['r']:.2f})" in readme
