"""The two domains, such as speech and song, and the classes that both have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from wetdry.datasets import Dataset, dataset
from wetdry.errors import DataError
from wetdry.registry import did_you_mean
from wetdry.studies.labels import at_most, class_labels
from wetdry.studies.targets import targets_of
from wetdry.studies.transfer.config import TransferConfig

USUAL_DOMAINS = "channel"
USUAL_LABELS = ("emotion", "quadrant")

FEWEST_GROUPS = 3
"""Of each class in each domain: one to be tested on, one to choose settings by, one to learn from."""

MOST_TOLD = 6
"""Classes of a domain that an error lists."""


@dataclass(frozen=True, eq=False)
class Domain:
    """Clips of one kind of sound.

    Attributes
    ----------
    name
        Such as `speech`.
    dataset
        Its items, all of them of a class that the other domain has too.
    labels
        Item → class.
    """

    name: str
    dataset: Dataset
    labels: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Domains:
    """Both domains, the classes (sorted) that they share, and what a reader must know of the choice of clips."""

    first: Domain
    second: Domain
    classes: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def names(self) -> tuple[str, str]:
        return self.first.name, self.second.name

    @property
    def one_set(self) -> bool:
        """Whether both come from one data set."""
        return self.first.dataset.name == self.second.dataset.name

    def __iter__(self) -> Iterator[Domain]:
        return iter((self.first, self.second))


def open_domains(config: TransferConfig) -> Domains:
    """The clips of both domains in the classes that they share.

    Raises
    ------
    DataError
        Where a set cannot be told into two domains, labels are numbers, or fewer than two classes are shared.
    """
    found = _of_one_set(config) if config.other is None else _of_two_sets(config, config.other)
    names = _new_names(config.rename, set().union(*(domain.labels.values() for domain in found)))
    renamed = [replace(domain, labels=_renamed(domain.labels, names)) for domain in found]
    classes, remarks = _shared(*renamed)
    first, second = (_in_classes(domain, classes, config) for domain in renamed)
    return Domains(first, second, classes, tuple(remarks))


def _of_one_set(config: TransferConfig) -> list[Domain]:
    data = dataset(config.data)
    known = {name for item in data for name in item.labels}
    wanted = config.domains or USUAL_DOMAINS
    if config.domains is None and wanted not in known:
        raise DataError(
            f"{data.name} has no label “{wanted}” that tells two domains apart: name one with --domains, or give the "
            "second domain as a data set with --other."
        )
    of_item = class_labels(data, wanted)
    values = sorted(set(of_item.values()))
    if len(values) != 2:
        raise DataError(
            f"{data.name}: “{wanted}” has {len(values)} values ({', '.join(values[:5])}); two domains are compared: "
            "name a label of two values with --domains, or the second domain with --other."
        )
    if known == {wanted}:
        raise DataError(
            f"{data.name}: its one label, “{wanted}”, tells the domains apart: give its clips a label of classes "
            "too, such as emotion."
        )
    labels = _labels(data, config.label)
    # In the order in which the set has them: speech before song, as its files are numbered.
    order = list(dict.fromkeys(of_item[item.id] for item in data if item.id in of_item))
    return [
        Domain(value, replace(data, items=tuple(item for item in data if of_item.get(item.id) == value)), labels)
        for value in order
    ]


def _of_two_sets(config: TransferConfig, other: str) -> list[Domain]:
    if config.domains is not None:
        raise DataError("Two data sets are two domains by themselves: leave out --domains, or --other.")
    sets = [dataset(text) for text in (config.data, other)]
    if sets[0].name == sets[1].name:
        raise DataError(f"Both domains are {sets[0].name}: give another set with --other, or a label with --domains.")
    kinds = [data.name.partition(":")[0] for data in sets]
    names = kinds if kinds[0] != kinds[1] else [f"{kinds[0]} A", f"{kinds[1]} B"]
    return [Domain(name, data, _labels(data, config.label)) for name, data in zip(names, sets, strict=True)]


def _labels(data: Dataset, wanted: str | None) -> dict[str, str]:
    """Item → class, by the label that was named, or the usual one."""
    known = {name for item in data for name in item.labels}
    usual = next((name for name in USUAL_LABELS if name in known), None)
    targets = targets_of(data, wanted or usual)
    if not targets.task.classes:
        raise DataError(
            f"{data.name}: {', '.join(targets.task.names)} are numbers, and transfer is of classes that both domains "
            "have: name a label of classes with --label."
        )
    return {item: str(label) for item, label in targets.labels.items()}


def _new_names(rename: str | None, known: set[str]) -> dict[str, str]:
    names = {}
    for part in filter(None, (part.strip() for part in (rename or "").split(","))):
        old, sign, new = (piece.strip() for piece in part.partition("="))
        if not (sign and old and new):
            raise DataError(f'--rename takes OLD=NEW with commas, such as angry=Q2,sad=Q3, not "{part}".')
        if old not in known:
            raise DataError(f'--rename: no clip is of class "{old}": {did_you_mean(old, known)}')
        names[old] = new
    return names


def _renamed(labels: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    return {item: names.get(label, label) for item, label in labels.items()}


def _shared(first: Domain, second: Domain) -> tuple[tuple[str, ...], list[str]]:
    """The classes that both domains have of enough groups, and why others are left out."""
    groups = {domain.name: _groups_by_class(domain) for domain in (first, second)}
    remarks, kept = [], []
    for name in sorted(set().union(*groups.values())):
        count, where = min((len(of.get(name, ())), where) for where, of in groups.items())
        if count == 0:
            remarks.append(f"“{name}” is not in {where}, and so left out of both domains.")
        elif count < FEWEST_GROUPS:
            remarks.append(
                f"“{name}” is of fewer than {FEWEST_GROUPS} groups in {where}, of which one is tested, one chooses "
                "settings and one is learnt from, and so left out of both domains."
            )
        else:
            kept.append(name)
    if len(kept) < 2:
        told = "; ".join(f"{where} has {_with_counts(of)}" for where, of in groups.items())
        raise DataError(
            f"Two classes or more must be in both {first.name} and {second.name}, of {FEWEST_GROUPS} groups (actors, "
            f"songs) or more each: {told}: bring names together with --rename, name another --label, or give clips of "
            "more groups."
        )
    return tuple(kept), remarks


def _with_counts(groups: Mapping[str, set[str]]) -> str:
    """The first classes with the number of their groups."""
    return ", ".join(f"{name} ({len(groups[name])})" for name in sorted(groups)[:MOST_TOLD]) or "none"


def _groups_by_class(domain: Domain) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for item in domain.dataset:
        if item.id in domain.labels:
            found.setdefault(domain.labels[item.id], set()).add(item.group)
    return found


def _in_classes(domain: Domain, classes: tuple[str, ...], config: TransferConfig) -> Domain:
    items = tuple(item for item in domain.dataset if domain.labels.get(item.id) in classes)
    labels = {item.id: domain.labels[item.id] for item in items}
    chosen = at_most(replace(domain.dataset, items=items), labels, config.per_class, config.seed)
    return replace(domain, dataset=chosen, labels={item.id: labels[item.id] for item in chosen})
