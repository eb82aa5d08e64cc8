"""Probes of layers in which it is known what tells the classes: of one domain, of both, or the speaker alone."""

import pickle
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score

from wetdry.audio import Windows
from wetdry.errors import DataError
from wetdry.extract.plan import View
from wetdry.studies.checkpoints import Checkpoints
from wetdry.studies.deformations import DRY
from wetdry.studies.transfer import probing
from wetdry.studies.transfer.config import TransferConfig
from wetdry.studies.transfer.folds import folds
from wetdry.studies.transfer.measure import Measured

CLASSES = ("angry", "calm", "sad")
DOMAINS = ("speech", "song")
ACTORS, DIM = 18, 24
BASIS = np.linalg.qr(np.random.default_rng(7).standard_normal((DIM, DIM)))[0]
CONFIG = TransferConfig(data="planted", resamples=100)

COLUMNS = {
    "probing": [
        *("encoder", "baseline", "layer", "position", "probe", "learnt", "tested", "split", "metric"),
        *("value", "low", "high", "clips", "groups", "chance"),
    ],
    "probe_estimates": [
        *("encoder", "layer", "probe", "learnt", "tested", "split", "domain", "item", "group", "truth", "estimate"),
    ],
}


class Planted(Measured):
    """Clips whose vectors are given, layer by layer."""

    def __init__(self, clips, layers, config=CONFIG):
        spec = SimpleNamespace(name="ear", key="ear@1")
        view = View(SimpleNamespace(spec=spec), tuple(layers), Windows(10.0), "mean")
        super().__init__(
            domains=SimpleNamespace(names=DOMAINS, classes=CLASSES),
            clips=clips,
            views=(view,),
            baselines=frozenset(),
            steps=(),
            folds=folds(clips, config),
            store=None,
            failures=pd.DataFrame(),
            remarks=(),
        )
        object.__setattr__(self, "given", layers)
        object.__setattr__(self, "read", [])

    def vectors(self, view, layer, step=DRY):  # noqa: ARG002
        self.read.append(layer)
        return self.given[layer]


def _clips(of_actor=False):
    """Two clips of each class by every actor in both domains, or six of the actor's own class."""
    rows = [
        (domain, f"{domain}-{actor:02}-{number}", f"actor {actor}", CLASSES[(actor if of_actor else number) % 3])
        for domain in DOMAINS
        for actor in range(ACTORS)
        for number in range(6)
    ]
    clips = pd.DataFrame(rows, columns=["domain", "item", "group", "label"])
    return clips.assign(clip=clips["item"] + "#", path=clips["item"] + ".wav")


def _noise(clips, seed=0):
    return np.random.default_rng(seed).standard_normal((len(clips), DIM))


def _told(clips, first):
    """Each clip's class along three axes from `first` on."""
    return 4.0 * BASIS[first : first + 3][[CLASSES.index(label) for label in clips["label"]]]


def _tables(measured, config=CONFIG, folder=None):
    found = [job() for job in probing.jobs(config, measured, Checkpoints(folder))]
    return {name: pd.concat([each[name] for each in found], ignore_index=True) for name in COLUMNS}


def _recalls(clips, vectors):
    table = _tables(Planted(clips, {"pooled": vectors.astype(np.float32)}))["probing"].query("metric == 'recall'")
    return table.set_index(["learnt", "tested", "split"])


def test_what_tells_one_domain_alone_does_not_tell_the_other():
    clips = _clips()
    spoken = (clips["domain"] == "speech").to_numpy()[:, np.newaxis]
    found = _recalls(clips, _noise(clips) + spoken * _told(clips, 0))["value"]
    assert found["speech", "speech", "groups"] > 0.95
    for learnt, tested in (("song", "song"), ("speech", "song"), ("song", "speech")):
        assert abs(found[learnt, tested, "groups"] - 1 / 3) < 0.17, (learnt, tested)


def test_three_actors_are_learnt_from_without_a_warning():
    clips = _clips()
    few = clips[clips["group"].isin(["actor 0", "actor 1", "actor 2"])].reset_index(drop=True)
    found = _recalls(few, _noise(few) + _told(few, 0))["value"]
    assert (found > 0.9).all()


def test_what_tells_both_is_learnt_from_either():
    clips = _clips()
    shift = np.where((clips["domain"] == "song").to_numpy()[:, np.newaxis], 0.5 * BASIS[10], 0.0)
    found = _recalls(clips, _noise(clips) + _told(clips, 0) + shift)
    assert set(found.index) == {
        *((learnt, tested, "groups") for learnt in DOMAINS for tested in DOMAINS),
        *((domain, domain, "random") for domain in DOMAINS),
    }
    assert (found["value"] > 0.95).all()


