"""What an encoder is held against: an average spectrum, and networks of its architecture without training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from wetdry.encoders import Encoder, encoder
from wetdry.errors import EncoderError, MissingPackageError

MEL_STATISTICS, UNTRAINED = "melstats", "untrained"


class WithBaselines(NamedTuple):
    """Encoders, those that were asked for first; the names of the baselines, and why one is missing."""

    encoders: list[Encoder]
    baselines: list[str]
    remarks: list[str]


def with_baselines(names: Sequence[str], *, wanted: bool, device: str, dtype: str) -> WithBaselines:
    """The encoders asked for by name, then the baselines that go with them where these are wanted."""
    opened = [encoder(name, device=device, dtype=dtype) for name in dict.fromkeys(names)]
    known = {model.spec.name for model in opened}
    baselines: list[Encoder] = []
    remarks = []
    for name in (MEL_STATISTICS, *(f"{UNTRAINED}:{name}" for name in dict.fromkeys(names))) if wanted else ():
        try:
            baseline = encoder(name, device=device)
        except (EncoderError, MissingPackageError) as error:
            remarks.append(f"A baseline is missing: {error}")
            continue
        if baseline.spec.name not in known:
            baselines.append(baseline)
    return WithBaselines([*opened, *baselines], [model.spec.name for model in baselines], remarks)
