"""Trees as plain arrays, so that they can be kept, checked and read without the library that grew them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from wetdry.analysis.statistics.units import Counts, Float64, blocks
from wetdry.probes.parts import Parts, Tensors

DEEPEST = 64
"""No walk takes more steps, whatever a file says."""

Single = npt.NDArray[np.float32]
Index = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Trees:
    """A forest whose leaves add up.

    Attributes
    ----------
    feature
        Dimension (node,) that each node asks for.
    threshold
        Below which (node,) a row goes left; in float32, as the trees were grown.
    children
        Left and right child (node, 2), numbers of nodes; both are the node itself for a leaf.
    value
        What a leaf adds (node,).
    roots
        First node (tree,) of each tree.
    output
        Output (tree,) to which each tree adds.
    base
        What the leaves add to (output,).
    depth
        Steps from a root to the farthest leaf.
    """

    feature: Index
    threshold: Single
    children: Index
    value: Single
    roots: Index
    output: Index
    base: Float64
    depth: int

    @classmethod
    def of_json(cls, model: bytes | bytearray, base: Float64) -> Self:
        """The trees of an XGBoost model saved as JSON; of a model of one output, all belong to output 0."""
        booster = json.loads(bytes(model))["learner"]["gradient_booster"]["model"]
        grown = booster["trees"]
        sizes = [len(tree["split_indices"]) for tree in grown]
        roots = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32)
        left, right = (
            np.concatenate([_children(tree[side], root) for tree, root in zip(grown, roots, strict=True)])
            for side in ("left_children", "right_children")
        )
        conditions = _joined(grown, "split_conditions").astype(np.float32)
        children = np.stack([left, right], axis=1).astype(np.int32)
        return cls(
            feature=_joined(grown, "split_indices").astype(np.int32),
            threshold=conditions,
            children=children,
            # XGBoost keeps what a leaf adds where other nodes keep their threshold.
            value=np.where(children[:, 0] == np.arange(len(children)), conditions, np.float32(0.0)),
            roots=roots,
            output=np.asarray(booster["tree_info"], dtype=np.int32),
            base=base,
            depth=_depth(children, roots),
        )

    @classmethod
    def of_sklearn(cls, grown: Sequence[Any], share: float = 1.0, base: float = 0.0) -> Self:
        """The `tree_` of each of scikit-learn's regression trees, of one output; leaves times `share`, upon `base`."""
        sizes = [tree.node_count for tree in grown]
        roots = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32)
        left, right = (
            np.concatenate([_children(getattr(tree, side), root) for tree, root in zip(grown, roots, strict=True)])
            for side in ("children_left", "children_right")
        )
        children = np.stack([left, right], axis=1).astype(np.int32)
        is_leaf = left == np.arange(len(left))
        feature, threshold, value = (
            np.concatenate(each)
            for each in zip(*((tree.feature, tree.threshold, tree.value[:, 0, 0]) for tree in grown), strict=True)
        )
        return cls(
            feature=np.where(is_leaf, 0, feature).astype(np.int32),
            threshold=np.where(is_leaf, np.float32(0.0), _just_above(threshold)),
            children=children,
            value=np.where(is_leaf, share * value, 0.0).astype(np.float32),
            roots=roots,
            output=np.zeros(len(roots), dtype=np.int32),
            base=np.array([base]),
            depth=_depth(children, roots),
        )

    @property
    def numbers(self) -> int:
        """Numbers that were learnt: where each node splits and by which dimension, and what each leaf adds."""
        leaves = int((self.children[:, 0] == np.arange(len(self.children))).sum())
        return 2 * (len(self.children) - leaves) + leaves

    def first(self, rounds: int) -> Trees:
        """What had been grown after so many rounds: as many trees of each output, from the first one on."""
        of_output = self.output[:, np.newaxis] == np.arange(len(self.base))
        early = (of_output.cumsum(axis=0) <= rounds)[np.arange(len(self.output)), self.output]
        return replace(self, roots=self.roots[early], output=self.output[early])

    def outputs(self, rows: Float64) -> Float64:
        """Sums (n, output) for rows (n, dim) without missing values, compared in float32, as they were grown."""
        with np.errstate(over="ignore"):
            # What is too large for float32 is infinite, and on the same side of every threshold.
            single = rows.astype(np.float32)
        belongs = (self.output[:, np.newaxis] == np.arange(len(self.base))).astype(np.float64)
        found = np.empty((len(rows), len(self.base)))
        for part in blocks(len(rows), len(self.roots)):
            found[part] = self.value[self._leaves(single[part])].astype(np.float64) @ belongs
        return found + self.base

    def _leaves(self, rows: Single) -> Counts:
        """The leaf (n, tree) in which each row ends."""
        count, dim = rows.shape
        flat, children = rows.ravel(), self.children.ravel()
        begin = (np.arange(count) * dim)[:, np.newaxis]
        node = np.tile(self.roots.astype(np.int64), (count, 1))
        for _ in range(self.depth):
            right = flat[begin + self.feature[node]] >= self.threshold[node]
            node = children[2 * node + right].astype(np.int64)
        return node

    def tensors(self) -> Tensors:
        """All of it as arrays, numbers in float64 as those of other probes."""
        return {
            "trees.feature": self.feature,
            "trees.threshold": self.threshold.astype(np.float64),
            "trees.children": self.children,
            "trees.value": self.value.astype(np.float64),
            "trees.root": self.roots,
            "trees.output": self.output,
            "trees.base": self.base,
        }

    @classmethod
    def restored(cls, parts: Parts, dim: int, outputs: int) -> Self:
        """What `tensors` gave, checked so that every walk ends in a node of the forest."""
        feature = parts.take("trees.feature", (None,), np.int32)
        nodes = len(feature)
        children = parts.take("trees.children", (nodes, 2), np.int32)
        roots = parts.take("trees.root", (None,), np.int32)
        output = parts.take("trees.output", (len(roots),), np.int32)
        own = np.arange(nodes)[:, np.newaxis]
        is_leaf = (children == own).all(axis=1)
        # Children come after their parents, so that no walk runs in circles.
        parts.check("trees.children", bool((is_leaf | (children > own).all(axis=1)).all() and (children < nodes).all()))
        parts.check("trees.feature", bool(((feature >= 0) & (feature < dim)).all()))
        parts.check("trees.root", bool(((roots >= 0) & (roots < nodes)).all()))
        parts.check("trees.output", bool(((output >= 0) & (output < outputs)).all()))
        depth = _depth(children, roots)
        parts.check("trees.children", depth <= DEEPEST)
        return cls(
            feature,
            parts.take("trees.threshold", (nodes,)).astype(np.float32),
            children,
            parts.take("trees.value", (nodes,)).astype(np.float32),
            roots,
            output,
            parts.take("trees.base", (outputs,)),
            depth,
        )


