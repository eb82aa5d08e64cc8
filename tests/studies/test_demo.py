"""The demo, on less of the same."""

from wetdry.studies import demo
from wetdry.studies.shift import ShiftConfig


def test_demo_links_one_report_for_each_configuration(tmp_path, monkeypatch):
    monkeypatch.setenv("WETDRY_CACHE", str(tmp_path / "cache"))
    full = demo.configurations()
    assert full["one-piece"].effects is None
    small = ShiftConfig(audio=("etudes:count=2,seconds=5",), effects="distortion", levels="10")
    monkeypatch.setattr(demo, "configurations", lambda: {"a": small, "b": small})
    index = demo.run_demo(tmp_path / "demo").read_text()
    for name in ("a", "b"):
        assert f"{name}/report.html" in index
        page = (tmp_path / "demo" / name / "report.html").read_text()
        assert "composed by rules" in page
