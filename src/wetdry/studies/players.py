"""What a report lets one hear: the same few seconds dry and under every effect, at one loudness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from wetdry.audio import Clip, loudness, match_loudness, to_mp3, true_peak
from wetdry.effects import Chain, Step
from wetdry.errors import WetdryError
from wetdry.extract import Progress, Silent
from wetdry.extract.threads import import_libraries
from wetdry.report import Player, PlayerGroup

SECONDS = 6.0
QUALITY = 0.2
MOST_PLAYERS = 100
"""About 70 kB each: a page of them stays below 10 MB."""
CEILING = 0.9
"""Linear true peak of the loudest player: lossy coding overshoots."""
FEWER_LEVELS = (2.0, 4.0, 6.0, 8.0, 10.0)


def audible_steps(steps: Sequence[Step], clips: int) -> list[Step]:
    """The steps worth a player: without neutral ones, and on fewer levels where there would be too many."""
    wet = [step for step in steps if step.level != 0.0 and step.family != "identity"]
    if len(wet) * clips > MOST_PLAYERS:
        wet = [step for step in wet if step.level is None or step.level in FEWER_LEVELS]
    if len(wet) * clips > MOST_PLAYERS:
        strongest = {step.family: step.level for step in wet}
        wet = [step for step in wet if step.level == strongest[step.family]]
    return wet


def player_group(
    title: str,
    dry: Clip,
    steps: Sequence[Step],
    *,
    match: bool,
    workers: int,
    progress: Progress | None = None,
    settings: Mapping[Step, str] | None = None,
    sounds: Mapping[Step, str] | None = None,
) -> PlayerGroup:
    """Render each step over the whole clip, as it was measured, and keep its loudest seconds for the ear.

    All are turned down by the same amount if any would clip, so that they stay equally loud. `settings` are the
    strengths in words, the levels if None; `sounds` are the keys by which points of charts play a step.
    """
    first = loudest(dry)
    progress = progress or Silent()
    import_libraries()

    def render(step: Step) -> tuple[Clip, float] | None:
        try:
            wet = step.effect(dry)
        except WetdryError:
            # The measurement has met the same failure and reports it.
            return None
        change = loudness(wet) - loudness(dry)
        if match:
            wet = match_loudness(wet, dry, peak_safe=False)
        return wet.excerpt(first, SECONDS), change

    with ThreadPoolExecutor(workers) as pool:
        heard = dry.excerpt(first, SECONDS)
        progress.start(len(steps), f"players of {title}")
        rendered = []
        for step, found in zip(steps, pool.map(render, steps), strict=True):
            progress.advance(1, dry.seconds)
            if found:
                rendered.append((step, *found))
        progress.close()
        headroom = max(1.0, true_peak(heard), *(true_peak(wet) for _, wet, _ in rendered)) / CEILING
        turned_down = -20.0 * np.log10(headroom)
        files = pool.map(lambda clip: to_mp3(clip.scaled(turned_down), QUALITY), [heard, *(w for _, w, _ in rendered)])
        dry_file, *wet_files = files
    wet = [
        Player(
            _label(step, (settings or {}).get(step)),
            _detail(step, change, match),
            file,
            step.family,
            np.nan if step.level is None else step.level,
            sound=(sounds or {}).get(step, ""),
            setting=(settings or {}).get(step, ""),
        )
        for (step, _, change), file in zip(rendered, wet_files, strict=True)
    ]
    how = "All are played at the loudness of the dry clip" if match else "All are as loud as the effect leaves them"
    part = f"{SECONDS:g} s from {first:.1f} s on" if dry.seconds > SECONDS else "All of the clip"
    caption = f"{part}. {how}, turned down alike so that none clips."
    return PlayerGroup(title, caption, Player("dry", "unprocessed", dry_file), wet)


def _label(step: Step, setting: str | None = None) -> str:
    return step.family if step.level is None else f"{step.family}, {setting or f'level {step.level:g}'}"


def _detail(step: Step, change: float, matched: bool) -> str:
    what = step.effect.reason if isinstance(step.effect, Chain) and step.effect.reason else step.effect.key
    return what + (f" · {_loudness_in_words(change, matched)}" if np.isfinite(change) else "")


def loudest(clip: Clip) -> float:
    """Where the loudest stretch of `SECONDS` starts, s, on a grid of half seconds."""
    if clip.seconds <= SECONDS:
        return 0.0
    step = clip.sample_rate // 2
    power = np.concatenate([[0.0], np.cumsum(np.square(clip.mono, dtype=np.float64))])
    length = round(SECONDS * clip.sample_rate)
    starts = np.arange(0, clip.frames - length + 1, step)
    return float(starts[np.argmax(power[starts + length] - power[starts])] / clip.sample_rate)


def _loudness_in_words(change: float, matched: bool) -> str:
    if abs(change) < 0.05:
        return "as loud as dry by itself"
    words = f"{abs(change):.1f} LU {'louder' if change > 0 else 'softer'} than dry"
    return f"{words} before matching" if matched else words