def side_by_side(forests: Sequence[Trees]) -> Trees:
    """One forest of many, with the outputs of the first, then those of the second, and so on."""
    nodes = np.cumsum([0, *(len(each.feature) for each in forests)], dtype=np.int32)
    outputs = np.cumsum([0, *(len(each.base) for each in forests)], dtype=np.int32)
    return Trees(
        np.concatenate([each.feature for each in forests]),
        np.concatenate([each.threshold for each in forests]),
        np.concatenate([each.children + first for each, first in zip(forests, nodes[:-1], strict=True)]),
        np.concatenate([each.value for each in forests]),
        np.concatenate([each.roots + first for each, first in zip(forests, nodes[:-1], strict=True)]),
        np.concatenate([each.output + first for each, first in zip(forests, outputs[:-1], strict=True)]),
        np.concatenate([each.base for each in forests]),
        max(each.depth for each in forests),
    )


def _joined(trees: list[dict[str, Any]], name: str) -> npt.NDArray[Any]:
    return np.concatenate([np.asarray(tree[name]) for tree in trees])


def _just_above(thresholds: Float64) -> Single:
    """The smallest float32 (node,) above each threshold: scikit-learn goes left up to a threshold, `Trees` below it."""
    rounded = thresholds.astype(np.float32)
    return np.where(rounded > thresholds, rounded, np.nextafter(rounded, np.float32(np.inf)))


def _children(given: Sequence[int], root: int) -> Counts:
    """Numbers in the forest of one tree's children; a leaf, of which its library says −1, is its own child."""
    children = np.asarray(given, dtype=np.int64)
    return root + np.where(children < 0, np.arange(len(children)), children)


def _depth(children: Index, roots: Index) -> int:
    """Steps until every walk has ended, or more than `DEEPEST`."""
    level, depth = np.unique(roots), 0
    while depth <= DEEPEST:
        below = children[level]
        level = np.unique(below[(below != level[:, np.newaxis]).any(axis=1)])
        if not level.size:
            break
        depth += 1
    return depth
