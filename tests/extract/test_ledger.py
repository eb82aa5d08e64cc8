"""The ledger against what the store says row by row, and what it costs to open."""

from pathlib import Path

import numpy as np
import pytest

from wetdry.audio import Windows
from wetdry.datasets.base import Dataset
from wetdry.effects import Gain, Identity, Step
from wetdry.encoders import Encoder, EncoderSpec, Layer
from wetdry.extract import Plan
from wetdry.extract.ledger import Ledger, position, positions
from wetdry.store import Embedded, ItemRow, Store, VariantKey

STEPS = [Step("identity", None, Identity()), *(Step("gain", float(i), Gain(gain_db=-float(i))) for i in range(1, 11))]
LAYERS = (Layer("low", 4), Layer("high", 4))


class Mute(Encoder):
    spec = EncoderSpec("mute", "1", 8000, Windows(1.0), LAYERS, "low", "GPL-3.0-or-later", "for tests")

    def forward(self, prepared, layers):
        return {layer: np.zeros((len(prepared), 4), np.float32) for layer in layers}


def plan(excerpt: float | None = None) -> Plan:
    return Plan(Dataset("d", ()), STEPS, [Mute()], {"mute": ["low", "high"]}, seconds=excerpt)


def clip_name(i: int) -> str:
    return f"{int(i) * 2_654_435_761 % 2**64:032x}"


def row(i: int, **changes: object) -> ItemRow:
    fields = {"path": f"/{i}.wav", "file_hash": clip_name(i + 10**6), "excerpt": "0/all", "clip": clip_name(i)}
    known = {"group": f"g{i}", "split": "", "labels": "{}", "seconds": i / 7, "sample_rate": 8000, "channels": 1}
    return ItemRow(**{"dataset": "d", "item": f"i{i}", **fields, **known, **changes})


def part(i: int, step: Step, recipe: str = "1s", revision: str | None = None) -> Embedded:
    key = VariantKey(step.effect.key, revision or step.effect.revision, recipe)
    return Embedded(
        clip_name(i), key, step.family, step.level, None, np.zeros(2, np.float32), np.zeros((2, 4), np.float32)
    )


def test_what_is_missing_is_what_the_rows_of_the_store_lack(tmp_path: Path, rng: np.random.Generator) -> None:
    store, wanted = Store(tmp_path), plan()
    store.append_items([row(i) for i in range(30)])
    held = {layer: rng.random((30, len(STEPS))) < 0.7 for layer in ("low", "high")}
    for there in held.values():
        there[:5] = True
    for layer, there in held.items():
        cells = rng.permutation(np.argwhere(there))
        for some in np.array_split(cells, 7):
            store.append(Mute.spec, layer, [part(i, STEPS[j]) for i, j in some])
    store.append(Mute.spec, "low", [part(3, STEPS[1], recipe="2s"), part(29, STEPS[2], revision="old")])
    store.append(Mute.spec, "low", [part(99, STEPS[1])])
    ledger = Ledger(wanted, store)
    for i in range(30):
        found = {
            (w.step.effect.key, layer) for w in ledger.missing(clip_name(i)) for _, names in w.layers for layer in names
        }
        assert found == {(STEPS[j].effect.key, n) for n, there in held.items() for j in np.flatnonzero(~there[i])}
    assert len(ledger.missing(clip_name(31))) == len(STEPS), "an unknown clip lacks everything"
    keys = store.keys("mute@1", "low")
    for i in range(30):
        lacking = {w.step.effect.key for w in ledger.missing(clip_name(i)) if any("low" in n for _, n in w.layers)}
        there = {
            key.effect for key in keys.get(clip_name(i), ()) if key.recipe == "1s" and key.effect_revision != "old"
        }
        assert lacking | there == {step.effect.key for step in STEPS}
        assert not lacking & there


def test_the_last_record_of_an_item_counts(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.append_items([row(1), row(2)])
    store.append_items([row(1, labels='{"a": 1}'), row(3, dataset="other"), row(4, excerpt="0/2")])
    ledger = Ledger(plan(), store)
    assert not ledger.has_item(row(1))
    assert ledger.has_item(row(1, labels='{"a": 1}'))
    assert ledger.has_item(row(2))
    assert not ledger.has_item(row(3)), "of another data set"
    known = ledger.decoded(row(3).file_hash)
    assert known is not None
    assert (known.clip, known.seconds, known.sample_rate) == (clip_name(3), 3 / 7, 8000)
    assert ledger.decoded(row(4).file_hash) is None, "of another excerpt"
    assert ledger.decoded("") is None
    assert Ledger(plan(2.0), store).decoded(row(4).file_hash) is not None


def test_every_hash_is_found_again() -> None:
    """As raw bytes, one in 256 would end in a zero, and NumPy would not find it."""
    names = np.array(sorted(clip_name(i << 8).encode() for i in range(600)))
    for at in range(600):
        assert position(names, names[at].decode()) == at
    assert (positions(names, names) == np.arange(600)).all()
    assert position(names, "f" * 32) is None
    assert position(names, "f" * 64) is None
    assert positions(names[:0], names).tolist() == [-1] * 600


@pytest.mark.parametrize("clips", [0, 1])
def test_an_empty_store_lacks_everything(tmp_path: Path, clips: int) -> None:
    store = Store(tmp_path)
    if clips:
        store.append_items([row(0)])
    ledger = Ledger(plan(), store)
    assert len(ledger.missing(clip_name(0))) == len(STEPS)
