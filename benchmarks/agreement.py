"""How far the embedded estimator agrees with listeners; writes `studies/shift/agreement.json`.

    python -m benchmarks.agreement DATA

DATA holds `grekow/` (fragments of 6 s with valence and arousal rated by listeners) and `emotify/` (songs with
GEMS ratings of induced emotion; a song's rating is the share of listeners who chose the term).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from wetdry.analysis.agreement import agreement
from wetdry.audio import Windows, load
from wetdry.encoders import encoder
from wetdry.studies.estimators import estimating_layer

TARGET = Path(__file__).parents[1] / "src" / "wetdry" / "studies" / "shift" / "agreement.json"
WINDOW = Windows(5.0)
EMOTIFY_OFFSETS = {"classical": 0, "rock": 100, "electronic": 200, "pop": 300}
GEMS = ["calmness", "joyful_activation", "power", "sadness", "tenderness", "tension"]


def estimates(paths: list[Path]) -> pd.DataFrame:
    model = encoder("vibenet")
    layer = estimating_layer(model)
    rows = [model.embed(load(path), [layer.name], windows=WINDOW)[layer.name][0] for path in paths]
    return pd.DataFrame(rows, columns=list(layer.labels))


def comparison(estimate: pd.Series, rating: pd.Series, names: tuple[str, str], data: str) -> dict[str, Any]:
    found = agreement(estimate.to_numpy(float), rating.to_numpy(float))
    r = found.pearson
    row = {"estimate": names[0], "rating": names[1], "data": data, "n": len(rating)}
    return row | {"r": round(r.estimate, 3), "low": round(r.low, 3), "high": round(r.high, 3)}


def grekow(folder: Path) -> list[dict[str, Any]]:
    manifest = pd.read_csv(folder / "manifest.csv")
    found = estimates([folder / path for path in manifest["path"]])
    data = "rated 6 s fragments of ten genres"
    return [
        comparison(found["energy"], manifest["arousal"], ("energy", "arousal"), data),
        comparison(found["valence"], manifest["valence"], ("valence", "valence"), data),
        comparison(found["energy"], manifest["valence"], ("energy", "valence"), data),
        comparison(found["valence"], manifest["arousal"], ("valence", "arousal"), data),
    ]


def emotify(folder: Path) -> list[dict[str, Any]]:
    ratings = pd.read_csv(folder / "data.csv", skipinitialspace=True)
    ratings.columns = ratings.columns.str.strip()
    songs = sorted((folder / "audio").glob("*/*.ogg"))
    track = [EMOTIFY_OFFSETS[song.parent.name] + int(song.stem) for song in songs]
    shares = ratings.groupby("track id")[GEMS].mean().loc[track].reset_index(drop=True)
    found = estimates(songs)
    data = "songs of four genres with GEMS ratings"
    return [
        comparison(found[estimate], shares[term], (estimate, f"share hearing {term.replace('_', ' ')}"), data)
        for estimate in ("energy", "valence")
        for term in GEMS
    ]


def main() -> None:
    folder = Path(sys.argv[1])
    rows = grekow(folder / "grekow") + emotify(folder / "emotify")
    record = {"vibenet": {"window": WINDOW.key, "comparisons": rows}}
    TARGET.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(pd.DataFrame(rows).to_string(index=False))


if __name__ == "__main__":
    main()
