"""From a configuration to clips that every model hears."""

import numpy as np
import pandas as pd
import pytest
from rated_tones import rated_tones

from wetdry.errors import DataError, EncoderError
from wetdry.store import Store
from wetdry.studies.recognition import measure as room
from wetdry.studies.recognition.measure import check_varied, measure, plans, ratings_of
from wetdry.studies.recognition.study import configured


def test_clips_are_in_order_with_their_ratings_and_vectors(small_study):
    measured = small_study.measured
    assert list(measured.clips["item"]) == sorted(measured.clips["item"])
    assert len(measured.clips) == 28
    assert measured.names == ("valence", "arousal")
    assert measured.answers.shape == (28, 2)
    assert measured.vectors("handcrafted", "features").shape == (28, 386)
    assert measured.vectors("melstats", "mean+sd").shape == (28, 128)
    assert np.isfinite(measured.vectors("handcrafted", "features")).all()
    assert [view.encoder.spec.name for view in measured.views] == ["handcrafted", "melstats"]
    assert measured.heads_on == {"melstats": ["mean+sd"]}
    assert len(measured.protocol.folds) == 3
    assert measured.chunks is None


def test_what_cannot_be_used_is_a_failure_or_a_remark(small_study):
    measured = small_study.measured
    assert measured.failures["item"].tolist() == ["broken.wav"]
    assert measured.remarks == ("Not rated for valence, arousal, and so left out: 1 of 30 clips.",)


def test_ratings_are_as_the_data_set_has_them(small_study):
    measured = small_study.measured
    table = pd.read_csv(measured.data.name.removeprefix("csv:")).drop_duplicates("path").set_index("path")
    rated = table.loc[list(measured.clips["item"]), ["valence", "arousal"]].to_numpy()
    np.testing.assert_allclose(measured.targets_as_rated.of(list(measured.clips["item"])), rated)


def test_a_vector_that_is_no_number_leaves_the_clip_out(small_study, monkeypatch):
    measured = small_study.measured
    whole = room.matrix

    def torn(store, view, layer, clips, steps):
        found = whole(store, view, layer, clips, steps)
        if layer == "features":
            found.vectors[3] = np.nan
        return found

    monkeypatch.setattr(room, "matrix", torn)
    kept, failures = room._with_vectors(measured.clips, measured.store, measured.views)
    assert len(kept) == 27
    assert failures["item"].tolist() == [measured.clips["item"][3]]
    assert failures["reason"].tolist() == ["handcrafted features gave a vector that is no number, or none."]


def test_classes_are_for_another_study(tmp_path):
    table = rated_tones(tmp_path)
    lines = table.read_text().splitlines()
    table.write_text("\n".join(f"{line},{'quadrant' if n == 0 else f'Q{n % 4 + 1}'}" for n, line in enumerate(lines)))
    assert ratings_of(f"csv:{table}", None).targets.task.names == ("valence", "arousal")
    with pytest.raises(DataError, match=r"is a set of classes.*`wetdry study emotion`"):
        ratings_of(f"csv:{table}", "quadrant")


def test_a_target_that_is_the_same_for_all_clips_that_are_left_is_a_sentence():
    with pytest.raises(DataError, match='"arousal" is 2 for every clip that can be used'):
        check_varied(("valence", "arousal"), np.array([[1.0, 2.0], [2.0, 2.0]]))


def test_few_clips_are_a_sentence(tmp_path):
    config = configured(data=f"csv:{rated_tones(tmp_path, songs=9)}", phases=[1])
    with pytest.raises(DataError, match=r"Too few clips of .*: 18;"):
        measure(config, Store(tmp_path / "store"), folder=tmp_path, workers=1)


def test_features_are_of_whole_excerpts_whatever_the_window_of_encoders(small_study):
    config = small_study.config.model_copy(update={"window": 0.25})
    features, encoders = plans(config, small_study.measured.data)
    assert features.views[0].windows.seconds is None
    assert encoders.views[0].windows.seconds == 0.25


def test_the_features_are_no_encoder_of_phase_3(small_study):
    config = small_study.config.model_copy(update={"encoders": ("handcrafted",)})
    with pytest.raises(EncoderError, match="The handcrafted features are phase 1"):
        plans(config, small_study.measured.data)


def test_layers_of_one_width_are_embedded_where_a_sum_wants_them(small_study):
    wanted = {"encoders": ("vibenet",), "heads": ("linear", "layer-sum")}
    config = small_study.config.model_copy(update=wanted)
    *_, plan = plans(config, small_study.measured.data)
    (view,) = plan.views
    assert view.encoder.spec.default_layer in view.layers
    widths = [layer.dim for layer in view.encoder.spec.layers]
    commonest = max(widths, key=widths.count)
    summed = [layer.name for layer in view.encoder.spec.layers if layer.dim == commonest]
    assert set(summed) <= set(view.layers) if widths.count(commonest) > 1 else set(view.layers) == {"pooled"}


def test_numbers_are_studied_where_a_set_also_has_classes(tmp_path):
    table = tmp_path / "clips.csv"
    table.write_text("path,class,power,joy\n" + "".join(f"{i}.wav,{'ab'[i % 2]},{i},{-i}\n" for i in range(4)))
    assert ratings_of(f"csv:{table}", None).targets.task.names == ("power", "joy")
    with pytest.raises(DataError, match="is a set of classes"):
        ratings_of(f"csv:{table}", "class")
