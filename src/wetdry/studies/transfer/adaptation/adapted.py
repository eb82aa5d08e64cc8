"""A course held: every adaptation trained, and asked about the clips of the groups that were held out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from wetdry.adapt import FeatureBank
from wetdry.analysis.statistics.units import Float64
from wetdry.effects import Effect
from wetdry.errors import AudioError, EffectError, EncoderError, WetdryError
from wetdry.studies.checkpoints import Tables
from wetdry.studies.tables import joined
from wetdry.studies.transfer.adaptation.course import STOP, TEST, Course
from wetdry.studies.transfer.adaptation.stages import AUGMENTED, DIRECT, ZERO_SHOT, Taught, taught
from wetdry.studies.transfer.folds import Counts

ADAPTATIONS, ESTIMATES, CURVES, WEIGHTS, GATES, FAILURES = (
    "adaptations",
    "adapted_estimates",
    "adapt_curves",
    "layer_weights",
    "gates",
    "failures",
)
ARROW = " → "


def attend(course: Course) -> Tables:
    """Train by every plan, and ask each about the clips held out.

    Returns
    -------
    dict
        `adaptations` (epochs, kept and seconds are those of the last stage, so that seconds add up),
        `adapted_estimates`, `adapt_curves`; `layer_weights` and `gates` where a method has them; `failures` of effects
        that clips were to be tested with.
    """
    found: list[Tables] = []
    direct: dict[str, Taught] = {}
    for each in taught(course):
        found.append(_told(course, each))
        domain = each.learnt[-1]
        if each.plan == DIRECT:
            direct[domain] = each
        if each.plan == AUGMENTED:
            found.append(_in_the_wet(course, domain, [direct[domain], each]))
    names = dict.fromkeys(name for tables in found for name in tables)
    whole = {name: joined([tables[name] for tables in found if name in tables]) for name in names}
    return {name: table for name, table in whole.items() if not table.empty}


def _told(course: Course, each: Taught) -> Tables:
    """What is known of an adaptation, and what it says of clips without an effect."""
    asked = [(each.plan, each.learnt[-1])]
    if each.plan == DIRECT:
        asked.append((ZERO_SHOT, course.other(each.learnt[0])))
    rows, estimates = [], []
    for plan, tested in asked:
        places = course.of(TEST, tested)
        who = _who(course, plan, each.learnt, tested)
        said = each.last.estimate(course.heard_as(places), bank=course.bank)
        estimates.append(_estimates(course, who, "", places, said))
        rows.append(who | _summary(course, each, plan, estimates[-1]))
    return {ADAPTATIONS: pd.DataFrame(rows), ESTIMATES: joined(estimates), **_insight(course, each)}


def _who(course: Course, plan: str, learnt: Sequence[str], tested: str) -> dict[str, Any]:
    return {
        "encoder": course.name,
        "method": course.method.name,
        "plan": plan,
        "learnt": ARROW.join(learnt),
        "tested": tested,
        "split": course.split,
        "seed": course.settings.seed,
    }


def _estimates(course: Course, who: dict[str, Any], effect: str, places: Counts, said: Float64) -> pd.DataFrame:
    """A row a clip, of the probabilities (clip, class)."""
    rows = course.clips.iloc[places]
    truth, estimate = rows["label"].to_numpy(str), np.array(course.classes)[said.argmax(axis=1)]
    return pd.DataFrame(
        {
            **who,
            "effect": effect,
            "item": rows["item"].to_numpy(str),
            "group": rows["group"].to_numpy(str),
            "truth": truth,
            "estimate": estimate,
            "confidence": said.max(axis=1),
            "correct": truth == estimate,
        }
    )


def _summary(course: Course, each: Taught, plan: str, estimates: pd.DataFrame) -> dict[str, Any]:
    """A row of `adaptations` but for who."""
    last = each.last
    return {
        "recall": float(estimates.groupby("truth")["correct"].mean().mean()),
        "accuracy": float(estimates["correct"].mean()),
        "epochs": int(last.curve["epoch"].iloc[-1]),
        "kept": int(last.curve["kept"].to_numpy().argmax()),
        "parameters": last.parameters,
        "head_parameters": last.head_parameters,
        "seconds": 0.0 if plan == ZERO_SHOT else last.seconds,
        "train_clips": last.clips // course.repeats,
        "validation_clips": len(course.of(STOP, each.learnt[-1])),
        "test_clips": len(estimates),
    }


def _insight(course: Course, each: Taught) -> Tables:
    """How training went, and what layers and gates came to weigh."""
    who = _who(course, each.plan, each.learnt, each.learnt[-1])
    curves = [stage.curve.assign(**who, stage=number) for number, stage in enumerate(each.stages, start=1)]
    head = ["encoder", "method", "plan", "tested", "split", "seed"]
    columns = [*head, "stage", "epoch", "loss", "validation_loss", "score", "kept"]
    found = {CURVES: joined(curves)[columns]}
    of_plan = {name: who[name] for name in ("encoder", "method", "plan", "tested", "seed", "split")}
    if (weights := each.last.layer_weights) is not None:
        layers = [layer.name for layer in course.base.spec.layers]
        found[WEIGHTS] = pd.DataFrame(
            {**of_plan, "layer": layers, "position": np.arange(len(layers)), "weight": weights}
        )
    if (gates := each.last.gates) is not None:
        del of_plan["method"]
        first = course.method.options()["first_block"]
        found[GATES] = pd.DataFrame({**of_plan, "block": first + np.arange(len(gates)), "gate": gates})
    return found


def _in_the_wet(course: Course, tested: str, several: Sequence[Taught]) -> Tables:
    """What adaptations say of the tested clips through each effect; each wet clip is made once for all of them."""
    estimates, failures = [], []
    places = course.of(TEST, tested)
    for effect in (*course.heard, *course.unseen):
        said: list[list[Float64]] = [[] for _ in several]
        whole = np.ones(len(places), dtype=bool)
        for number, place in enumerate(places):
            try:
                told = _of_one(course, place, effect, several)
            except (AudioError, EffectError, EncoderError) as error:
                whole[number] = False
                failures.append(_failure(course, place, effect, error))
                continue
            for rows, row in zip(said, told, strict=True):
                rows.append(row)
        for each, rows in zip(several, said, strict=True):
            if rows:
                who = _who(course, each.plan, each.learnt, tested)
                estimates.append(_estimates(course, who, effect.key, places[whole], np.concatenate(rows)))
    return {ESTIMATES: joined(estimates), FAILURES: pd.DataFrame(failures)}


def _of_one(course: Course, place: int, effect: Effect, several: Sequence[Taught]) -> list[Float64]:
    """Probabilities (1, class) that each adaptation has for one wet clip."""
    wet = course.heard_as(np.array([place]), [effect])
    # States of all clips through all effects would fill the disk, and no other training asks for them again.
    bank = course.bank if course.keeps_vectors else FeatureBank()
    return [each.last.estimate(wet, bank=bank) for each in several]


def _failure(course: Course, place: int, effect: Effect, error: WetdryError) -> dict[str, str]:
    row, of_effect = course.clips.iloc[place], isinstance(error, EffectError)
    return {
        **{name: str(row[name]) for name in ("domain", "item", "path")},
        "effect": effect.key,
        "encoder": "" if of_effect else course.base.spec.key,
        "stage": "effect" if of_effect else "encode",
        "reason": str(error),
    }
