"""`etudes` — short pieces composed by rule in four emotions: a generated, labelled, balanced corpus.

The pieces are synthetic. They exist so that a study can be tried, tested and demonstrated with nothing
to download, and checked against labels that are known exactly. What holds for them need not hold for
recorded music.

=========== =====================================================================================
items       `etudes` (40 pieces of 10 s, seed 0), `etudes:200`, or any of
            `etudes:count=200,seed=7,seconds=10`; stereo FLAC, 44.1 kHz
id          number, quadrant and instrument: `0007-Q4-piano`
group       the id: each clip is a piece of its own
labels      `valence`, `arousal` in [-1, 1] and `quadrant`: what the piece was composed for, by
            rule, and not what a listener reported; `instrument`: what plays it
split       none
licence     generated on this machine, no rights claimed; sounds of TimGM6mb (GPL-2.0)
=========== =====================================================================================

The four quadrants are Q1 excitement (+V +A), Q2 anger (-V +A), Q3 sadness (-V -A) and Q4 calmness
(+V -A). Every multiple of 40 pieces crosses them with ten General MIDI instruments in equal numbers, so
that neither tells of the other. Piece k depends on the seed, the length and k alone: `etudes:40` is the
beginning of `etudes:200`, byte for byte.

How emotion becomes music follows reviews of the experiments on musical structure [1]_ and expression
in performance [2]_: arousal raises tempo, rhythmic density, loudness, brightness and the detachment of
notes; valence chooses between major and minor modes, raises the register, makes melodies rise, sweetens
them with thirds and thins out dissonance.
Apart from the mode, which gives away the sign of valence, each cue is also moved a little at random.

References
----------
.. [1] A. Gabrielsson and E. Lindström, "The role of structure in the musical expression of emotions",
   in Handbook of Music and Emotion, Oxford University Press, 2010, ch. 14.
.. [2] P. N. Juslin and E. Lindström, "Musical expression of emotions: modelling listeners' judgements of
   composed and performed features", Music Analysis 29, 2010.
"""

from wetdry.datasets.base import Dataset, datasets


@datasets.register("etudes")
def open_etudes(where: str) -> Dataset:
    """Generated pieces in four emotions, nothing to download: `etudes`, `etudes:200`, `etudes:count=40,seed=7`."""
    from wetdry.datasets.sets.etudes.corpus import open_corpus

    return open_corpus(where)
