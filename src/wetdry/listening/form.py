"""The page that listeners open: it knows sounds by names that say nothing."""

from __future__ import annotations

from importlib.resources import files

import jinja2
from markupsafe import Markup

from wetdry.listening.key import PRACTICE, SOUND_FOLDER, Key
from wetdry.report.page import script_json
from wetdry.report.theme import DARK, FONT, LIGHT
from wetdry.studies.targets import QUADRANTS

RESULTS_FORMAT = "wetdry listening results 1"
CHOICES = tuple(QUADRANTS.values())
"""The quadrants of the valence–arousal plane in words, as the page offers them."""

SLIDERS = (
    ("valence", "How pleasant is its mood?", "unpleasant", "pleasant"),
    ("arousal", "How much energy does it have?", "calm", "energetic"),
)
"""Sliders from −1 to 1: name, question, and what the ends are called."""

COLOURS = ("page", "panel", "ink", "muted", "line", "accent", "warning")


def render_page(key: Key) -> str:
    """The page as one HTML text, which plays the files of the folder `sounds` beside it."""
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_asset), autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined
    )
    sounds = [{"id": sound.id, "clip": clip} for sound, clip in zip(key.sounds, _clip_numbers(key), strict=True)]
    test = {
        "format": RESULTS_FORMAT,
        "test": key.test,
        "folder": SOUND_FOLDER,
        "practice": PRACTICE,
        "sounds": sounds,
    }
    return environment.get_template("form.html.j2").render(
        count=len(key.sounds),
        seconds=key.config.seconds,
        choices=CHOICES,
        scales=SLIDERS,
        colours={name: (getattr(LIGHT, name), getattr(DARK, name)) for name in COLOURS},
        font=Markup(FONT),  # noqa: S704
        css=Markup(_asset("form.css")),  # noqa: S704
        script=Markup(_asset("form.js")),  # noqa: S704
        test=script_json(test),
    )


def _clip_numbers(key: Key) -> list[int]:
    """Which sounds are of one clip, as anyone hears: the page keeps them apart in the order of playing."""
    numbers: dict[str, int] = {}
    return [numbers.setdefault(sound.clip, len(numbers)) for sound in key.sounds]


def _asset(name: str) -> str:
    return files("wetdry.listening").joinpath(name).read_text("utf-8")
