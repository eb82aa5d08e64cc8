"""A study of more vectors than memory holds: the same tables, from vectors that are never all in memory."""

import pickle
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from stored_vectors import put, spec, stored_layer

from wetdry.studies import backing
from wetdry.studies.checkpoints import Checkpoints
from wetdry.studies.deformations import DRY, Deformation, StoredDeformation
from wetdry.studies.grids import select_grids
from wetdry.studies.sensitivity import maps, parts, robustness
from wetdry.studies.sensitivity.analysis import analyse
from wetdry.studies.sensitivity.config import SensitivityConfig
from wetdry.studies.sensitivity.split import sides

(GRID,) = select_grids("reverb", "1-8")
CLIPS, DIM = 36, 5
CONFIG = SensitivityConfig(data="planted", maps=False, resamples=100, permutations=19, folds=3)


def planted(seed=4):
    rng = np.random.default_rng(seed)
    names = [f"{number:02x}" for number in range(CLIPS)]
    table = pd.DataFrame({"item": names, "path": names, "clip": names, "split": ""})
    table["label"] = [f"class {number % 2}" for number in range(CLIPS)]
    table["group"] = [f"g{number // 2}" for number in range(CLIPS)]
    dry = rng.standard_normal((CLIPS, DIM)) * np.geomspace(0.5, 5, DIM) + 0.5 * (np.arange(CLIPS) % 2)[:, np.newaxis]
    strength = np.arange(1.0, 1 + len(GRID.steps))[:, np.newaxis]
    wet = (
        dry[:, np.newaxis] + 0.2 * strength * np.eye(DIM)[1] + 0.3 * rng.standard_normal((CLIPS, len(GRID.steps), DIM))
    )
    return table.assign(side=sides(table, 0)[0]), dry.astype(np.float32), wet.astype(np.float32)


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for name, table in expected.items():
        pd.testing.assert_frame_equal(found[name], table, check_exact=True, obj=name)


@pytest.mark.parametrize("scale", ["dry", "none"])
def test_tables_are_the_same_to_the_last_bit_in_blocks(scale, monkeypatch):
    found = Deformation("planted", "l", GRID, *planted())
    config = CONFIG.model_copy(update={"scale": scale, "downstream": False})
    monkeypatch.setattr("wetdry.analysis.statistics.units.BLOCK", 7 * DIM * len(GRID.steps))
    monkeypatch.setattr("wetdry.analysis.primal_sums.ROWS_A_DIMENSION", 4)
    monkeypatch.setattr("wetdry.analysis.primal_sums.NUMBERS_AT_ONCE", 1)
    whole = analyse(found, config)
    assert_same(analyse(found, config, in_blocks=True), whole)
    assert len(whole["correlation"]) == 3
    assert np.isfinite(whole["correlation"]["ridge_held_out_r2"]).all()


def test_the_downstream_task_is_of_fewer_clips_where_memory_has_no_room_and_says_so(monkeypatch):
    found = Deformation("planted", "l", GRID, *planted())
    monkeypatch.setattr(robustness, "METHODS", {"mean displacement": robustness.METHODS["mean displacement"]})
    monkeypatch.setattr("wetdry.studies.sensitivity.analysis.MOST_NUMBERS", 20 * DIM * len(GRID.steps))
    whole, cut = analyse(found, CONFIG), analyse(found, CONFIG, in_blocks=True)
    (note,) = cut["notes"]["note"]
    assert note.startswith(
        "memory has no room for all clips: 20 of 26 were drawn for training and 10 of 10 for testing"
    )
    assert whole["notes"].empty
    assert len(whole["robustness"]) == len(cut["robustness"])
    assert not whole["robustness"]["auc"].equals(cut["robustness"]["auc"])
    assert cut["correlation"].equals(whole["correlation"])


