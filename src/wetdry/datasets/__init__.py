"""Where labelled recordings come from: one module a kind, one shape for all.

The docstring of each module is the card of its data set. Other packages add kinds through the entry
point group `wetdry.datasets`: an opener that takes what stands after the colon and gives a `Dataset`. What can
be fetched from a publisher is stated by a `Publication` in the group `wetdry.publications`.
"""

from wetdry.datasets.base import Dataset, Item, Opener, dataset, datasets
from wetdry.datasets.curves import Curve, curves
from wetdry.datasets.publishing.fetching import fetch
from wetdry.datasets.publishing.publication import Publication, publications, published
from wetdry.datasets.sets import (
    classes,
    deam,
    emomusic,
    emopia,
    emotify,
    etudes,
    folder,
    grekow,
    irmas,
    manifest,
    pmemo,
    ravdess,
    vgmidi,
)

__all__ = [
    "Curve",
    "Dataset",
    "Item",
    "Opener",
    "Publication",
    "classes",
    "curves",
    "dataset",
    "datasets",
    "deam",
    "emomusic",
    "emopia",
    "emotify",
    "etudes",
    "fetch",
    "folder",
    "grekow",
    "irmas",
    "manifest",
    "pmemo",
    "publications",
    "published",
    "ravdess",
    "vgmidi",
]
