"""Findings of a transfer study as they could be, built by hand: every table in the shape that its maker gives it."""

import itertools
from types import SimpleNamespace

import numpy as np
import pandas as pd

from wetdry.studies.transfer.config import TransferConfig
from wetdry.studies.transfer.findings import Findings

DOMAINS = ("speech", "song")
CLASSES = ("angry", "calm", "fearful", "happy", "neutral", "sad")
HALF = 0.05
"""Half the width of every interval."""

TINY, OTHER, UNTRAINED, SPECTRUM = "tiny", "other", "untrained-tiny", "melstats"
LAYERS = {TINY: 4, OTHER: 3, UNTRAINED: 4, SPECTRUM: 2}
BASELINES = frozenset({UNTRAINED, SPECTRUM})
METHODS = {"frozen": 100, "weighted-sum": 104, "lora": 2_100, "gated": 9_108}
"""Method → numbers learnt."""

DIRECT, TWO, CONTROL, ZERO = "direct", "two stages", "control", "zero-shot"
PLANS = {DIRECT: 0.0, CONTROL: 0.01, TWO: 0.04, ZERO: -0.2}
"""Plan → what it adds to the score of a method."""


def bounded(value, half=HALF):
    return {"value": value, "low": value - half, "high": value + half}


def recall_of(encoder, position, tested):
    """Mean recall within a domain: best in layer 2 of `tiny` (0.6 of speech), song 0.1 above speech."""
    peak = {TINY: 0.6, OTHER: 0.5, UNTRAINED: 0.3, SPECTRUM: 0.35}[encoder]
    return peak - 0.05 * abs(position - 2) + (0.1 if tested == "song" else 0.0)


def probing():
    """Across domains 0.15 less than within, on a random split 0.08 more."""
    rows = []
    for encoder, layers in LAYERS.items():
        for position, learnt, tested in itertools.product(range(layers), DOMAINS, DOMAINS):
            within = recall_of(encoder, position, tested)
            shown = [("groups", within if learnt == tested else within - 0.15)]
            if learnt == tested:
                shown.append(("random", within + 0.08))
            for split, value in shown:
                for metric, less in (("recall", 0.0), ("accuracy", 0.01), ("macro_f1", 0.02)):
                    rows.append(
                        {
                            "encoder": encoder,
                            "baseline": encoder in BASELINES,
                            "layer": f"hidden{position}",
                            "position": position,
                            "probe": "linear",
                            "learnt": learnt,
                            "tested": tested,
                            "split": split,
                            "metric": metric,
                            **bounded(value - less),
                            "clips": 48,
                            "groups": 12,
                            "chance": 1 / 6 if metric == "recall" else np.nan,
                        }
                    )
    return pd.DataFrame(rows)


def domain_order(plan, tested):
    other = next(name for name in DOMAINS if name != tested)
    orders = {DIRECT: tested, TWO: f"{other} → {tested}", CONTROL: f"{tested} → {tested}", ZERO: other}
    return orders[plan]


def score_of(method, plan, tested):
    """0.5 for the frozen encoder on speech, 0.02 more for each next method, 0.1 more on song."""
    return 0.5 + 0.02 * list(METHODS).index(method) + PLANS[plan] + (0.1 if tested == "song" else 0.0)


def trainings():
    return itertools.product(METHODS, PLANS, DOMAINS)


def adapted_scores():
    return pd.DataFrame(
        [
            {
                "encoder": TINY,
                "method": method,
                "plan": plan,
                "learnt": domain_order(plan, tested),
                "tested": tested,
                "metric": metric,
                **bounded(score_of(method, plan, tested) - less),
                "seed_sd": 0.01,
                "clips": 48,
                "groups": 12,
                "seeds": 3,
                "splits": 4,
                "parameters": METHODS[method],
            }
            for method, plan, tested in trainings()
            for metric, less in (("recall", 0.0), ("accuracy", 0.01), ("macro_f1", 0.02))
        ]
    )


