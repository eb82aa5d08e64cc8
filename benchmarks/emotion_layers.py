"""Which layers of a transformer carry the emotion of speech: a linear probe on each, on actors it never heard.

Run: python -m benchmarks.emotion_layers RAVDESS_SPEECH_FOLDER [ENCODER]

Files are named as RAVDESS names them (`03-01-05-01-02-01-12.ogg`: third field emotion, last one actor). The
six emotions that speech and song share are told apart by logistic regression on standardised vectors; each
fold holds out actors whole. The interval is a bootstrap over actors. `shuffled` is the same probe
on shuffled labels.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from wetdry.datasets import Dataset, Item
from wetdry.effects import Step
from wetdry.effects import effect as parse
from wetdry.encoders import encoder
from wetdry.extract import Bar, Plan, run
from wetdry.store import Store

EMOTIONS = {"01": "neutral", "02": "calm", "03": "happy", "04": "sad", "05": "angry", "06": "fearful"}
FOLDS = 5
RESAMPLES = 2000


def speech(folder: Path) -> Dataset:
    """The clips of the six emotions, grouped by actor."""
    items = []
    for path in sorted(folder.rglob("*.*g")):
        fields = path.stem.split("-")
        if len(fields) == 7 and fields[2] in EMOTIONS:
            items.append(Item(path.stem, path, {"emotion": EMOTIONS[fields[2]]}, group=f"actor{fields[6]}"))
    return Dataset("ravdess-speech", tuple(items))


def interval(hits: np.ndarray, actors: np.ndarray) -> tuple[float, float]:
    """95 % interval of the accuracy: actors are drawn with replacement."""
    rng = np.random.default_rng(0)
    names = np.unique(actors)
    right = np.array([hits[actors == name].sum() for name in names])
    count = np.array([(actors == name).sum() for name in names])
    draws = rng.integers(0, len(names), (RESAMPLES, len(names)))
    low, high = np.quantile(right[draws].sum(axis=1) / count[draws].sum(axis=1), [0.025, 0.975])
    return float(low), float(high)


def main() -> None:
    data = speech(Path(sys.argv[1]))
    model = encoder(sys.argv[2] if len(sys.argv) > 2 else "whisper-tiny.en-unpadded")
    layers = [layer.name for layer in model.spec.layers]
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        step = Step("identity", None, parse("identity"))
        run(Plan(data, [step], [model], layers={model.spec.name: layers}, pool="mean"), store, progress=Bar())
        tables = {layer: store.table(model.spec.key, layer).to_pandas() for layer in layers}
    emotion = {item.id: item.labels["emotion"] for item in data}
    print(f"{model.spec.key}: {len(data)} clips, {len({item.group for item in data})} actors, {FOLDS} folds")
    print(f"{'layer':>10} {'accuracy':>8} {'95 % interval':>15} {'balanced':>8} {'shuffled':>8}")
    rng = np.random.default_rng(0)
    for layer, table in tables.items():
        vectors = np.stack(table["vector"].to_numpy())
        labels = table["item"].map(emotion).to_numpy(dtype=str)
        actors = table["group"].to_numpy(dtype=str)
        probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=500))
        guess = cross_val_predict(probe, vectors, labels, groups=actors, cv=GroupKFold(FOLDS))
        null = rng.permutation(labels)
        chance = (cross_val_predict(probe, vectors, null, groups=actors, cv=GroupKFold(FOLDS)) == null).mean()
        hits = guess == labels
        low, high = interval(hits, actors)
        balanced = balanced_accuracy_score(labels, guess)
        print(f"{layer:>10} {hits.mean():8.3f} {f'{low:.3f}–{high:.3f}':>15} {balanced:8.3f} {chance:8.3f}")


if __name__ == "__main__":
    main()
