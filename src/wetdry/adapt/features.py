"""What of each clip never changes in training, computed once and kept: in memory, or on the disk where it is much."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Callable, Sequence
from typing import IO, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import torch

from wetdry.adapt.network import AdaptedNetwork, ClipFeatures
from wetdry.audio import Clip, Windows
from wetdry.cache import cache_folder
from wetdry.encoders import Encoder
from wetdry.errors import CacheError

MEMORY = 2**30
"""Bytes of states that are kept in memory; what comes after goes into a file that vanishes with the process."""


class Source(Protocol):
    """Features of clips by their place."""

    def of(self, places: Sequence[int]) -> list[ClipFeatures]: ...


@runtime_checkable
class Named(Protocol):
    """Clips that are told apart without being decoded: what a bank has of them is not asked for again.

    Attributes
    ----------
    ids
        Of each clip by its place; no two clips with different samples have the same.
    """

    @property
    def ids(self) -> Sequence[str]: ...


def ids_of(clips: Sequence[Clip]) -> list[str]:
    """What tells clips apart; they are decoded for it unless they are named."""
    return list(clips.ids) if isinstance(clips, Named) else [clips[place].id for place in range(len(clips))]


class Computed:
    """Features made anew whenever they are asked for, from the clips themselves.

    All windows of a clip go through the network as many at a time as the encoder takes, and never with those of
    another clip, so a clip has the same features whatever it is asked for with.
    """

    def __init__(
        self, network: AdaptedNetwork, encoder: Encoder, clips: Sequence[Clip], windows: Windows | None
    ) -> None:
        self._network = network
        self._encoder = encoder
        self._clips = clips
        self._windows = windows

    def of(self, places: Sequence[int]) -> list[ClipFeatures]:
        return [self.one(self._clips[place]) for place in places]

    def one(self, clip: Clip) -> ClipFeatures:
        prepared = self._encoder.prepare_clip(clip, self._windows)
        size = self._encoder.batch
        parts = [self._below(prepared[first : first + size]) for first in range(0, len(prepared), size)]
        if len(parts) == 1:
            return parts[0]
        counts = torch.tensor([min(size, len(prepared) - first) for first in range(0, len(prepared), size)])
        shares = (counts / counts.sum()).to(self._network.device)
        lower = torch.einsum("p,pld->ld", shares, torch.stack([part.lower for part in parts]))
        states = [part.state for part in parts if part.state is not None]
        return ClipFeatures(lower, torch.cat(states) if states else None, parts[0].frames)

    def _below(self, prepared: npt.NDArray[np.float32]) -> ClipFeatures:
        return self._network.below(torch.from_numpy(np.ascontiguousarray(prepared)).to(self._network.device))


class Kept:
    """Features that were computed once; at most `memory` bytes of their states stay in memory."""

    def __init__(self, device: torch.device, memory: int = MEMORY) -> None:
        self._device = device
        self._memory = memory
        self._file: IO[bytes] | None = None
        self._rows: list[tuple[npt.NDArray[np.float32], npt.NDArray[np.float32] | None, int | None]] = []

    def add(self, features: ClipFeatures) -> None:
        state = None if features.state is None else features.state.cpu().numpy()
        if state is not None:
            self._memory -= state.nbytes
            state = state if self._memory >= 0 else self._written(state)
        self._rows.append((features.lower.cpu().numpy(), state, features.frames))

    @property
    def on_disk(self) -> bool:
        return self._file is not None

    def of(self, places: Sequence[int]) -> list[ClipFeatures]:
        return [self._one(*self._rows[place]) for place in places]

    def _one(
        self, lower: npt.NDArray[np.float32], state: npt.NDArray[np.float32] | None, frames: int | None
    ) -> ClipFeatures:
        # Copied out of the map, which is read-only, as torch has no tensors that are.
        held = None if state is None else torch.from_numpy(np.array(state)).to(self._device)
        return ClipFeatures(torch.from_numpy(lower).to(self._device), held, frames)

    def _written(self, state: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        folder = cache_folder()
        try:
            if self._file is None:
                folder.mkdir(parents=True, exist_ok=True)
                self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
                weakref.finalize(self, self._file.close)
            offset = self._file.seek(0, 2)
            self._file.write(np.ascontiguousarray(state).data)
            self._file.flush()
        except OSError as error:
            raise CacheError(
                f"{folder}: has no room for the features of all clips ({error.strerror or error}); make some, set "
                "WETDRY_CACHE to another folder, or adapt with keep_features off."
            ) from None
        return np.memmap(self._file, np.float32, "r", offset, state.shape)


class Shelf:
    """Features of clips by their ids; a clip that is there twice is computed once."""

    def __init__(self, device: torch.device) -> None:
        self._kept = Kept(device)
        self._rows: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def filled(
        self, computed: Computed, clips: Sequence[Clip], told: Callable[[int], None] | None = None
    ) -> tuple[Source, list[str]]:
        """Where the features of these clips are, once those that were missing are there, and the ids of all of them.

        `told` is called after each clip with how many are there.
        """
        ids = []
        for place in range(len(clips)):
            ids.append(self._shelved(computed, clips, place))
            if told is not None:
                told(place + 1)
        return _Chosen(self._kept, [self._rows[each] for each in ids]), ids

    def _shelved(self, computed: Computed, clips: Sequence[Clip], place: int) -> str:
        """The id of a clip, whose features are there from now on."""
        if isinstance(clips, Named):
            identity, clip = clips.ids[place], None
        else:
            clip = clips[place]
            identity = clip.id
        if identity not in self._rows:
            self._kept.add(computed.one(clips[place] if clip is None else clip))
            self._rows[identity] = len(self._rows)
        return identity


class _Chosen:
    """Some of what is kept, in another order."""

    def __init__(self, kept: Kept, rows: Sequence[int]) -> None:
        self._kept = kept
        self._rows = rows

    def of(self, places: Sequence[int]) -> list[ClipFeatures]:
        return self._kept.of([self._rows[place] for place in places])
