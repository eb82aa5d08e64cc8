import numpy as np
import pytest
from planted_labels import planted

from wetdry.errors import DataError
from wetdry.probes import fit_probe, out_of_fold
from wetdry.probes.linear import LinearProbe
from wetdry.probes.material import Material
from wetdry.probes.scoring import log_loss
from wetdry.probes.search import searched
from wetdry.probes.splits import dealt

PENALTIES = tuple(10.0**power for power in range(4, -5, -1))


class Watched(LinearProbe):
    """Takes down which candidates were tried, and the outputs of each."""

    def outputs_at(self, candidates, vectors, task, answers, held_out):
        found = super().outputs_at(candidates, vectors, task, answers, held_out)
        self.seen.append(dict(zip([each["penalty"] for each in candidates], found, strict=True)))
        return found


@pytest.fixture(params=[False, True], ids=["numbers", "classes"])
def material(rng, request):
    vectors, values, labels, groups = planted(rng, rows=150, groups=50, noise=2.0)
    return Material.of(vectors, labels if request.param else values, groups, None)


def watched(search, given, penalties=PENALTIES):
    model, fold = Watched(), dealt(given.task, given.answers, given.groups, 3, 0)
    model.seen = []
    return searched(search, given, fold, [{"penalty": each} for each in penalties], model), model.seen, fold


def test_the_grid_is_tried_on_all_folds(material):
    _, seen, _ = watched("grid", material)
    assert [list(tried) for tried in seen] == [list(PENALTIES)] * 3


def test_the_better_third_goes_on_to_the_next_fold(material):
    _, seen, fold = watched("halving", material)
    assert [len(tried) for tried in seen] == [9, 3, 1]

    def loss(penalty, folds):
        answers = np.concatenate([material.answers[fold == number] for number in range(folds)])
        outputs = np.concatenate([tried[penalty] for tried in seen[:folds]])
        if material.task.classes:
            return log_loss(answers, outputs)
        return np.mean(np.square(answers - outputs).sum(axis=0) / material.answers.var(axis=0))

    assert set(seen[1]) == set(sorted(seen[0], key=lambda each: loss(each, 1))[:3])
    assert set(seen[2]) == set(sorted(seen[1], key=lambda each: loss(each, 2))[:1])


def test_the_score_is_that_of_all_folds(material):
    halved, _, _ = watched("halving", material)
    alone, _, _ = watched("grid", material, [PENALTIES[halved.number]])
    assert halved.score == pytest.approx(alone.score, rel=1e-3)
    # Of classes, where a penalty's solution starts from moves its last digits.
    assert watched("grid", material)[0].score >= halved.score - 1e-6


def test_of_equals_the_stronger_penalty_goes_on(rng):
    vectors, values, _, groups = planted(rng, noise=0.0)
    given = Material.of(vectors, values[:, 0], groups, None)
    _, seen, _ = watched("halving", given, [1.0, 1e-5, 1e-5, 1e-5])
    assert [list(tried) for tried in seen[1:]] == [[1e-5], [1e-5]]
    chosen, _, _ = watched("halving", given, [1e-5, 1e-5, 1e-5])
    assert chosen.number == 0


def test_a_fold_of_one_value_is_no_hindrance(rng):
    """Of the third part of the groups that come first, all have the same value, so that they have no R²."""
    vectors, values, _, groups = planted(rng, rows=60, groups=20)
    given = Material.of(vectors, values[:, 0], groups, None)
    _, _, fold = watched("grid", given)
    given.answers[fold == 0] = 0.5
    assert np.isfinite(watched("halving", given)[0].score)


def test_halving_serves_fitting_and_estimates_out_of_fold():
    """Of labels that are mostly noise, a first fold leads astray."""
    vectors, values, _, groups = planted(np.random.default_rng(1), rows=80, noise=3.0)
    candidates = {"grid": {"penalty": (10.0, 1.0, 0.1)}, "groups": groups}
    grid, halved = (fit_probe(vectors, values, search=each, **candidates) for each in ("grid", "halving"))
    assert (grid.settings, halved.settings) == ({"penalty": 1.0}, {"penalty": 10.0})
    assert grid.score > halved.score
    estimates = [
        out_of_fold(vectors, values, family="linear", search=each, **candidates)[0] for each in ("grid", "halving")
    ]
    assert np.abs(estimates[0] - estimates[1]).max() > 0.01


def test_an_unknown_search_is_a_sentence(rng):
    vectors, values, _, groups = planted(rng)
    with pytest.raises(DataError, match='Unknown search "halve": did you mean "halving"'):
        fit_probe(vectors, values, groups, search="halve")
