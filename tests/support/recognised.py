"""Findings of a recognition study as they could be, built by hand: every table in the shape that its maker gives it."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from wetdry.studies.recognition.config import RecognitionConfig
from wetdry.studies.recognition.findings import Findings

PLANE = ("valence", "arousal")
MEAN = "mean of the training labels"
HALF = 0.05
"""Half the width of every interval."""

MODELS = {
    MEAN: (0, "", "", "", "mean", ""),
    "handcrafted · linear": (1, "handcrafted", "features", "", "linear", ""),
    "handcrafted · xgboost": (1, "handcrafted", "features", "", "xgboost", ""),
    "handcrafted · pearson + xgboost": (1, "handcrafted", "features", "pearson", "xgboost", ""),
    "handcrafted · pearson + xgboost, chosen on all clips": (
        1,
        "handcrafted",
        "features",
        "pearson",
        "xgboost",
        "features chosen on all clips, the tested ones too",
    ),
    "cnn": (2, "logmel", "spectrogram", "", "cnn", ""),
    "se-gru-attention": (2, "logmel", "spectrogram", "", "se-gru-attention", ""),
    "vibenet pooled · linear": (3, "vibenet", "pooled", "", "linear", ""),
    "vibenet pooled · kernel": (3, "vibenet", "pooled", "", "kernel", ""),
    "vibenet · layer sum": (3, "vibenet", "all", "", "layer sum", ""),
    "handcrafted + vibenet · kernel": (4, "vibenet", "pooled", "", "kernel", ""),
    "ensemble": (4, "", "", "", "mean of estimates", ""),
}
"""Name → phase, encoder, layer, selection, head, leaks."""

WORTH = (-0.01, 0.10, 0.20, 0.15, 0.30, 0.05, 0.12, 0.25, 0.28, 0.22, 0.29, 0.27)
"""R² of each model on the first target; on every further one it is 0.1 higher, of all but the mean."""


def scores(worth=WORTH, targets=PLANE, models=MODELS, half=HALF):
    """The table `scores`, with intervals of ±`half` about every figure; the other metrics follow from R²."""
    worth = dict(zip(models, worth, strict=True))
    rows = []
    for model, (phase, encoder, layer, selection, head, leaks) in models.items():
        for place, target in enumerate(targets):
            r2 = worth[model] + (0.1 * place if phase else 0.0)
            honest = [
                value + (0.1 * place if models[name][0] else 0.0)
                for name, value in worth.items()
                if not models[name][-1]
            ]
            behind = r2 - max(honest)
            for metric in ("r2", "rmse", "mae", "ccc"):
                value = {"r2": r2, "rmse": 1.0 - r2, "mae": 0.8 - r2, "ccc": r2 / 2}[metric]
                of_r2 = metric == "r2"
                rows.append(
                    {
                        "phase": phase,
                        "model": model,
                        "encoder": encoder,
                        "layer": layer,
                        "selection": selection,
                        "head": head,
                        "target": target,
                        "metric": metric,
                        "value": value,
                        "low": value - half,
                        "high": value + half,
                        "seed_sd": np.nan,
                        "fold_mean": value - 0.01,
                        "fold_sd": 0.02,
                        "behind": behind if of_r2 else np.nan,
                        "behind_low": behind - half if of_r2 else np.nan,
                        "behind_high": behind + half if of_r2 else np.nan,
                        "clips": 40,
                        "groups": 20,
                        "folds": 5,
                        "seeds": 1,
                        "leaks": leaks,
                        "savable": phase > 0,
                        "parameters": 2048,
                        "seconds": 12.34,
                    }
                )
    return pd.DataFrame(rows)


def leaderboard(table):
    """The table `leaderboard` of a table `scores`."""
    wide = table.assign(column=table["metric"] + "_" + table["target"]).pivot(
        index="model", columns="column", values="value"
    )
    mean = table[table["metric"] == "r2"].groupby("model")["value"].mean().sort_values(ascending=False, kind="stable")
    about = table.drop_duplicates("model").set_index("model")[["phase", "parameters", "seconds", "leaks"]]
    return about.join(wide).loc[mean.index].reset_index()


def found(table=None, targets=PLANE, *, data="csv:clips.csv", unit="−1 to 1", more=None, **settings):
    """Findings with the tables that every study has, and `more`."""
    table = scores(targets=targets) if table is None else table
    clips = pd.DataFrame({"item": [f"clip{n}" for n in range(40)], "group": [f"song{n // 2}" for n in range(40)]})
    protocol = SimpleNamespace(
        how="5 parts in turn, whole groups of clips drawn with seed 0",
        torn=(),
        folds=[SimpleNamespace(validation=np.arange(4)) for _ in range(5)],
    )
    measured = SimpleNamespace(
        data=SimpleNamespace(name=data, synthetic=False),
        targets=SimpleNamespace(task=SimpleNamespace(names=tuple(targets))),
        unit=unit,
        clips=clips,
        groups=clips["group"].to_numpy(str),
        protocol=protocol,
        remarks=(),
        failures=pd.DataFrame(columns=["item", "path", "stage", "reason"]),
    )
    tables = {"scores": table, "leaderboard": leaderboard(table), "fits": fits(table), **(more or {})}
    return Findings(RecognitionConfig(data=data, **settings), measured, tables)


def fits(table):
    """A fit a model."""
    return pd.DataFrame(
        [
            {
                "model": model,
                "seed": 0,
                "fold": 0,
                "settings": "",
                "cross_validated": np.nan,
                "seconds": 12.34,
                "parameters": 2048,
            }
            for model in table["model"].unique()
        ]
    )


def beyond(targets=PLANE):
    """All tables that parts beside the models give, of 40 clips."""
    rng = np.random.default_rng(0)
    items = [f"clip{n}" for n in range(40)]
    ratings = pd.DataFrame({"item": items, "group": items} | {name: rng.uniform(-1, 1, 40) for name in targets})
    pairs = [(a, b) for a in targets for b in targets]
    correlations = pd.DataFrame(
        [{"row": a, "column": b, "r": 1.0 if a == b else 0.25, "low": 0.1, "high": 0.4} for a, b in pairs]
    )
    names = ["mfcc_1_mean", "contrast_2_mean", "tonnetz_6_std"]
    features = pd.DataFrame(
        [
            {"target": target, "feature": name, "r": r, "low": r - 0.1, "high": r + 0.1, "rank": rank}
            for target in targets
            for rank, (name, r) in enumerate(zip(names, (0.5, -0.4, 0.3), strict=True), 1)
        ]
    )
    shap = pd.DataFrame(
        [
            {"target": target, "feature": name, "item": item, "shap": size * (-1) ** n, "value": n / 39}
            for target in targets
            for name, size in zip(names, (0.02, 0.3, 0.1), strict=True)
            for n, item in enumerate(items)
        ]
    )
    selected = pd.DataFrame(
        [
            {"selection": "pearson", "fold": fold, "target": target, "feature": name}
            for target in targets
            for fold in range(2)
            for name in ("mfcc_1_mean", ("contrast_2_mean", "tonnetz_6_std")[fold])
        ]
    )
    curves = pd.DataFrame(
        [
            {"model": model, "seed": 0, "fold": fold, "epoch": epoch, "loss": 1.0, "r2": r2, "kept": epoch == 1 + fold}
            for model in ("cnn", "se-gru-attention")
            for fold in range(2)
            for epoch, r2 in enumerate((0.1, 0.2, 0.3))
        ]
    )
    weight = [0.25, 0.5, 0.25]
    attention = pd.DataFrame({"item": "clip0", "second": [0.0, 1.0, 2.0], "end": [1.0, 2.0, 3.0], "weight": weight})
    waveform = pd.DataFrame({"item": "clip0", "second": [0.0, 1.0, 2.0], "low": -0.5, "high": 0.5})
    maps = pd.concat(
        [
            pd.DataFrame(
                {
                    "encoder": "vibenet",
                    "layer": "pooled",
                    "method": method,
                    "item": items,
                    "x": ratings[targets[0]],
                    "y": rng.normal(size=40),
                }
            )
            for method in ("umap", "tsne")
        ],
        ignore_index=True,
    )
    layer_weights = pd.DataFrame(
        [
            {"encoder": "vibenet", "seed": 0, "fold": fold, "layer": layer, "position": place, "weight": w}
            for fold, weights in enumerate(((0.2, 0.8), (0.4, 0.6)))
            for place, (layer, w) in enumerate(zip(("block1", "block2"), weights, strict=True))
        ]
    )
    estimates = pd.DataFrame(
        [
            {
                "model": model,
                "seed": 0,
                "fold": 0,
                "item": item,
                "group": item,
                "target": target,
                "truth": truth,
                "estimate": 0.5 * truth,
            }
            for model in ("vibenet pooled · kernel", "handcrafted + vibenet · kernel")
            for target in targets
            for item, truth in zip(items, ratings[target], strict=True)
        ]
    )
    return {
        "ratings": ratings,
        "correlations": correlations,
        "features": features,
        "shap": shap,
        "selected": selected,
        "curves": curves,
        "attention": attention,
        "waveform": waveform,
        "maps": maps,
        "layer_weights": layer_weights,
        "estimates": estimates,
        "cross": cross(targets),
        **dynamic(targets),
    }


def cross(targets=PLANE):
    """Two data sets, each learnt from and each tested on: 0.4 within, −0.5 across."""
    return pd.DataFrame(
        [
            {
                "train": train,
                "test": test,
                "encoder": "vibenet",
                "layer": "pooled",
                "head": "linear",
                "target": target,
                "metric": metric,
                "value": 0.4 if train == test else -0.5,
                "low": -0.6,
                "high": 0.5,
                "clips": 40,
                "shared": 0,
            }
            for train in ("one", "other")
            for test in ("one", "other")
            for target in targets
            for metric in ("r2", "rmse", "ccc", "pearson")
        ]
    )


def dynamic(targets=PLANE):
    """Scores within songs of a mean and of a head on an encoder that has a lower error, and a song's curves."""
    heads = (("", "", MEAN, 0.3), ("vibenet", "pooled", "ridge", 0.2))
    scored = pd.DataFrame(
        [
            {
                "encoder": encoder,
                "layer": layer,
                "head": head,
                "target": target,
                "metric": metric,
                "value": np.nan if head == MEAN and metric == "pearson" else error,
                "low": error - 0.1,
                "high": error + 0.1,
                "songs": 6,
            }
            for encoder, layer, head, error in heads
            for target in targets
            for metric in ("rmse", "pearson", "ccc")
        ]
    )
    lines = pd.DataFrame(
        [
            {
                "item": "clip0",
                "encoder": encoder,
                "head": head,
                "target": target,
                "second": 15.0 + n / 2,
                "rated": n / 10,
                "estimated": n / 20,
            }
            for encoder, _, head, _ in heads
            for target in targets
            for n in range(10)
        ]
    )
    return {"dynamic": scored, "dynamic_estimates": lines}
