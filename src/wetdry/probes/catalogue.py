"""The kinds of probes by name; other packages add theirs through the entry point group `wetdry.probes`."""

from __future__ import annotations

from wetdry.errors import DataError
from wetdry.probes.boosted import BoostedProbe
from wetdry.probes.boosting import BoostingProbe
from wetdry.probes.emotion_mlp import EmotionMlpProbe
from wetdry.probes.family import Family, Settings
from wetdry.probes.forest import ForestProbe
from wetdry.probes.kernel import KernelProbe
from wetdry.probes.lasso import LassoProbe
from wetdry.probes.linear import LinearProbe
from wetdry.probes.mlp import MlpProbe
from wetdry.probes.selected import selected
from wetdry.probes.selection import SELECTIONS
from wetdry.probes.svr import SvrProbe
from wetdry.registry import Registry, did_you_mean

SEPARATOR = "+"


class Families(Registry[type[Family]]):
    """Families, and under SELECTION+FAMILY any of them on what a selection leaves of the dimensions."""

    def get(self, name: str) -> type[Family]:
        """Return the family of that name, or raise with the nearest known one."""
        selection, separator, inner = name.partition(SEPARATOR)
        if not separator:
            return super().get(name)
        if selection not in SELECTIONS:
            raise DataError(f'Unknown selection "{selection}": {did_you_mean(selection, SELECTIONS)}')
        return selected(name, selection, super().get(inner))


families = Families("probe", DataError)

families.register("linear")(LinearProbe)
families.register("kernel")(KernelProbe)
families.register("mlp")(MlpProbe)
families.register("xgboost")(BoostedProbe)
families.register("lasso")(LassoProbe)
families.register("svr")(SvrProbe)
families.register("forest")(ForestProbe)
families.register("boosting")(BoostingProbe)
families.register("emotion-mlp")(EmotionMlpProbe)


def model_of(family: str, settings: Settings, seed: int = 0) -> Family:
    """An unfitted model of that family; the seed is for one that draws at random."""
    model = _kind(family)()
    known = model.get_params()
    if unknown := sorted(set(settings) - set(known)):
        raise DataError(f"{unknown[0]!r} is no setting of a {family} probe: its settings are {', '.join(known)}.")
    model.set_params(**({"seed": seed} if "seed" in known else {}) | dict(settings))
    return model


def _kind(family: str) -> type[Family]:
    # Networks are stored and used as other models are, but learn from chunks of songs: no family to fit a probe of.
    from wetdry.probes.networks.family import FAMILIES

    return FAMILIES.get(family) or families.get(family)
