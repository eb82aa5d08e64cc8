import itertools
from collections import Counter

import numpy as np
import pytest

from wetdry.datasets.sets.etudes.character import SCALES
from wetdry.datasets.sets.etudes.compose import compose, plan
from wetdry.datasets.sets.etudes.instruments import INSTRUMENTS
from wetdry.datasets.sets.etudes.notes import Tonality

PIECES = 200
SECONDS = 10.0


@pytest.fixture(scope="module")
def plans():
    return [plan(index, seed=3) for index in range(PIECES)]


@pytest.fixture(scope="module")
def scores(plans):
    return [compose(piece, SECONDS) for piece in plans]


def correlation(values, others) -> float:
    return float(np.corrcoef(values, others)[0, 1])


def test_quadrants_and_instruments_are_crossed_in_equal_numbers(plans):
    cells = Counter((piece.character.quadrant, piece.instrument.name) for piece in plans)
    expected = itertools.product(["Q1", "Q2", "Q3", "Q4"], [i.name for i in INSTRUMENTS])
    assert cells == dict.fromkeys(expected, PIECES // 40)


def test_labels_lie_in_their_quadrant_and_are_not_neutral(plans):
    signs = {"Q1": (1, 1), "Q2": (-1, 1), "Q3": (-1, -1), "Q4": (1, -1)}
    for piece in plans:
        c = piece.character
        assert (np.sign(c.valence), np.sign(c.arousal)) == signs[c.quadrant]
        assert 0.3 <= abs(c.valence) <= 1.0
        assert 0.3 <= abs(c.arousal) <= 1.0


def test_arousal_drives_tempo_density_and_loudness_and_detaches_notes(plans):
    arousal = [p.character.arousal for p in plans]
    for cue in ("tempo", "density", "velocity"):
        assert correlation(arousal, [getattr(p.character, cue) for p in plans]) > 0.9, cue
    assert correlation(arousal, [p.character.articulation for p in plans]) < -0.9


def test_valence_drives_register_and_mode_and_thins_out_dissonance(plans):
    valence = [p.character.valence for p in plans]
    major_third = [4 in SCALES[p.character.mode] for p in plans]
    assert major_third == [v > 0 for v in valence]
    assert correlation(valence, [p.character.register for p in plans]) > 0.8
    assert correlation(valence, [p.character.dissonance for p in plans]) < -0.8


def test_valence_and_arousal_are_not_confounded(plans):
    assert abs(correlation([p.character.valence for p in plans], [p.character.arousal for p in plans])) < 0.1
    assert abs(correlation([p.character.valence for p in plans], [p.character.tempo for p in plans])) < 0.1


def test_notes_follow_the_plan(plans, scores):
    """The rules must reach the notes, not only the plan."""
    arousal = np.array([p.character.arousal for p in plans])
    notes_a_second = np.array([len({n.start for n in score if n.part == "melody"}) / SECONDS for score in scores])
    velocity = [np.mean([n.velocity for n in score if n.part == "melody"]) for score in scores]
    assert correlation(arousal, notes_a_second) > 0.8
    assert correlation(arousal, velocity) > 0.9
    assert notes_a_second[arousal > 0].mean() > 2 * notes_a_second[arousal < 0].mean()


def test_dissonance_is_in_the_chords(plans, scores):
    """Pairs of harmony keys struck within 40 ms that lie a semitone, tritone or major seventh apart."""

    def harsh(score) -> float:
        chords = [n for n in score if n.part == "harmony"]
        pairs = [
            abs(a.pitch - b.pitch) % 12 for a, b in itertools.combinations(chords, 2) if abs(a.start - b.start) < 0.04
        ]
        return float(np.mean([interval in (1, 6, 11) for interval in pairs])) if pairs else np.nan

    share = np.array([harsh(score) for score in scores])
    positive = np.array([p.character.valence > 0 for p in plans])
    assert np.nanmean(share[~positive]) > 4 * np.nanmean(share[positive])


def test_every_piece_fits_its_length_and_its_instruments_range(plans, scores):
    for piece, score in zip(plans, scores, strict=True):
        assert min(n.start for n in score) < 0.1
        assert SECONDS - 1.5 < max(n.start + n.length for n in score) < SECONDS
        assert all(1 <= n.velocity <= 127 and n.length > 0 for n in score)
        lead = [n.pitch for n in score if n.part in {"melody", "harmony"}]
        assert piece.instrument.low <= min(lead) <= max(lead) <= piece.instrument.high


def test_melodies_return_to_their_motif(scores):
    """Intervals of the opening come back: a piece repeats itself more than its shuffled notes do."""

    def repeated(pitches) -> float:
        figures = Counter(zip(np.diff(pitches), np.diff(pitches)[1:], np.diff(pitches)[2:], strict=False))
        return sum(count for count in figures.values() if count > 1) / max(1, sum(figures.values()))

    rng = np.random.default_rng(440)
    lines = [[n.pitch for n in score if n.part == "melody"] for score in scores]
    long_lines = [line for line in lines if len(line) > 16]
    assert len(long_lines) > 50
    own = np.mean([repeated(line) for line in long_lines])
    shuffled = np.mean([repeated(rng.permutation(line)) for line in long_lines])
    assert own > 3 * shuffled


def test_a_piece_depends_on_seed_and_index_alone(plans, scores):
    assert compose(plan(17, seed=3), SECONDS) == scores[17]
    assert compose(plan(17, seed=4), SECONDS) != scores[17]
    assert plan(17, seed=3) == plans[17]


def test_chords_stack_thirds_of_the_scale_near_the_centre():
    minor = Tonality(9, SCALES["minor"])
    for root, expected in {0: {9, 0, 4}, 3: {2, 5, 9}, 5: {5, 9, 0}}.items():
        chord = minor.chord(root, 60.0)
        assert {pitch % 12 for pitch in chord} == expected
        assert all(abs(pitch - 60) <= 6 for pitch in chord)
