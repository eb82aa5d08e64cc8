"""Looking at one item: which clip it is, and what of it is still to be computed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from wetdry.audio import Elsewhere, at_hand, load
from wetdry.datasets.base import Item
from wetdry.errors import AudioError
from wetdry.extract.ledger import Ledger
from wetdry.extract.plan import Plan
from wetdry.extract.work import Outcome, Task, reason, tasks
from wetdry.store import Failure, ItemRow


@dataclass
class Report:
    """What became of the variants of one item; `audio_seconds` is how much audio was embedded for it."""

    item: Item
    skipped: int = 0
    computed: int = 0
    failed: int = 0
    audio_seconds: float = 0.0
    failures: list[Failure] = field(default_factory=list)

    @property
    def variants(self) -> int:
        return self.skipped + self.computed + self.failed

    def add(self, plan: Plan, outcome: Outcome) -> None:
        """Count in what one of the item's tasks gave."""
        failed = {trouble.effect for trouble in outcome.troubles}
        self.failures += [
            failure(plan, self.item, trouble.stage, trouble.reason, effect=trouble.effect, encoder=trouble.encoder)
            for trouble in outcome.troubles
        ]
        self.failed += len(failed)
        self.computed += outcome.variants - len(failed)
        self.audio_seconds += outcome.audio_seconds


@dataclass
class Opened:
    """An item that was looked at: its row, None if it cannot be decoded, and its tasks that are not handed out."""

    report: Report
    row: ItemRow | None = None
    tasks: list[Task] = field(default_factory=list)
    pending: int = 0
    """Tasks that were handed out and have not come back."""


def open_item(item: Item, plan: Plan, ledger: Ledger) -> Opened:
    """Decode an item, unless all of its file's variants are there.

    Raises
    ------
    DataError
        Where files are in a bucket that is out of reach: that says nothing of the item.
    """
    try:
        file = at_hand(item.path)
        digest = file_hash(file)
        known = ledger.decoded(digest)
        if known is not None and not ledger.missing(known.clip):
            row = item_row(item, plan, digest, known.clip, known.seconds, known.sample_rate, known.channels)
            return Opened(Report(item, skipped=len(plan.variants)), row)
        clip = load(file, start=plan.start, seconds=plan.seconds)
        wanted = ledger.missing(clip.id)
    except (AudioError, MemoryError) as error:
        return Opened(unusable(item, plan, "decode", reason(error)))
    row = item_row(item, plan, digest, clip.id, clip.seconds, clip.sample_rate, clip.channels)
    return Opened(Report(item, skipped=len(plan.variants) - len(wanted)), row, tasks(clip, wanted))


def unusable(item: Item, plan: Plan, stage: str, why: str) -> Report:
    """The report of an item of which nothing can be computed."""
    return Report(item, failed=len(plan.variants), failures=[failure(plan, item, stage, why)])


def file_hash(path: Path | Elsewhere) -> str:
    """32 hex digits over the bytes of a file; empty where it cannot be read (decoding says why)."""
    try:
        if not isinstance(path, Path):
            return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    except (OSError, ValueError):
        return ""


def item_row(
    item: Item, plan: Plan, digest: str, clip: str, seconds: float, sample_rate: int, channels: int
) -> ItemRow:
    return ItemRow(
        dataset=plan.dataset.name,
        item=item.id,
        path=str(item.path),
        file_hash=digest,
        excerpt=plan.excerpt,
        clip=clip,
        group=item.group,
        split=item.split,
        labels=json.dumps(dict(item.labels), sort_keys=True, ensure_ascii=False, default=float),
        seconds=seconds,
        sample_rate=sample_rate,
        channels=channels,
    )


def failure(plan: Plan, item: Item, stage: str, why: str, *, effect: str = "", encoder: str = "") -> Failure:
    return Failure(plan.dataset.name, item.id, str(item.path), effect, encoder, stage, why)