def adaptations():
    return pd.DataFrame(
        [
            {
                "encoder": TINY,
                "method": method,
                "plan": plan,
                "learnt": domain_order(plan, tested),
                "tested": tested,
                "split": split,
                "seed": seed,
                "recall": score_of(method, plan, tested) + 0.01 * (seed - 1),
                "accuracy": score_of(method, plan, tested),
                "epochs": 6 + seed,
                "kept": 2 + split,
                "parameters": METHODS[method],
                "head_parameters": 90,
                "seconds": 2.0,
                "train_clips": 24,
                "validation_clips": 12,
                "test_clips": 12,
            }
            for method, plan, tested in trainings()
            for split, seed in itertools.product(range(4), range(3))
        ]
    )


def gains():
    """Two stages add 0.04 to one and 0.03 to as much training; 0.02 a method to the frozen one. ± 0.035 about all."""
    rows = []
    for method, tested in itertools.product(METHODS, DOMAINS):
        of = {"two stages − direct": 0.04, "two stages − control": 0.03}
        if method != "frozen":
            of[f"{method} − frozen"] = 0.02 * list(METHODS).index(method)
        for (name, gain), emotion in itertools.product(of.items(), ("all", *CLASSES)):
            # The emotions lie about the gain over all.
            own = gain if emotion == "all" else gain + 0.02 * (CLASSES.index(emotion) - 2.5)
            rows.append(
                {
                    "encoder": TINY,
                    "method": method,
                    "tested": tested,
                    "of": name,
                    "emotion": emotion,
                    "gain": own,
                    "low": own - 0.035,
                    "high": own + 0.035,
                    "p": 0.01 if abs(own) > 0.035 else 0.4,
                    "survives": abs(own) > 0.035,
                    "clips": 48 if emotion == "all" else 8,
                    "groups": 12,
                    "seeds": 3,
                }
            )
    return pd.DataFrame(rows)


def confusions():
    """Half of a class are taken for the next one where a stage is missing, a quarter of it after two."""
    rows = []
    for (method, plan, tested), truth, estimate in itertools.product(trainings(), CLASSES, CLASSES):
        astray = 0.25 if plan == TWO else 0.5
        following = CLASSES[(CLASSES.index(truth) + 1) % len(CLASSES)]
        share = {truth: 1 - astray, following: astray}.get(estimate, 0.0)
        rows.append((TINY, method, plan, tested, truth, estimate, share, 8))
    columns = ["encoder", "method", "plan", "tested", "truth", "estimate", "share", "clips"]
    return pd.DataFrame(rows, columns=columns)


def adapt_curves():
    rows = []
    for method, plan, tested in trainings():
        for split, seed, stage in itertools.product(range(2), range(2), (1,) if plan in (DIRECT, ZERO) else (1, 2)):
            for epoch in range(5):
                score = 0.2 + 0.1 * epoch - 0.02 * epoch**2 + 0.01 * (split + seed) + 0.1 * (stage - 1)
                rows.append((TINY, method, plan, tested, split, seed, stage, epoch, 1.0, 1.1, score, epoch == 2))
    columns = ["encoder", "method", "plan", "tested", "split", "seed", "stage", "epoch", "loss"]
    return pd.DataFrame(rows, columns=[*columns, "validation_loss", "score", "kept"])


def layer_weights():
    """Of `weighted-sum` the third layer is the heaviest of speech, the second of song."""
    heavy = {"speech": (0.1, 0.2, 0.6, 0.1), "song": (0.1, 0.6, 0.2, 0.1)}
    return pd.DataFrame(
        [
            {
                "encoder": TINY,
                "method": "weighted-sum",
                "plan": plan,
                "tested": tested,
                "seed": seed,
                "split": 0,
                "layer": f"hidden{position}",
                "position": position,
                "weight": weight + 0.02 * (seed - 1) * (position - 1.5),
            }
            for plan, tested, seed in itertools.product((DIRECT, TWO), DOMAINS, range(3))
            for position, weight in enumerate(heavy[tested])
        ]
    )


