"""What an untrained twin is called and what is said of it, whichever network it is the twin of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version

from wetdry.encoders.base import EncoderSpec


def twin_of(spec: EncoderSpec, seed: int, drawn_by: Sequence[str]) -> EncoderSpec:
    """The specification of an encoder's twin whose parameters come from a seed.

    Parameters
    ----------
    drawn_by
        What decides, besides the seed, which numbers are drawn: packages, or a version of our own drawing. All of
        it is part of the revision, so that other draws never share a row of a store.
    """
    return replace(
        spec,
        name=f"untrained-{spec.name}",
        revision="+".join([spec.revision, f"seed{seed}", *drawn_by]),
        # A random head estimates nothing, so its outputs lose the names of what they would estimate.
        layers=tuple(replace(layer, labels=()) for layer in spec.layers),
        licence="none: its parameters are random numbers",
        about=(
            f"the architecture and front end of {spec.name} with random parameters (seed {seed}); "
            "what a probe reads from it owes nothing to training"
        ),
    )


def release(package: str) -> str:
    """Name and version of a package, without what tells builds of one version apart; its name if it is missing.

    >>> release("no-such-package")
    'no-such-package'
    """
    try:
        return package + version(package).partition("+")[0]
    except PackageNotFoundError:
        return package