def test_axes_of_their_own_teach_nothing_across():
    clips = _clips()
    sung = (clips["domain"] == "song").to_numpy()[:, np.newaxis]
    found = _recalls(clips, _noise(clips) + np.where(sung, _told(clips, 3), _told(clips, 0)))["value"]
    for domain, other in (DOMAINS, DOMAINS[::-1]):
        assert found[domain, domain, "groups"] > 0.95
        assert found[domain, other, "groups"] < 0.6


def test_a_voice_that_gives_the_class_away_leaks_at_random_and_to_no_held_out_group():
    """Each actor has one emotion and a voice that is the same in both domains: what is learnt is who speaks."""
    clips = _clips(of_actor=True)
    voices = 4.0 * np.random.default_rng(3).standard_normal((ACTORS, DIM))
    found = _recalls(clips, _noise(clips) + voices[clips["group"].str.removeprefix("actor ").astype(int)])
    value = found["value"]
    for domain, other in (DOMAINS, DOMAINS[::-1]):
        assert value[domain, domain, "random"] - value[domain, domain, "groups"] > 0.3
        assert abs(value[domain, domain, "groups"] - 1 / 3) < 0.2
        # The other domain has the same voices, but those that are tested were not learnt from there either.
        assert abs(value[domain, other, "groups"] - 1 / 3) < 0.2


@pytest.fixture(scope="module")
def tables():
    clips = _clips().drop(index=[0, 5, 120])
    measured = Planted(
        clips.reset_index(drop=True), {f"h{depth}": (_noise(clips) + depth * _told(clips, 0) / 3) for depth in (0, 1)}
    )
    return measured, _tables(measured)


def test_scores_are_those_of_the_estimates(tables):
    measured, found = tables
    assert {name: list(table.columns) for name, table in found.items()} == COLUMNS
    estimates = found["probe_estimates"]
    keys = ["encoder", "layer", "probe", "learnt", "tested", "split"]
    scores = found["probing"].set_index([*keys, "metric"])
    for key, said in estimates.groupby(keys):
        own = measured.clips[measured.clips["domain"] == key[4]]
        assert said["item"].tolist() == own["item"].tolist()
        assert said["truth"].tolist() == own["label"].tolist()
        expected = {
            "recall": balanced_accuracy_score(said["truth"], said["estimate"]),
            "accuracy": accuracy_score(said["truth"], said["estimate"]),
            "macro_f1": f1_score(said["truth"], said["estimate"], average="macro"),
        }
        for metric, value in expected.items():
            row = scores.loc[(*key, metric)]
            assert row["value"] == pytest.approx(value)
            assert row["low"] < value < row["high"]
            assert (row["clips"], row["groups"], row["chance"]) == (len(own), ACTORS, 1 / 3)
    assert len(scores) == 2 * 6 * 3
    assert found["probing"].groupby("layer")["position"].first().to_dict() == {"h0": 0, "h1": 1}
    # More of the class is in the second layer.
    deeper = found["probing"].query("metric == 'recall' and split == 'groups'").groupby("layer")["value"].min()
    assert deeper["h1"] > deeper["h0"]


def test_a_resumed_study_has_the_tables_of_an_undisturbed_one(tables, tmp_path):
    measured, undisturbed = tables
    measured.read.clear()
    first = next(probing.jobs(CONFIG, measured, Checkpoints(tmp_path)))
    first()
    again = _tables(measured, folder=tmp_path)
    assert measured.read == ["h0", "h1"]  # the first part's vectors were not read again
    for name, table in again.items():
        pd.testing.assert_frame_equal(table, undisturbed[name])


def test_a_part_is_a_layer_and_a_family_and_goes_to_another_process(tables):
    measured, undisturbed = tables
    config = CONFIG.model_copy(update={"probes": ("linear", "kernel", "linear")})
    assert probing.count(config, measured) == 4
    made = list(probing.jobs(config, measured, Checkpoints(None)))
    assert len(made) == 4
    sent = pickle.loads(pickle.dumps(made[0]))()  # noqa: S301
    expected = undisturbed["probing"].query("layer == 'h0'").reset_index(drop=True)
    pd.testing.assert_frame_equal(sent["probing"], expected)


def test_other_settings_are_other_parts(tables, tmp_path):
    measured, _ = tables
    one, other = (
        next(probing.jobs(CONFIG.model_copy(update={"resamples": draws}), measured, Checkpoints(tmp_path)))()["probing"]
        for draws in (100, 200)
    )
    pd.testing.assert_series_equal(one["value"], other["value"])
    assert not one["low"].equals(other["low"])


def test_a_class_of_two_groups_is_refused_before_anything_is_learnt():
    clips = _clips()
    few = clips[
        ~((clips["label"] == "sad") & (clips["domain"] == "song")) | clips["group"].isin(["actor 3", "actor 4"])
    ]
    measured = Planted(few.reset_index(drop=True), {"pooled": _noise(few)})
    with pytest.raises(DataError, match="“sad” in song is of so few groups"):
        probing.count(CONFIG, measured)