def gates():
    return pd.DataFrame(
        [
            {
                "encoder": TINY,
                "plan": plan,
                "tested": tested,
                "seed": seed,
                "split": 0,
                "block": block,
                "gate": 0.1 + 0.1 * block + 0.01 * seed + (0.05 if tested == "song" else 0.0),
            }
            for plan, tested, seed, block in itertools.product((DIRECT, TWO), DOMAINS, range(3), range(3))
        ]
    )


def size_of(encoder, position, label):
    """Distances grow along the published order from angry to calm."""
    place = ("angry", "fearful", "happy", "sad", "neutral", "calm").index(label)
    return (1.0 + place) * (10.0 if encoder in BASELINES else 1.0) * (position + 1)


def distances():
    rows = []
    for encoder, layers in LAYERS.items():
        for position, label in itertools.product(range(layers), ("all", *CLASSES)):
            distance = 3.0 if label == "all" else size_of(encoder, position, label)
            rows.append(
                {
                    "encoder": encoder,
                    "layer": f"hidden{position}",
                    "label": label,
                    "unit": "clips",
                    "n": 48 if label == "all" else 8,
                    "dim": 384,
                    "distance": distance,
                    "equal": distance,
                    "infinity": distance / 2,
                    "infinity_low": distance / 4,
                    "infinity_high": distance,
                    "kernel": distance / 10,
                    "kernel_low": 0.0,
                    "kernel_high": distance / 5,
                    "floor": distance / 3,
                    "between": distance / 1.5,
                    "floor_rows": 24,
                    "heaviest": 0.1,
                    "heaviest_item": "A: clip0",
                    "biased": True,
                    "notes": "",
                    "baseline": encoder in BASELINES,
                    "position": position,
                }
            )
    return pd.DataFrame(rows)


def ranking():
    rows = []
    for encoder, layers in LAYERS.items():
        for position in range(layers):
            order = sorted(CLASSES, key=lambda label: size_of(encoder, position, label))
            for rank, label in enumerate(order, 1):
                distance = size_of(encoder, position, label)
                rows.append(
                    {
                        "encoder": encoder,
                        "layer": f"hidden{position}",
                        "label": label,
                        "unit": "clips",
                        "n": 8,
                        "groups": 12,
                        "distance": distance,
                        "low": 0.8 * distance,
                        "high": 1.2 * distance,
                        "rank": rank,
                        "rank_low": max(1, rank - 1),
                        "rank_high": min(len(CLASSES), rank + 1),
                        "nearest": 0.7 if rank == 1 else 0.06,
                        "baseline": encoder in BASELINES,
                        "position": position,
                    }
                )
    return pd.DataFrame(rows)


EFFECTS = {"reverb": (3.0, 6.0, 9.0), "distortion": (3.0, 6.0, 9.0)}


def steps():
    return [(effect, level, f"{effect}@{level:g}") for effect, levels in EFFECTS.items() for level in levels]


def effect_distances():
    """Reverb on both brings the domains closer, the more the stronger; on one side it takes them apart."""
    rows = []
    for (effect, level, key), wet, label in itertools.product(steps(), (*DOMAINS, "both"), ("all", *CLASSES)):
        share = (-0.05 if wet == "both" else 0.08) * level * (1.0 if effect == "reverb" else -0.2)
        dry = 3.0 if label == "all" else size_of(TINY, 2, label)
        rows.append(
            {
                "encoder": TINY,
                "layer": "hidden3",
                "position": 3,
                "effect": effect,
                "level": level,
                "key": key,
                "wet": wet,
                "label": label,
                "distance": dry * (1 + share),
                "dry": dry,
                "change": dry * share,
                "low": dry * (share - 0.1),
                "high": dry * (share + 0.1),
                "clips_first": 48 if label == "all" else 8,
                "clips_second": 48 if label == "all" else 8,
            }
        )
    return pd.DataFrame(rows)


