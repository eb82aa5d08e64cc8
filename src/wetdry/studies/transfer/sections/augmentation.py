"""Whether an encoder that heard effects while it was adapted stands up to them better."""

from __future__ import annotations

import pandas as pd

from wetdry.effects import Step, builtin_chains
from wetdry.report import Block, Figure, Table, charts
from wetdry.studies.phrases import number, signed
from wetdry.studies.selection import select_steps, split_keys
from wetdry.studies.transfer import words
from wetdry.studies.transfer.adaptation.adapted_scores import DRY
from wetdry.studies.transfer.adaptation.gains import HEARD, UNSEEN, WITHOUT
from wetdry.studies.transfer.config import TransferConfig
from wetdry.studies.transfer.findings import Findings
from wetdry.studies.transfer.sections.panels import by_domain


def augmentation(found: Findings) -> list[Block]:
    """Gains of mean recall dry, on effects heard in training, and on others."""
    rows = found.table("augmentation")
    if rows.empty:
        return []
    names = effect_names(found.config)
    drawn = rows.assign(panel=by_domain(rows), row=[names.get(key, key) for key in rows["effect"]], of=rows["method"])
    drawn = drawn.sort_values("heard", key=lambda heard: heard.map(list(TOLD).index), kind="stable")
    return [
        Figure(
            "augmentation",
            "Does it help to have heard effects?",
            "Mean recall of encoders adapted with effects, less that of those adapted dry in as many steps, on the "
            "same clips; 95 % intervals over groups and runs, not corrected for how many there are.",
            _mean_gains(rows),
            charts.stage_gains(drawn),
        ),
        _table(drawn),
    ]


TOLD = {WITHOUT: "dry", HEARD: "on effects heard in training", UNSEEN: "on others"}
"""How an effect was heard, in the order of the figure, and how that is told."""


def effect_names(config: TransferConfig) -> dict[str, str]:
    """Key of an effect → what it is called: chains that come with wetdry by name, others by effect and level."""
    names = {chain.key: name.replace("_", " ") for name, chain in builtin_chains().items()}
    for text in (key for named in (config.augment, config.unseen) if named for key in split_keys(named)):
        for step in select_steps(text, None, config.levels):
            names[step.effect.key] = _called(step, text)
    return names | {DRY: WITHOUT}


def _called(step: Step, text: str) -> str:
    """Its name and level, also where these were given as `name@level`, of which the key has the settings alone."""
    if step.level is not None:
        return f"{step.family} {step.level:g}"
    return text.replace("@", " ") if "@" in text else step.family


def _mean_gains(rows: pd.DataFrame) -> str:
    parts = []
    for heard, told in TOLD.items():
        own = rows.loc[rows["heard"] == heard, "gain"].dropna()
        if len(own):
            parts.append(f"{told} {signed(own.mean())}")
    return f"Mean gain: {', '.join(parts)}." if parts else "No gain could be measured."


def _table(rows: pd.DataFrame) -> Table:
    frame = pd.DataFrame(
        {
            "encoder": rows["encoder"].to_numpy(),
            "method": rows["method"].to_numpy(),
            "tested": rows["tested"].to_numpy(),
            "effect": rows["row"].to_numpy(),
            "heard": rows["heard"].to_numpy(),
            "adapted dry": [number(value) for value in rows["plain"]],
            "with effects": [number(value) for value in rows["augmented"]],
            "gain": [words.gained(row) for row in rows.to_dict("records")],
        }
    )
    if frame["encoder"].nunique() < 2:
        del frame["encoder"]
    return Table("heard-effects", "Adapted with effects", frame, "Mean recall, means of runs.", rows=None)
