"""What does not change in training, kept beyond one adaptation."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wetdry.audio import Windows
from wetdry.encoders import Encoder

if TYPE_CHECKING:
    from wetdry.adapt.features import Shelf
    from wetdry.adapt.network import AdaptedNetwork


class Kind(NamedTuple):
    """All that features depend on besides the clip: neither the labels, nor the seed, nor what is trained above."""

    encoder: str
    first: int
    mixes: bool
    windows: str
    device: str


class FeatureBank:
    """Features of clips that several adaptations, and estimates of them, share: each clip is computed once.

    Adaptations of one encoder share where the first block that they train is the same, as is whether they weigh
    layers, the grid of windows and the device; others have features of their own in the same bank. Results are the same
    to the last bit. What one adaptation may keep in memory (see `features.MEMORY`), a bank may of each kind; the rest
    goes into a nameless file that is gone with the bank.
    """

    def __init__(self) -> None:
        self._shelves: dict[Kind, Shelf] = {}

    def __len__(self) -> int:
        """How many clips' features there are, of all kinds together."""
        return sum(map(len, self._shelves.values()))

    def shelf(self, network: AdaptedNetwork, encoder: Encoder, windows: Windows | None) -> Shelf:
        """What there is already of the kind of features that this network starts from."""
        from wetdry.adapt.features import Shelf

        grid = (windows or encoder.spec.windows).key
        kind = Kind(encoder.spec.key, network.first, network.mixes, grid, str(network.device))
        return self._shelves.setdefault(kind, Shelf(network.device))
