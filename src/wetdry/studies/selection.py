"""From what a user typed to what a study runs on: audio to a data set, effects to steps."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from wetdry.datasets import Dataset, Item, dataset, datasets
from wetdry.datasets.sets.folder import EXTENSIONS
from wetdry.effects import GainLike, Matched, Step, builtin_chains, effects, load_chains, parse_levels, sweep
from wetdry.errors import DataError, EffectError
from wetdry.remote.object_path import ObjectPath
from wetdry.remote.object_service import is_url


def select_audio(audio: Sequence[str]) -> Dataset:
    """One data set of the given files, folders and data sets (`kind:where`), in the given order."""
    items: list[Item] = []
    names: list[str] = []
    synthetic = False
    for given in audio:
        kind = given.partition(":")[0]
        if is_url(given):
            opened = _at(given)
        elif kind in datasets.names() and not Path(given).exists():
            opened = dataset(given)
        elif Path(given).is_dir():
            opened = dataset(f"folder:{given}")
        elif not Path(given).exists() and get_close_matches(kind, datasets.names(), n=1) and kind != given:
            # A mistyped kind, such as floder:PATH.
            opened = dataset(given)
        else:
            opened = Dataset(given, (Item(given, Path(given)),))
        names.append(opened.name)
        items.extend(opened.items)
        synthetic |= opened.synthetic
    if not items:
        raise DataError("No audio was given.")
    return Dataset(", ".join(names), _distinct(items), synthetic=synthetic)


def _at(url: str) -> Dataset:
    """The audio file of a URL, or those of a folder; the name tells which, since asking could be refused."""
    path = ObjectPath.of(url)
    if path.suffix.lower() in EXTENSIONS:
        return Dataset(str(path), (Item(str(path), path),))
    return dataset(f"folder:{url}")


def _distinct(items: list[Item]) -> tuple[Item, ...]:
    """Drop repeated files; shorten ids to file names where those are distinct."""
    unique = list({item.path.absolute(): item for item in items}.values())
    short = [Path(item.id).name for item in unique]
    if len(set(short)) < len(short):
        return tuple(unique)
    return tuple(
        Item(name, item.path, item.labels, item.group if item.group != item.id else name, item.split)
        for name, item in zip(short, unique, strict=True)
    )


def select_steps(effects_text: str | None, chains_text: str | None, levels_text: str) -> tuple[Step, ...]:
    """Steps for comma-separated effects and a file of chains.

    A bare name is swept over the levels, level 0 included as the effect's own sham; a key with
    parameters (or `name@level`) is one step. With neither effects nor chains: every effect that has
    levels, and the built-in chains.
    """
    everything = effects_text is None and chains_text is None
    steps: list[Step] = []
    levels = tuple(sorted({0.0, *parse_levels(levels_text)}))
    for text in leveled_effects() if everything else split_keys(effects_text or ""):
        steps.extend(sweep(text, levels))
    if everything or chains_text:
        named = builtin_chains() if chains_text in (None, "builtin") else load_chains(chains_text)
        steps.extend(Step(name, None, chain) for name, chain in named.items())
    if not steps:
        raise EffectError("No effect was given; `wetdry effects` lists them.")
    return tuple(dict.fromkeys(steps))


def leveled_effects() -> list[str]:
    """Names of all effects that have levels."""
    return [name for name in effects.names() if effects.get(name).has_levels()]


def with_controls(steps: Sequence[Step], make: Sequence[type[Matched | GainLike]]) -> tuple[Step, ...]:
    """Each step followed by its loudness controls."""
    return tuple(
        Step(step.family, step.level, variant)
        for step in steps
        for variant in (step.effect, *(control(step.effect) for control in make))
    )


def split_keys(text: str) -> list[str]:
    """Split at commas that stand outside parentheses and quotes.

    >>> split_keys("reverb, peak(gain_db=3, q=1), gsm")
    ['reverb', 'peak(gain_db=3, q=1)', 'gsm']
    """
    parts, depth, quoted = [""], 0, False
    for char in text:
        if char == '"':
            quoted = not quoted
        depth += (char == "(") - (char == ")") if not quoted else 0
        if char == "," and depth == 0 and not quoted:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts if part.strip()]
