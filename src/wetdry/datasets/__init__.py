"""Where labelled recordings come from: one module a kind, one shape for all.

The docstring of each module is the card of its data set. Other packages add kinds through the entry
point group `wetdry.datasets`: an opener that takes what stands after the colon and gives a `Dataset`.
"""

from wetdry.datasets import classes, etudes, folder, irmas, manifest
from wetdry.datasets.base import Dataset, Item, Opener, dataset, datasets

__all__ = ["Dataset", "Item", "Opener", "classes", "dataset", "datasets", "etudes", "folder", "irmas", "manifest"]
