import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from adaptable import make, tone, tones
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from wetdry.adapt import Adapted, AdaptSettings, Bottleneck, Frozen, Full, Gated, Lora, WeightedSum, adapt
from wetdry.audio import Windows
from wetdry.errors import CacheError, DataError, EncoderError

SETTINGS = AdaptSettings(epochs=4, patience=4, batch=6, head_rate=0.02, body_rate=0.005, device="cpu")
HELD_OUT = [f"speaker {place}" for place in range(3)]
GATED = Gated(width=8, first_block=1)
KILLED = """
import os, signal, sys
sys.path[:0] = [{support!r}]
from pathlib import Path
from adaptable import make, tones
from test_training import SETTINGS, HELD_OUT, Lora, adapt

def die(progress):
    if progress.stage == "training" and progress.done == 2:
        os.kill(os.getpid(), signal.SIGKILL)

folder = Path({folder!r})
adapt(make("hubert", folder / "hubert"), *tones()[:3], method=Lora(), validation=HELD_OUT, settings=SETTINGS,
      checkpoint=folder / "checkpoint", progress=die)
"""


@pytest.fixture(scope="module")
def hubert(tmp_path_factory):
    return make("hubert", tmp_path_factory.mktemp("tiny") / "hubert")


@pytest.fixture(scope="module")
def planted():
    return tones()


def fitted(base, planted, method=None, **options):
    clips, labels, groups, _ = planted
    method = method or Bottleneck(width=8)
    return adapt(
        base, clips, labels, groups, method=method, **{"settings": SETTINGS, "validation": HELD_OUT, **options}
    )


@pytest.fixture(scope="module")
def bottleneck(hubert, planted):
    return fitted(hubert, planted)


def assert_same(one, other):
    pd.testing.assert_frame_equal(one.curve, other.curve, check_exact=True)
    ours, theirs = one.tensors(), other.tensors()
    assert ours.keys() == theirs.keys()
    assert all(np.array_equal(each, theirs[name]) for name, each in ours.items())


class StoppedError(Exception):
    pass


@pytest.mark.parametrize("method", [Lora(), Gated(width=8)], ids=str)
def test_a_training_that_is_broken_off_goes_on_as_if_nothing_had_been(hubert, planted, tmp_path, method):
    def stop(progress):
        if progress.stage == "training" and progress.done == 2:
            raise StoppedError

    path = tmp_path / "checkpoint"
    with pytest.raises(StoppedError):
        fitted(hubert, planted, method, checkpoint=path, progress=stop)
    told = []
    resumed = fitted(hubert, planted, method, checkpoint=path, progress=told.append)
    whole = fitted(hubert, planted, method)
    assert_same(resumed, whole)
    assert [each.done for each in told if each.stage == "training"] == [3, 4]
    # A checkpoint of a finished training trains no more, and one of another training is refused.
    assert_same(fitted(hubert, planted, method, checkpoint=path, progress=None), whole)
    with pytest.raises(DataError, match="checkpoint of another training"):
        fitted(hubert, planted, method, checkpoint=path, settings=replace(SETTINGS, seed=1))
    other = (planted[0][::-1], *planted[1:])
    with pytest.raises(DataError, match="checkpoint of another training"):
        fitted(hubert, other, method, checkpoint=path)


