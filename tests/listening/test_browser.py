"""The page in a real browser: filled in by simulated listeners, by mouse and by keyboard alone, and scored."""

import itertools
import json
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from chromium import Chromium, Page, executable
from listeners import CHOICES, Truth, planted, word

from wetdry.listening import ListeningTest, make_listening_test
from wetdry.report.theme import DARK, LIGHT

pytestmark = pytest.mark.skipif(
    executable() is None, reason="no Chromium found: install one to test the page that listeners open"
)

HURRY = """
const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () {
  this.playbackRate = 16;
  window.heard = this.src.match(/([^/]*)\\.flac$/)[1];
  return play.call(this);
};
"""
"""Listeners here hear everything at sixteen times its speed, and know which file it was."""

FORBIDDEN_STORAGE = "Object.defineProperty(window, 'localStorage', { get() { throw new Error('SecurityError'); } });"

SHIFT = (-0.4, 0.45)
BIASES = {"Mouse": -0.1, "Private": 0.1, "Keys": 0.0}


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator[Chromium]:
    with Chromium(tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture(scope="module")
def short(pieces, tmp_path_factory) -> ListeningTest:
    """Four pairs of one effect, one repeat, both anchors: eleven sounds."""
    return make_listening_test(
        [pieces / f"piece{k}.wav" for k in range(4)],
        tmp_path_factory.mktemp("short"),
        effects="distortion",
        levels="8",
        pairs=4,
        seconds=0.5,
        repeats=1,
    )


@pytest.fixture(scope="module")
def truth(short) -> Truth:
    return planted(short.key, {("distortion", 8.0): SHIFT, ("degraded", None): (-0.5, 0.5)})


def opened(browser: Chromium, test: ListeningTest, *, script: str = HURRY, **query: object) -> Page:
    words = "&".join(f"{name}={value}" for name, value in query.items())
    return browser.open(f"{test.page.as_uri()}?{words}", script=script)


def state(page: Page, test: ListeningTest) -> dict:
    return json.loads(page.run(f"localStorage.getItem('wetdry-listening-{test.key.test}')"))


def visible(page: Page) -> str:
    return page.run("document.querySelector('section:not([hidden])').id")


def heading(page: Page) -> str:
    return page.run("document.querySelector('section:not([hidden]) h1').textContent")


def hear(page: Page) -> None:
    page.wait("document.querySelector('section:not([hidden]) .state').textContent === 'Heard to the end'")


def to_first_piece(page: Page) -> None:
    """Through code, volume and practice, by mouse."""
    page.click("#start button")
    page.click("#volume .play")
    hear(page)
    page.click("#volume [data-next]")
    piece_by_mouse(page, 0.5, -0.5)
    assert heading(page).startswith("Piece 1 of")


def piece_by_mouse(page: Page, valence: float, arousal: float) -> None:
    page.click("#item .play")
    hear(page)
    answer_by_mouse(page, valence, arousal)


def answer_by_mouse(page: Page, valence: float, arousal: float) -> None:
    for name, value in (("valence", valence), ("arousal", arousal)):
        page.run(f"{name}.value = {value}; {name}.dispatchEvent(new Event('input', {{ bubbles: true }}))")
    page.click(f"#quadrant input[value={word(valence, arousal)}]")
    page.click("#item [data-next]")


def focused(page: Page) -> str:
    return page.run("(({ id, className, textContent }) => id || className || textContent)(document.activeElement)")


def tab_to(page: Page, name: str) -> None:
    page.press("Tab")
    assert focused(page) == name
    assert (
        page.run(
            "getComputedStyle(document.activeElement.closest('.choices label') || document.activeElement).outlineStyle"
        )
        == "solid"
    )


def slide_to(page: Page, value: float) -> None:
    """From the middle, where an untouched slider is, by arrow keys; Enter keeps it there."""
    steps = round(value / 0.05)
    for key in ["ArrowRight" if steps > 0 else "ArrowLeft"] * abs(steps) or ["Enter"]:
        page.press(key)


def answer_by_keyboard(page: Page, valence: float, arousal: float) -> None:
    tab_to(page, "play")
    for name, value in (("valence", valence), ("arousal", arousal)):
        tab_to(page, name)
        slide_to(page, value)
    page.press("Tab")
    page.press(" ")
    for _ in range(list(CHOICES.values()).index(word(valence, arousal))):
        page.press("ArrowDown")
    page.press("Tab")
    page.press("Enter")


def to_practice_by_keyboard(page: Page) -> None:
    tab_to(page, "participant")
    tab_to(page, "main")
    page.press("Enter")
    page.press(" ")
    hear(page)
    tab_to(page, "play")
    tab_to(page, "main")
    page.press("Enter")
    assert heading(page) == "Practice"


def fill_in(page: Page, test: ListeningTest, truth: Truth, bias: float, *, keyboard: bool) -> str:
    """Every piece, as the planted truth has it, with the listener's own bias; what the page makes of it, as text."""
    sounds = {sound.id: sound for sound in test.key.sounds}
    for number in range(len(sounds)):
        assert heading(page) == f"Piece {number + 1} of {len(sounds)}"
        page.press(" ") if keyboard else page.click("#item .play")
        hear(page)
        rating = [value + bias for value in truth(sounds[page.run("heard")])]
        (answer_by_keyboard if keyboard else answer_by_mouse)(page, *in_steps(rating))
    assert visible(page) == "finish"
    return page.run("document.querySelector('#copy').value")


def in_steps(rating: Sequence[float]) -> list[float]:
    """What can be set on sliders."""
    return [round(float(value) / 0.05) * 0.05 for value in np.clip(rating, -1, 1)]


@pytest.fixture(scope="module")
def results(browser, short, truth, tmp_path_factory) -> Path:
    """What three listeners sent: by mouse and download, by mouse where storage is forbidden, by keyboard alone."""
    folder = tmp_path_factory.mktemp("results")
    page = opened(browser, short, participant="Mouse")
    to_first_piece(page)
    fill_in(page, short, truth, BIASES["Mouse"], keyboard=False)
    page.command("Page.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
    page.click("#download")
    saved = folder / f"listening-{short.key.test}-Mouse.json"
    deadline = time.monotonic() + 10
    while not saved.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert saved.exists()

    page = opened(browser, short, script=HURRY + FORBIDDEN_STORAGE, participant="Private")
    to_first_piece(page)
    (folder / "private.json").write_text(fill_in(page, short, truth, BIASES["Private"], keyboard=False))

    page = opened(browser, short, participant="Keys")
    to_practice_by_keyboard(page)
    page.press("p")
    hear(page)
    answer_by_keyboard(page, 0.5, -0.5)
    (folder / "keys.json").write_text(fill_in(page, short, truth, BIASES["Keys"], keyboard=True))
    return folder


def test_results_hold_what_was_answered_and_nothing_else(results, short, truth):
    sounds = {sound.id: sound for sound in short.key.sounds}
    found = [json.loads(path.read_text()) for path in results.glob("*.json")]
    assert {result["participant"] for result in found} == set(BIASES)
    for result in found:
        assert set(result) == {*("format", "test", "participant", "seed", "finished", "resumed", "seconds", "answers")}
        assert (result["finished"], result["resumed"]) == (True, 0)
        assert 0 < sum(answer["seconds"] for answer in result["answers"]) <= result["seconds"] + 0.1
        for answer in result["answers"]:
            expected = in_steps([value + BIASES[result["participant"]] for value in truth(sounds[answer["sound"]])])
            assert [answer["valence"], answer["arousal"]] == pytest.approx(expected, abs=1e-9)
            assert answer["quadrant"] == word(*expected)
            assert (answer["plays"], answer["heard_seconds"]) == (1, 0.5)


def test_scores_are_what_listeners_were_told_to_hear(results, short, tmp_path, run_wetdry):
    code, said, complaint = run_wetdry(
        *("listen", "score", results, "--test", short.folder, "--out", tmp_path / "out", "--resamples", 100, "--json")
    )
    assert code == 0, complaint
    tables = json.loads(said)
    effects = {(row["family"], row["target"]): row for row in tables["effects"]}
    for target, shift in zip(("valence", "arousal"), SHIFT, strict=True):
        found = effects["distortion", target]
        # Sliders move in steps of 0.05, on both sides of a difference.
        assert found["shift"] == pytest.approx(shift, abs=0.03)
        assert found["low"] <= shift <= found["high"]
        assert effects["identity", target]["shift"] == 0
    agreed = {(row["of"], row["target"], row["measure"]): row["estimate"] for row in tables["agreement"]}
    assert agreed["the same sound twice", "valence", "ICC(2,1)"] == pytest.approx(1.0)
    assert 0.8 < agreed["sounds", "valence", "ICC(2,1)"] < 1.0
    assert {row["rater"]: row["difference"] for row in tables["raters"]} == dict.fromkeys(BIASES, 0)
    assert tables["failures"] == []


def test_nothing_counts_that_was_not_answered(browser, short):
    page = opened(browser, short)
    page.click("#start button")
    page.click("#volume [data-next]")
    assert visible(page) == "volume"
    assert page.run("document.querySelector('#alert').textContent") == "Still to do: listen to the end."
    page.click("#volume .play")
    hear(page)
    page.click("#volume [data-next]")
    page.click("#item [data-next]")
    assert heading(page) == "Practice"
    said = page.run("document.querySelector('#alert').textContent")
    assert said == (
        "Still to do: listen to the end, move the slider of pleasantness, move the slider of energy, choose a word."
    )
    assert page.run("valence.getAttribute('aria-valuetext')") == "not set"
    # A press on the middle, where the slider already is, is an answer.
    page.click("#valence")
    assert page.run("valence.getAttribute('aria-valuetext')") == "0.00, in between"
    page.run("arousal.focus()")
    page.press("Enter")
    page.click("#item [data-next]")
    said = page.run("document.querySelector('#alert').textContent")
    assert said == "Still to do: listen to the end, choose a word."


def test_a_reload_loses_nothing(browser, short):
    page = opened(browser, short, participant="Back", seed=11)
    to_first_piece(page)
    piece_by_mouse(page, 0.25, 0.75)
    page.run("valence.focus()")
    slide_to(page, -0.8)
    before = state(page, short)
    page.reload()
    assert heading(page) == "Piece 2 of 11"
    assert page.run("document.querySelector('#valence-value').textContent") == "−0.80"
    assert page.run("document.querySelector('#arousal-value').textContent") == "not set"
    after = state(page, short)
    assert after["order"] == before["order"]
    assert [answer["valence"] for answer in after["answers"]] == [0.25]
    piece_by_mouse(page, 0.1, 0.1)
    assert state(page, short)["resumed"] == 1


def test_orders_follow_from_their_seed_and_keep_a_clip_from_following_itself(browser, short):
    clips = {sound.id: sound.clip for sound in short.key.sounds}
    orders = []
    for seed in (1, 1, 2, 3):
        page = opened(browser, short, seed=seed)
        page.click("#start button")
        now = state(page, short)
        assert now["seed"] == seed
        orders.append(now["order"])
    assert orders[0] == orders[1]
    assert len({tuple(order) for order in orders}) == 3
    for order in orders:
        assert sorted(order) == sorted(clips)
        assert all(clips[one] != clips[other] for one, other in itertools.pairwise(order))


def test_narrow_and_dark_screens(browser, short):
    page = opened(browser, short)
    page.resize(320, 640)
    to_first_piece(page)
    assert page.run("document.documentElement.scrollWidth <= innerWidth")
    colours = {}
    for scheme in ("light", "dark"):
        page.appearance(scheme)
        colours[scheme] = page.run("getComputedStyle(document.body).backgroundColor")
    for scheme, theme in (("light", LIGHT), ("dark", DARK)):
        assert colours[scheme] == "rgb({}, {}, {})".format(*bytes.fromhex(theme.page[1:]))


def test_a_page_without_its_sounds_says_so(browser, short, tmp_path):
    alone = Path(shutil.copy(short.page, tmp_path / "index.html"))
    page = browser.open(alone.as_uri(), script=HURRY)
    page.click("#start button")
    page.click("#volume .play")
    page.wait("document.querySelector('#alert').textContent.startsWith('This sound cannot be played.')")
    page.click("#volume [data-next]")
    assert visible(page) == "volume"
