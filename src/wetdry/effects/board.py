"""The link to pedalboard: one new plug-in object for every channel of every clip."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from wetdry.audio import Samples
from wetdry.effects.base import Effect


class BoardEffect(Effect):
    """An effect that is one pedalboard plug-in.

    A new plug-in costs microseconds, and with it nothing can leak from a channel, clip or thread into
    another. Channels go in one by one: pedalboard's reverb, pitch shift and codecs give another dose to
    stereo than to mono, and its reverb does nothing at all to three channels. It lets go of
    Python's lock while it works, so threads run side by side.
    """

    @abstractmethod
    def plugin(self, sample_rate: int) -> Any:
        """A new pedalboard plug-in with this effect's parameters."""

    def process(self, channel: Samples, sample_rate: int) -> Samples:
        wet: Samples = self.plugin(sample_rate).process(channel, sample_rate)
        return wet
