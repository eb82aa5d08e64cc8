"""Which items of a plan a store can answer for, each audio once, and why the others cannot be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from wetdry.datasets import Item
from wetdry.errors import AudioError
from wetdry.extract import Plan
from wetdry.store import Store


@dataclass(frozen=True, eq=False)
class Usable:
    """What is left of a plan's data set after extraction.

    Attributes
    ----------
    items
        Those that were decoded and embedded without effect, in their order.
    clips
        Item → clip hash.
    failures
        What could not be used, with its reason.
    """

    items: tuple[Item, ...]
    clips: dict[str, str]
    failures: pd.DataFrame


def usable(plan: Plan, store: Store, dry: str) -> Usable:
    """The usable items of a plan whose unprocessed variant has the key `dry`; raises where there is none."""
    failures = _failures(plan, store)
    found = store.items(plan.dataset.name).to_pandas()
    found = found[found["excerpt"] == plan.excerpt].set_index("item")
    # The store may still hold what a file was before it could no longer be decoded.
    unusable = failures[(failures["stage"] == "decode") | (failures["effect"] == dry)]
    items = tuple(item for item in plan.dataset if item.id in found.index and item.id not in set(unusable["item"]))
    if not items:
        path, why = unusable[["path", "reason"]].iloc[0]
        raise AudioError(why if path in why else f"{path}: {why}")
    clips = found.loc[[item.id for item in items], "clip"].to_dict()
    items, repeated = _distinct(items, clips)
    failures = pd.concat([failures, pd.DataFrame(repeated, columns=failures.columns)], ignore_index=True)
    return Usable(items, {item.id: clips[item.id] for item in items}, failures)


def _failures(plan: Plan, store: Store) -> pd.DataFrame:
    """What failed of this plan; a store that grew in several runs also knows of other effects and encoders."""
    known: pd.DataFrame = store.failures().to_pandas()
    ours = (
        (known["dataset"] == plan.dataset.name)
        & known["item"].isin([item.id for item in plan.dataset])
        & known["effect"].isin(["", *plan.variants])
        & known["encoder"].isin(["", *(view.key for view in plan.views)])
    )
    return known.loc[ours].reset_index(drop=True)


def _distinct(items: Sequence[Item], clips: Mapping[str, str]) -> tuple[tuple[Item, ...], list[dict[str, str]]]:
    """Items of different audio, and a row for each that repeats another: it would count as one more unit."""
    first: dict[str, Item] = {}
    repeated = []
    for item in items:
        known = first.setdefault(clips[item.id], item)
        if known is not item:
            why = f"{item.path}: holds the same audio as {known.path}, which is counted once."
            repeated.append({"item": item.id, "path": str(item.path), "stage": "select", "reason": why})
    return tuple(first.values()), repeated
