"""The progress line."""

import io

from rich.console import Console

from wetdry.extract import Bar


def told(terminal: bool) -> str:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=terminal, width=120, legacy_windows=False)
    with Bar(console) as bar:
        bar.start(40)
        bar.advance(10, 0.0)
        bar.advance(20, 600.0)
    return screen.getvalue()


def test_a_terminal_sees_what_is_done_and_how_fast() -> None:
    said = told(terminal=True)
    assert "embedding" in said
    assert "30/40" in said
    assert "× real time" in said


def test_anything_else_sees_nothing() -> None:
    assert told(terminal=False) == ""