def test_a_map_is_laid_out_with_some_of_very_many_clips_and_says_so(monkeypatch):
    found = Deformation("planted", "l", GRID, *planted())
    given = []

    def drawn(wet, dry, *, background, **_):
        given.append(background)
        return SimpleNamespace(
            wet=np.zeros((len(wet), wet.shape[1], 2)), dry=np.zeros((len(dry), 2)), trustworthiness=1.0
        )

    monkeypatch.setattr(maps, "trajectory_map", drawn)
    config = CONFIG.model_copy(update={"map_clips": 3})
    chosen = maps.drawn_clips(found.clips, config)
    assert maps.map_notes(found) == []
    maps.map_rows(found, chosen, config)
    monkeypatch.setattr(maps, "MOST_BACKGROUND", 11)
    maps.map_rows(found, chosen, config)
    assert [None if each is None else len(each) for each in given] == [None, CLIPS, None, 11]
    assert all((given[1] == row).all(axis=1).any() for row in given[3])
    assert maps.map_notes(found) == [
        "the one fitted on dry vectors is laid out with 11 of 36 clips, drawn with the seed, and those that are shown"
    ]


@pytest.fixture
def stored(tmp_path):
    """The planted vectors in a store, three clips a shard, but for one strength of one clip."""
    table, dry, wet = planted()
    layer = stored_layer(tmp_path / "store", DIM)
    for first in range(0, CLIPS, 3):
        vectors = {}
        for clip in range(first, first + 3):
            steps = zip((DRY, *GRID.steps), (dry[clip], *wet[clip]), strict=True)
            vectors |= {(table["clip"][clip], step.effect): vector[np.newaxis] for step, vector in steps}
        if first == 6:
            del vectors["07", GRID.steps[2].effect]
        put(layer, vectors)
    return StoredDeformation(layer, GRID, table, "one was lost")


@pytest.mark.parametrize("memory", [0.0, np.inf], ids=["in a file", "in memory"])
def test_a_deformation_is_read_whole_from_its_shards_but_for_clips_that_are_not(stored, memory, monkeypatch):
    monkeypatch.setattr("wetdry.analysis.statistics.units.BLOCK", 4 * DIM * len(GRID.steps))
    found = pickle.loads(pickle.dumps(stored)).read(memory)  # noqa: S301  as it goes to another process
    table, dry, wet = planted()
    kept = np.arange(CLIPS) != 7
    np.testing.assert_array_equal(found.dry, dry[kept])
    np.testing.assert_array_equal(found.wet, wet[kept])
    pd.testing.assert_frame_equal(found.clips, table[kept].reset_index(drop=True))
    assert (found.encoder, found.layer) == ("toy", "top")


class Measured(SimpleNamespace):
    def __len__(self):
        return 1


def test_parts_that_memory_cannot_hold_are_analysed_in_blocks_to_the_same_tables(stored, tmp_path, monkeypatch):
    view = SimpleNamespace(
        encoder=SimpleNamespace(spec=spec(DIM)), layers=("top",), key=stored.layer.key, recipe=stored.layer.recipe
    )
    measured = Measured(
        request=SimpleNamespace(plan=SimpleNamespace(views=[view]), grids=[GRID]),
        clips=stored.clips,
        largest=(CLIPS, len(GRID.steps), DIM),
        stored=lambda *_: stored,
    )
    config = CONFIG.model_copy(update={"downstream": False})
    asked = []
    monkeypatch.setattr(
        parts,
        "analyse",
        lambda *given, in_blocks, **more: asked.append(in_blocks) or analyse(*given, in_blocks=in_blocks, **more),
    )
    tables = []
    for free in (1e12, 1e4):
        for module in (parts, backing):
            monkeypatch.setattr(module, "free_memory", lambda free=free: free)
        (found,) = parts.parts(config, measured, Checkpoints(tmp_path / str(free)), 1)
        tables.append(found)
    assert asked == [False, True]
    assert_same(tables[1], tables[0])