def test_a_training_that_is_killed_goes_on_as_if_nothing_had_been(planted, tmp_path):
    tests = Path(__file__).parent
    support = str(tests.parent / "support")
    script = KILLED.format(support=support, folder=str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tests,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert (tmp_path / "checkpoint").exists()
    base = make("hubert", tmp_path / "hubert")
    resumed = fitted(base, planted, Lora(), checkpoint=tmp_path / "checkpoint")
    assert_same(resumed, fitted(base, planted, Lora()))


def test_the_seed_decides_and_nothing_else_is_drawn(hubert, planted, bottleneck):
    import torch

    torch.manual_seed(7)
    before = torch.get_rng_state()
    again = fitted(hubert, planted)
    assert torch.equal(before, torch.get_rng_state())
    assert_same(again, bottleneck)
    other = fitted(hubert, planted, settings=replace(SETTINGS, seed=1))
    assert not np.array_equal(other.tensors()["head.weight"], bottleneck.tensors()["head.weight"])


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        ("hubert", Frozen()),
        ("hubert", WeightedSum()),
        ("hubert", Lora(first_block=1)),
        ("whisper", Gated(width=8, first_block=1)),
    ],
    ids=str,
)
def test_kept_features_change_nothing(kind, method, tmp_path, monkeypatch):
    from wetdry.adapt import features

    planted = tones(speakers=5, seconds=0.2)
    base = make(kind, tmp_path / kind)
    grid = Windows(0.08)
    kept = fitted(base, planted, method, windows=grid)
    plain = fitted(base, planted, method, windows=grid, settings=replace(SETTINGS, keep_features=False))
    assert_same(kept, plain)
    monkeypatch.setenv("WETDRY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(features.Kept.__init__, "__defaults__", (3000,))
    assert_same(fitted(base, planted, method, windows=grid), kept)
    # The file has no name, so nothing is left behind.
    assert list((tmp_path / "cache").glob("*")) == []


def test_epochs_are_those_of_the_plain_loop(hubert, planted):
    """The whole network by its own definition on a batch of clips, one loss, AdamW: as one writes it."""
    import torch

    from wetdry.adapt.loop import device_of, network_of

    clips, labels, groups, _ = planted
    settings = replace(SETTINGS, epochs=2, warm_up=0.0, weight_decay=0.0, body_rate=1e-3)
    method = Lora(dropout=0.0, first_block=1)
    adapted = fitted(hubert, planted, method, settings=settings)
    network = network_of(hubert, method, 3, device_of(settings), 0)
    heard = torch.from_numpy(np.concatenate([hubert.prepare_clip(clip) for clip in clips]))
    classes = torch.tensor([adapted.task.names.index(label) for label in labels])
    train = np.flatnonzero(~np.isin(groups, HELD_OUT))

    def outputs(rows):
        means = network.network(heard[rows]).last_hidden_state.mean(dim=1)
        return network.head((means - start) / spread)

    with torch.no_grad():
        before = network.network(heard[train]).last_hidden_state.mean(dim=1)
        start, spread = before.mean(dim=0), before.std(dim=0, correction=0)
    body = [each for name, each in network.trained() if not name.startswith("head")]
    head = list(network.head.parameters())
    adam = torch.optim.AdamW([{"params": body, "lr": 1e-3}, {"params": head, "lr": 0.02}], weight_decay=0.0)
    losses = []
    for epoch in range(2):
        order = np.random.default_rng([0, epoch]).permutation(train)
        for rows in order.reshape(3, 6):
            loss = torch.nn.functional.cross_entropy(outputs(rows), classes[rows])
            adam.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_([*body, *head], 1.0)
            adam.step()
            losses.append(loss.item())
    assert adapted.curve["loss"][1:].tolist() == pytest.approx([np.mean(losses[:3]), np.mean(losses[3:])], rel=1e-5)


def test_features_go_to_the_disk_beyond_what_memory_may_take(tmp_path, monkeypatch):
    import torch

    from wetdry.adapt.features import Kept
    from wetdry.adapt.network import ClipFeatures

    monkeypatch.setenv("WETDRY_CACHE", str(tmp_path / "new"))
    kept = Kept(torch.device("cpu"), memory=400)
    given = [ClipFeatures(torch.full((1, 2), i), torch.full((i, 4, 5), float(i)), None) for i in (1, 3, 2, 4)]
    on_disk = []
    for each in given:
        kept.add(each)
        on_disk.append(kept.on_disk)
    assert on_disk == [False, False, True, True]
    for found, each in zip(kept.of([3, 0, 2, 1]), [given[i] for i in (3, 0, 2, 1)], strict=True):
        assert torch.equal(found.state, each.state)
        assert torch.equal(found.lower, each.lower)
    (tmp_path / "file").touch()
    monkeypatch.setenv("WETDRY_CACHE", str(tmp_path / "file"))
    with pytest.raises(CacheError, match="no room for the features"):
        Kept(torch.device("cpu"), memory=0).add(given[0])


def test_a_file_holds_what_was_learnt_and_gives_it_back(hubert, planted, bottleneck, tmp_path):
    path = tmp_path / "adapted.safetensors"
    bottleneck.save(path)
    back = Adapted.load(path, hubert, device="cpu")
    clips = planted[0][:5]
    assert np.array_equal(back.estimate(clips), bottleneck.estimate(clips))
    assert np.array_equal(back.vectors(clips), bottleneck.vectors(clips))
    assert_same(back, bottleneck)
    assert back.description() == bottleneck.description()
    assert back.parameters == bottleneck.parameters == 3 * (2 * 32 * 8 + 32 + 8) + bottleneck.head_parameters
    tensors = load_file(path)
    assert sum(each.size for each in tensors.values()) == back.parameters + 2 * 32  # And the standardisation.
    with safe_open(path, framework="np") as file:
        card = json.loads(file.metadata()["state"])
    assert card["encoder"] == hubert.spec.key
    assert card["method"] == "bottleneck"
    assert card["options"] == {"first_block": 0, "width": 8}
    assert card["task"] == {"names": ["high", "low", "middle"], "classes": True}
    assert card["held_out"] == HELD_OUT


def test_files_that_do_not_fit_are_refused(hubert, bottleneck, tmp_path):
    path = tmp_path / "adapted.safetensors"
    bottleneck.save(path)
    with pytest.raises(DataError, match=r"was learnt upon hubert-base@.*, not wav2vec2-base@"):
        Adapted.load(path, make("wav2vec2", tmp_path / "wav2vec2"))
    with safe_open(path, framework="np") as file:
        metadata, arrays = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    wider = {**arrays, "head.weight": np.zeros((4, 32), np.float32)}
    save_file(wider, tmp_path / "wider", metadata)
    with pytest.raises(DataError, match=r"its head\.weight does not fit"):
        Adapted.load(tmp_path / "wider", hubert)
    card = {**json.loads(metadata["state"]), "method": "lorra"}
    save_file(arrays, tmp_path / "renamed", {"state": json.dumps(card)})
    with pytest.raises(DataError, match=r"its card describes no adaptation \(Unknown method"):
        Adapted.load(tmp_path / "renamed", hubert)
    (tmp_path / "cut").write_bytes(path.read_bytes()[:500])
    save_file(arrays, tmp_path / "bare")
    for broken in ("cut", "bare"):
        with pytest.raises(DataError, match="is no adaptation that was saved whole"):
            Adapted.load(tmp_path / broken, hubert)
    with pytest.raises(DataError, match="cannot be read"):
        Adapted.load(tmp_path / "none", hubert)


@pytest.mark.parametrize(
    "change",
    [
        {"settings": {"seed": 0.5}},
        {"settings": {"seed": 2**64}},
        {"windows": [1e-300, None]},
        {"options": {"first_block": 2**64}},
        {"stages": 3},
    ],
)
def test_a_card_with_impossible_settings_is_refused_by_the_name_of_its_file(hubert, bottleneck, tmp_path, change):
    path = tmp_path / "adapted.safetensors"
    bottleneck.save(path)
    with safe_open(path, framework="np") as file:
        card, arrays = json.loads(file.metadata()["state"]), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    changed = {name: {**card[name], **value} if isinstance(value, dict) else value for name, value in change.items()}
    save_file(arrays, path, {"state": json.dumps({**card, **changed})})
    with pytest.raises(DataError, match=r"adapted\.safetensors: "):
        Adapted.load(path, hubert)


def test_weights_that_are_no_numbers_are_refused(hubert, bottleneck, planted, tmp_path):
    path = tmp_path / "adapted.safetensors"
    bottleneck.save(path)
    with safe_open(path, framework="np") as file:
        metadata, arrays = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    for value, said in ((np.nan, "is not finite; train it again"), (3e38, "")):
        save_file({**arrays, "head.weight": np.full_like(arrays["head.weight"], value)}, path, metadata)
        if said:
            with pytest.raises(DataError, match=rf"adapted\.safetensors: its head\.weight {said}"):
                Adapted.load(path, hubert)
            continue
        with pytest.raises(DataError, match="estimates what is no number: its weights are damaged"):
            Adapted.load(path, hubert).estimate(planted[0][0])


def test_a_second_stage_goes_on_from_the_first(hubert, planted, bottleneck):
    levels = tones(seed=1)
    renamed = (levels[0], ["shrill" if each == "high" else each for each in levels[1]], levels[2], levels[3])
    barely = replace(SETTINGS, epochs=1, body_rate=1e-12, head_rate=1e-12, weight_decay=0.0)
    other = fitted(hubert, renamed, settings=barely, start_from=bottleneck)
    learnt, start = other.tensors(), bottleneck.tensors()
    body = [name for name in start if name.startswith("inserted")]
    assert body
    assert all(np.allclose(learnt[name], start[name], atol=1e-9) for name in body)
    assert not np.allclose(learnt["head.weight"], start["head.weight"])
    assert not np.allclose(learnt["centre"], start["centre"])
    same = fitted(hubert, planted, settings=barely, start_from=bottleneck)
    best = bottleneck.curve[bottleneck.curve["kept"]].squeeze()
    assert same.curve["validation_loss"][0] == best["validation_loss"]
    assert np.allclose(same.tensors()["head.weight"], start["head.weight"], atol=1e-9)
    anew = fitted(hubert, planted, settings=barely, start_from=bottleneck, keep_head=False)
    assert not np.allclose(anew.tensors()["head.weight"], start["head.weight"])
    assert [each["clips"] for each in same.stages] == [18]
    assert bottleneck.stages == ()
    with pytest.raises(DataError, match="go on by the same method"):
        fitted(hubert, planted, Frozen(), start_from=bottleneck)


def test_a_first_stage_of_another_encoder_is_refused(planted, bottleneck, tmp_path):
    with pytest.raises(DataError, match="is of hubert-base"):
        fitted(make("wav2vec2", tmp_path / "wav2vec2"), planted, start_from=bottleneck)


def test_numbers_are_learnt_in_their_own_units(hubert, planted):
    clips, _, groups, pitches = planted
    values = np.stack([1000 + 50 * np.log2(pitches), -3 * np.log2(pitches)], axis=1)
    settings = replace(SETTINGS, epochs=12, patience=12)
    adapted = adapt(
        hubert, clips, values, groups, method=Lora(), validation=HELD_OUT, names=["cents", "down"], settings=settings
    )
    estimates = adapted.estimate(clips)
    held_out = np.isin(groups, HELD_OUT)
    truth, missed = values[held_out], (values - estimates)[held_out]
    r2 = 1 - np.square(missed).sum(axis=0) / np.square(truth - truth.mean(axis=0)).sum(axis=0)
    assert r2.mean() == pytest.approx(adapted.curve["score"].max(), abs=1e-5)
    assert (r2 > 0.7).all()
    assert adapted.task.names == ("cents", "down")


def test_a_clip_has_the_same_numbers_whatever_it_is_given_with(bottleneck, planted):
    clips = [planted[0][0], tone(500.0, np.random.default_rng(0), seconds=0.4), planted[0][1]]
    together = bottleneck.estimate(clips)
    assert np.array_equal(together, np.concatenate([bottleneck.estimate(clip) for clip in clips]))
    assert bottleneck.vectors(clips).shape == (3, 32)
    with pytest.raises(DataError, match="no clip to estimate"):
        bottleneck.estimate([])


def test_windows_of_a_clip_are_averaged(hubert, planted):
    import torch

    from wetdry.adapt.features import Computed
    from wetdry.adapt.loop import device_of, network_of

    frozen = fitted(hubert, planted, Frozen(), windows=Windows(0.1), settings=replace(SETTINGS, epochs=1))
    long = [tone(700.0, np.random.default_rng(0), seconds=2.03)]  # 20 windows, more than the encoder takes at a time.
    expected = hubert.embed(long, windows=Windows(0.1))["hidden3"]
    assert np.abs(frozen.vectors(long) - expected).max() < 1e-6 * np.abs(expected).max()
    every = hubert.embed(long, ["hidden1", "hidden3"], windows=Windows(0.1))
    for method in (Lora(first_block=1), Gated(first_block=1, width=8), Full(front_end=True)):
        network = network_of(hubert, method, 3, device_of(SETTINGS), 0)
        with torch.no_grad():
            layers = network.layers(Computed(network, hubert, long, Windows(0.1)).of([0]))[0].numpy()
        assert np.abs(layers[-1] - every["hidden3"]).max() < 1e-5 * np.abs(expected).max()
        assert len(layers) == (4 if method.layers else 1)
        assert not method.layers or np.abs(layers[1] - every["hidden1"]).max() < 1e-5 * np.abs(expected).max()


@pytest.mark.parametrize("method", [Lora(), Full(front_end=True)], ids=str)
def test_clips_shorter_than_a_frame_are_learnt_from_as_others(hubert, method):
    rng = np.random.default_rng(0)
    clips, labels, groups, pitches = tones(speakers=4, seconds=0.1)
    clips = [*clips, *(tone(900.0, rng, seconds=0.001 * length) for length in (1, 5, 30))]
    short = (clips, [*labels, "low", "middle", "high"], [*groups, *["brief"] * 3], pitches)
    adapted = fitted(hubert, short, method, validation=["speaker 0"], settings=replace(SETTINGS, epochs=2))
    assert np.isfinite(adapted.curve[["validation_loss", "score"]]).all().all()
    assert np.isfinite(adapted.estimate(clips[-3:])).all()


def test_a_class_may_be_missing_in_validation_but_not_in_training(hubert, planted):
    clips, labels, groups, _ = planted
    rows = [i for i in range(len(clips)) if not (groups[i] in HELD_OUT and labels[i] == "high")]
    fewer = tuple([part[i] for i in rows] for part in planted)
    adapted = fitted(hubert, fewer)
    assert adapted.task.names == ("high", "low", "middle")
    assert adapted.estimate(clips[:1]).shape == (1, 3)
    assert set((adapted.curve["score"] * 6).round(6)) <= set(range(7))  # Mean of two recalls of three clips each.
    rows = [i for i in range(len(clips)) if groups[i] in HELD_OUT or labels[i] != "high"]
    fewer = tuple([part[i] for i in rows] for part in planted)
    with pytest.raises(DataError, match="No clip is of class 'high'"):
        fitted(hubert, fewer)


def test_material_of_one_group_or_of_none_is_refused(hubert, planted):
    clips, labels, groups, pitches = planted
    with pytest.raises(DataError, match="All clips are of one group"):
        fitted(hubert, (clips, labels, ["only"] * len(clips), pitches))
    with pytest.raises(DataError, match="No clip is of group 'speaker 99'"):
        fitted(hubert, planted, validation=["speaker 99"])
    with pytest.raises(DataError, match="none is left to learn from"):
        fitted(hubert, planted, validation=sorted(set(groups)))
    with pytest.raises(DataError, match="No group was named"):
        fitted(hubert, planted, validation=[])
    with pytest.raises(DataError, match="27 clips do not fit 26 labels"):
        fitted(hubert, (clips, labels[1:], groups, pitches))
    with pytest.raises(DataError, match=r"Groups of shape \(26,\) do not fit 27 labels"):
        fitted(hubert, (clips, labels, groups[1:], pitches))
    still = np.where(np.isin(groups, HELD_OUT), 1.0, pitches)
    with pytest.raises(DataError, match="All validation clips have the same 'target'"):
        fitted(hubert, (clips, still, groups, pitches))


def test_a_fifth_of_the_groups_is_drawn_for_validation_by_the_seed(hubert, planted):
    drawn = [
        fitted(hubert, planted, Frozen(), validation=None, settings=replace(SETTINGS, epochs=1, seed=seed)).held_out
        for seed in (0, 0, 1)
    ]
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(drawn[0]) == 2


def test_class_weights_make_classes_count_the_same():
    from wetdry.adapt.material import Material

    labels = ["a"] * 6 + ["b"] * 2 + ["a", "b"]
    material = Material.of(labels, [1] * 8 + [2] * 2, validation=[2], names=None, seed=0)
    assert material.class_weights() == pytest.approx([0.5, 1.5])


def test_weighted_classes_change_the_loss(hubert, planted):
    clips, labels, groups, pitches = (part[:-2] for part in planted)
    uneven = (clips, labels, groups, pitches)
    plain, weighted = (
        fitted(hubert, uneven, Frozen(), settings=replace(SETTINGS, epochs=2, class_weights=on)).curve["loss"][1]
        for on in (False, True)
    )
    assert plain != weighted


def test_it_is_told_how_long_training_may_take(hubert, planted):
    told = []
    adapted = fitted(hubert, planted, progress=told.append)
    features = [each for each in told if each.stage == "features"]
    assert [each.done for each in features] == list(range(1, 28))
    assert features[-1].left == 0.0
    assert all(each.left >= 0 and each.total == 27 for each in features)
    training = [each for each in told if each.stage == "training"]
    # First after three steps, before an epoch is over.
    assert [each.done for each in training] == [0, 1, 2, 3, 4]
    assert training[0].spent == 0.0
    assert training[0].left > 0
    assert training[-1].left == 0.0
    assert training[-1].spent == adapted.seconds


def test_training_stops_where_validation_gets_no_better(hubert, planted):
    settings = replace(SETTINGS, epochs=40, patience=2)
    curve = fitted(hubert, planted, settings=settings).curve
    kept = int(curve.index[curve["kept"]][0])
    assert len(curve) - 1 == kept + 2 < 40
    best = curve.sort_values(["score", "validation_loss"], ascending=[False, True], kind="stable").index[0]
    assert kept == best
    assert np.isnan(curve["loss"][0])
    assert curve["loss"][1:].notna().all()


def test_rates_rise_while_it_warms_up(hubert, planted, tmp_path):
    """Adam's first step moves each weight of the head by its rate: a tenth of it in the first of ten warming steps."""
    from wetdry.adapt.loop import device_of, network_of

    start = network_of(hubert, Frozen(), 3, device_of(SETTINGS), 0).head.weight.detach().numpy()

    def stop(progress):
        if progress.stage == "training" and progress.done == 1:
            raise StoppedError

    def moved(warm_up):
        path = tmp_path / str(warm_up)
        settings = replace(SETTINGS, epochs=10, batch=18, weight_decay=0.0, warm_up=warm_up)
        with pytest.raises(StoppedError):
            fitted(hubert, planted, Frozen(), settings=settings, checkpoint=path, progress=stop)
        return np.abs(load_file(path)["now.head.weight"] - start)

    assert np.median(moved(0.0)) == pytest.approx(0.02, rel=1e-3)
    assert np.median(moved(1.0)) == pytest.approx(0.002, rel=1e-3)


def test_half_precision_is_for_gpus_and_for_training(hubert, planted, tmp_path):
    from wetdry.encoders import encoders

    with pytest.raises(DataError, match="bf16 saves no time on the cpu"):
        fitted(hubert, planted, settings=replace(SETTINGS, dtype="bf16"))
    with pytest.raises(DataError, match='Unknown precision "int8"'):
        replace(SETTINGS, dtype="int8")
    make("hubert", tmp_path / "hubert")
    coarse = encoders.get("hubert-base")(where=str(tmp_path / "hubert"), device="cpu", dtype="bf16")
    with pytest.raises(EncoderError, match="take it in fp32"):
        fitted(coarse, planted)


def test_a_loss_that_is_not_finite_is_told(hubert, planted):
    with pytest.raises(DataError, match="not finite after epoch"):
        fitted(hubert, planted, Full(), settings=replace(SETTINGS, body_rate=1e30, warm_up=0.0))


def test_importing_it_needs_no_torch():
    code = "import sys, wetdry.adapt; assert not {'torch', 'peft', 'transformers'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