def effect_scores():
    """A hundredth less of recall a level."""
    rows = []
    for (effect, level, key), learnt, tested in itertools.product(steps(), DOMAINS, DOMAINS):
        dry = recall_of(TINY, 3, tested) - (0.0 if learnt == tested else 0.15)
        change = -0.01 * level
        rows.append(
            {
                "encoder": TINY,
                "layer": "hidden3",
                "position": 3,
                "probe": "linear",
                "effect": effect,
                "level": level,
                "key": key,
                "learnt": learnt,
                "tested": tested,
                "metric": "recall",
                **bounded(dry + change),
                "change": change,
                "change_low": change - 0.02,
                "change_high": change + 0.02,
                "clips": 48,
                "groups": 12,
            }
        )
    return pd.DataFrame(rows)


def augmentation():
    heard = {"": "dry", "reverb@6": "in training", "lo-fi": "unseen"}
    add = {"": -0.01, "reverb@6": 0.1, "lo-fi": 0.04}
    return pd.DataFrame(
        [
            {
                "encoder": TINY,
                "method": method,
                "tested": tested,
                "effect": effect,
                "heard": kind,
                "plain": 0.4,
                "augmented": 0.4 + add[effect],
                "gain": add[effect],
                "low": add[effect] - 0.05,
                "high": add[effect] + 0.05,
                "clips": 48,
                "groups": 12,
                "seeds": 3,
            }
            for method, tested in itertools.product(("frozen", "lora"), DOMAINS)
            for effect, kind in heard.items()
        ]
    )


def published():
    return pd.DataFrame(
        [("HuBERT", "song", "speech → song", "PEFT", 93.1, True), ("HuBERT", "speech", "speech", "", 85.22, False)],
        columns=["model", "domain", "learnt", "method", "value", "comparable"],
    )


MAKERS = (
    *(probing, adapted_scores, adaptations, gains, confusions, adapt_curves, layer_weights, gates),
    *(distances, ranking, effect_distances, effect_scores, augmentation, published),
)


def every_table():
    """All tables there are, by name."""
    return {make.__name__: make() for make in MAKERS}


def failures(*reasons):
    return pd.DataFrame(
        [("song", f"clip{place}", f"clip{place}.wav", "decode", reason) for place, reason in enumerate(reasons)],
        columns=["domain", "item", "path", "stage", "reason"],
    )


def found(tables=None, *, failed=(), remarks=(), **settings):
    """Findings with some tables, all if None."""
    clips = pd.DataFrame(
        [
            {"domain": domain, "item": f"{domain}{place}", "group": f"actor{place % 12}", "label": CLASSES[place % 6]}
            for domain in DOMAINS
            for place in range(48)
        ]
    )
    every = np.arange(len(clips)) % 12
    folds = SimpleNamespace(probes=every % 5, random=every % 5, splits=every % 4, split_count=4)
    names = [SimpleNamespace(name=domain, dataset=SimpleNamespace(name="ravdess:/data/ravdess")) for domain in DOMAINS]
    measured = SimpleNamespace(
        domains=SimpleNamespace(names=DOMAINS, first=names[0], second=names[1], one_set=True),
        classes=CLASSES,
        clips=clips,
        domain=clips["domain"].to_numpy(str),
        groups=clips["group"].to_numpy(str),
        labels=clips["label"].to_numpy(str),
        views=[SimpleNamespace(encoder=SimpleNamespace(spec=SimpleNamespace(name=name))) for name in LAYERS],
        baselines=BASELINES,
        folds=folds,
        steps=(),
        failures=failures(*failed),
        remarks=(),
    )
    tables = every_table() if tables is None else tables
    return Findings(TransferConfig(data="ravdess:/data/ravdess", **settings), measured, tables, tuple(remarks))
