"""`plugin`: any VST3 or Audio Unit installed on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar

import numpy as np

from wetdry.audio import Clip, Samples
from wetdry.effects.base import WholeClipEffect, effects, parameter
from wetdry.effects.files import content_hash
from wetdry.effects.key import parse_settings
from wetdry.errors import EffectError
from wetdry.registry import did_you_mean

# Plug-ins need not be thread-safe, and many share state within a process.
HOST = Lock()


@effects.register("plugin")
@dataclass(frozen=True)
class Plugin(WholeClipEffect):
    """A third-party plug-in, hosted by pedalboard.

    All channels go in together, because a plug-in may link them; a mono clip goes into both sides of one that
    takes stereo only, and their mean comes out. The plug-in is reset before each clip; one clip is processed at
    a time. No levels: only the user knows what a plug-in's parameters mean.
    """

    name: ClassVar[str] = "plugin"

    path: str = parameter("", "path of the .vst3 or .component")
    plugin_name: str = parameter("", "which plug-in, where the file holds several")
    settings: str = parameter("", "parameters of the plug-in, as in 'mix=0.5, mode=\"hall\"'")

    def validate(self) -> None:
        if not self.path:
            raise EffectError('plugin needs the path of a plug-in: plugin(path="Room.vst3").')
        parse_settings(self.settings)

    @property
    def _path(self) -> Path:
        return Path(self.path).expanduser()

    @property
    def revision(self) -> str:
        return f"{self.version}:{content_hash(self.name, self._path)}"

    def render(self, dry: Clip) -> Samples:
        content = content_hash(self.name, self._path)
        with HOST:
            hosted = _load(self._path, content, self.plugin_name, self.settings)
            try:
                return self._process(hosted, dry)
            except (RuntimeError, ValueError) as error:
                raise EffectError(
                    f"plugin: {self._path} cannot process {dry.channels} channel(s) at {dry.sample_rate} Hz "
                    f"({_gist(error)}); convert the clip or choose another plug-in."
                ) from None

    def _process(self, hosted: Any, dry: Clip) -> Samples:
        wet: Samples
        try:
            wet = hosted.process(dry.samples, dry.sample_rate, reset=True)
        except ValueError:
            if dry.channels != 1:
                raise
            both = np.repeat(dry.samples, 2, axis=0)
            wet = hosted.process(both, dry.sample_rate, reset=True).mean(axis=0, keepdims=True)
        return wet


@lru_cache(maxsize=8)
def _load(path: Path, content: str, plugin_name: str, settings: str) -> Any:  # noqa: ARG001  (content: the cache's key)
    """A plug-in for one text of settings, so that those of one effect never stay for another."""
    from pedalboard import load_plugin  # type: ignore[attr-defined]

    try:
        hosted: Any = load_plugin(str(path), plugin_name=plugin_name or None)
    except (ImportError, RuntimeError, ValueError) as error:
        raise EffectError(
            f"plugin: {path} cannot be loaded ({_gist(error)}); "
            "check that it is a plug-in for this system and processor."
        ) from None
    for name, value in parse_settings(settings).items():
        if name not in hosted.parameters:
            raise EffectError(f'{path} has no parameter "{name}": {did_you_mean(name, hosted.parameters)}')
        try:
            setattr(hosted, name, value)
        except (TypeError, ValueError) as error:
            raise EffectError(f"{path}: {name} cannot be {value!r} ({_gist(error)}).") from None
    return hosted


def _gist(error: Exception) -> str:
    """A host's error on one line, without the heading that some have."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = next((line for line in lines if not line.endswith("Errors were:")), type(error).__name__)
    return text.rstrip(".")
