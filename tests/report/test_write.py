import errno
import hashlib
import json
import os
import struct

import pandas as pd
import pytest

from wetdry.errors import ReportError, WetdryError
from wetdry.report import IndexEntry, Section, StudyResult, check_folder, write, write_index


@pytest.fixture(scope="module")
def written(result, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report") / "new" / "folder"
    assert write(result, folder) == folder / "report.html"
    return folder


def contents(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_folder_holds_what_it_says(written):
    tables = [f"tables/{name}.{kind}" for name in ("agreement", "numbers", "shifts") for kind in ("csv", "parquet")]
    expected = {"report.html", "run.json", "figures/plane.svg", "figures/plane.png", *tables}
    assert set(contents(written)) == expected


def test_tables_come_back_as_they_were(written, result):
    for name, frame in result.all_tables().items():
        pd.testing.assert_frame_equal(pd.read_parquet(written / "tables" / f"{name}.parquet"), frame, check_dtype=False)
        back = pd.read_csv(written / "tables" / f"{name}.csv")
        pd.testing.assert_frame_equal(back, frame, check_dtype=False, rtol=1e-14)


def test_figures_are_pictures_on_white(written):
    svg = (written / "figures" / "plane.svg").read_text()
    assert svg.startswith("<svg")
    assert 'fill="white"' in svg[:400]
    assert ">distortion</text>" in svg
    png = (written / "figures" / "plane.png").read_bytes()
    width, height = struct.unpack(">II", png[16:24])
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert width == pytest.approx(2 * 728, abs=120)
    assert height > 2 * 460
    assert len(png) > 20_000


def test_run_json_is_the_provenance(written):
    run = json.loads((written / "run.json").read_text())
    assert run["seeds"] == {"bootstrap": 440}
    assert run["nan"] is None


def test_same_result_same_bytes(written, result, tmp_path):
    write(result, tmp_path)
    assert {n: hashlib.sha256(b).digest() for n, b in contents(tmp_path).items()} == {
        n: hashlib.sha256(b).digest() for n, b in contents(written).items()
    }


@pytest.fixture
def small():
    return StudyResult("s", "Small", "A lead.", [Section("One", "", ["First."])], {"t": pd.DataFrame({"a": [1]})}, {})


def test_a_file_in_the_way_is_one_sentence(small, tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(ReportError, match=r"^Cannot write the report to \".*taken.*\" \(Not a directory\): .*\.$"):
        write(small, tmp_path / "taken" / "report")


@pytest.mark.parametrize("at", ["write", "rename"])
def test_full_disk_leaves_the_earlier_report_and_no_litter(small, tmp_path, monkeypatch, at):
    page = write(small, tmp_path)
    before = contents(tmp_path)
    other = StudyResult("s", "Other", "A lead.", small.sections, {"t": pd.DataFrame({"a": [2]})}, {})

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync" if at == "write" else "replace", full)
    with pytest.raises(WetdryError, match="No space left on device"):
        write(other, tmp_path)
    assert contents(tmp_path) == before
    assert "Small" in page.read_text()


def test_interrupted_before_the_page_keeps_the_earlier_page(small, tmp_path, monkeypatch):
    page = write(small, tmp_path)
    before = page.read_bytes()
    replace = os.replace

    def killed(source, target):
        if str(target).endswith("report.html"):
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        write(StudyResult("s", "Other", "", small.sections, {}, {"new": True}), tmp_path)
    assert page.read_bytes() == before
    assert json.loads((tmp_path / "run.json").read_text()) == {"new": True}
    assert not list(tmp_path.rglob("*.part"))


def test_index_entry_of_a_result_names_its_first_figure(result, written):
    entry = IndexEntry.of(result, written / "report.html")
    assert entry.thumbnail == written / "figures" / "plane.png"
    assert entry.alt == result.figures[0].alt
    index = write_index(written.parent, [entry], title="Demo")
    assert 'href="folder/report.html"' in index.read_text()
    assert 'src="folder/figures/plane.png"' in index.read_text()
    index.unlink()


def test_a_folder_that_cannot_be_written_is_known_beforehand(tmp_path):
    check_folder(tmp_path / "new" / "folder")
    assert not list(tmp_path.iterdir())
    (tmp_path / "file").touch()
    with pytest.raises(ReportError, match="Not a directory"):
        check_folder(tmp_path / "file" / "folder")
