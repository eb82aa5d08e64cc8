"""Names that somebody chose so that a terminal would obey them."""

import pytest

from wetdry.store import Failure, ItemRow, Store

CLEAR_SCREEN = "\x1b[2J\x1b]0;title\x07"


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path / "store")
    name = f"a{CLEAR_SCREEN}"
    made.append_items([ItemRow("set", name, "a.wav", "1", "all", "1", "g", "", "{}", 1.0, 8000, 1)])
    made.update_failures([Failure("set", name, "a.wav", "", "", "decode", f"damaged{CLEAR_SCREEN}")], lambda _: False)
    return tmp_path / "store"


@pytest.mark.parametrize(("command", "said"), [("failures", "set: a"), ("verify", "gaps: set: a")])
def test_what_a_store_says_steers_no_terminal(store, run_wetdry, command, said):
    _, out, err = run_wetdry("store", command, store)
    assert said in out
    assert "\x1b[2J" not in out + err
    assert "\x07" not in out + err
