"""How far to believe the page: how folds were made, what leaks, how large the set is, what was left out."""

from __future__ import annotations

from collections.abc import Iterator

from wetdry.report import Block, Note, Section, Table
from wetdry.studies.phrases import counted
from wetdry.studies.recognition import words
from wetdry.studies.recognition.config import NETWORKS, TORCH_MLP
from wetdry.studies.recognition.findings import Findings
from wetdry.studies.recognition.published import DEAM, NAMES, published_models
from wetdry.studies.targets import AROUSAL, VALENCE

PUBLISHED_CLIPS = 1744
"""Songs of DEAM that most published figures shown here learnt from."""

MOST_REASONS = 10


def trust(found: Findings) -> list[Section]:
    """The protocol in words, warnings, and what others published."""
    blocks: list[Block] = [
        Note("trust", "Estimated, not felt", list(caveats(found))),
        *_warnings(found),
        *([_published(found)] if _comparable(found) else []),
        _fits(found),
    ]
    return [Section("How far to trust it", method(found), blocks)]


def method(found: Findings) -> str:
    """How every figure came about."""
    config, protocol = found.config, found.measured.protocol
    part = "from the middle" if config.start is None else f"from {config.start:g} s on"
    return (
        f"At most {config.seconds:g} s of each clip, {part}. Tested on {protocol.how}. Whatever is chosen, scaled or "
        f"tuned is so on training clips alone{_but_for_leaks(found)}: {_search(found)}{_stopping(found)}. R², RMSE, "
        "MAE and CCC are over all tested clips; intervals are bootstraps over groups of clips."
    )


def _but_for_leaks(found: Findings) -> str:
    return " (but for rows that leak)" if len(found.leaking) else ""


def _stopping(found: Findings) -> str:
    """What decides when training in epochs ends, where anything learns so."""
    if not _in_epochs(found):
        return ""
    validation = [len(fold.validation) for fold in found.measured.protocol.folds]
    about = f"{min(validation)}" if len(set(validation)) == 1 else f"{min(validation)} to {max(validation)}"
    return f"; networks and sums of layers stop by {about} clips of the training side"


def _search(found: Findings) -> str:
    how = {
        "grid": "every setting of a grid tried",
        "halving": "settings of a grid, the best third going on from fold to fold",
    }
    return how[found.config.search]


def caveats(found: Findings) -> Iterator[str]:
    """What a reader must keep in mind."""
    measured = found.measured
    clips, groups = len(measured.clips), len(set(measured.groups))
    models = found.honest["model"].nunique()
    yield (
        f"{counted(clips, 'clip')} in {counted(groups, 'group')}{_size(found)}. The best of "
        f"{counted(models, 'model')} was found on the clips that it is scored on, which flatters its figure."
    )
    if groups == clips:
        yield (
            "Every clip is a group of its own: where one artist or album has several clips, some may be on both sides."
        )
    larger = "" if found.scale is None else "; an error on a scale of 1 to 9 is four times as large"
    yield f"RMSE and MAE are in units of the labels{words.unit(found)}{larger}. R², CCC and r have no unit."
    if found.config.seeds == 1 and (_in_epochs(found) or (found.r2["head"] == TORCH_MLP).any()):
        yield "What starts at random was run once: with another seed models may change places."
    yield "An estimate is what listeners’ ratings of other clips make likely for this one, not what anyone feels."


def _size(found: Findings) -> str:
    if len(found.measured.clips) >= PUBLISHED_CLIPS or not _comparable(found):
        return ""
    return f": figures published on {PUBLISHED_CLIPS:,} songs cannot be expected"


def _in_epochs(found: Findings) -> bool:
    return bool((found.r2["phase"] == NETWORKS).any()) or not found.table("layer_weights").empty


def _warnings(found: Findings) -> Iterator[Block]:
    measured = found.measured
    torn = measured.protocol.torn
    if torn:
        yield Note(
            "warning",
            "This split leaks",
            [f"{len(torn)} groups have clips on both sides, such as {torn[0]}: models may know tested songs."],
        )
    if measured.data.synthetic:
        yield Note("info", "Generated music", ["The clips are rendered from generated scores."])
    remarks = [*measured.remarks, *found.table("remarks").get("remark", [])]
    if remarks:
        yield Note("info", "To know", list(dict.fromkeys(remarks)))
    if not measured.failures.empty:
        reasons = [str(reason) for reason in measured.failures["reason"].head(MOST_REASONS)]
        yield Note("warning", f"{len(measured.failures)} left out", ["What stands here is in no figure."], reasons)


def _comparable(found: Findings) -> bool:
    """Whether figures were published of any of the targets."""
    return not {VALENCE, AROUSAL}.isdisjoint(found.targets)


def _published(found: Findings) -> Table:
    own = f" and {NAMES[found.kind]}" if found.kind in NAMES and found.kind != DEAM else ""
    exchanged = (
        " The file of DEAM that circulates has valence and arousal of its first 744 songs exchanged; which of these "
        "figures that concerns is not known."
    )
    return Table(
        "published-figures",
        f"Published figures of DEAM{own}",
        published_models(found.kind, found.targets),
        "Measured by others, not here: other songs, splits and ways to choose what is reported. They say what is "
        f"within reach with so many songs.{exchanged}",
        rows=None,
    )


def _fits(found: Findings) -> Block:
    rows = found.tables["fits"]
    return Table(
        "fits",
        "Fits",
        rows,
        "One row a model, run and fold: settings, and the score by which they were chosen, from groups held out within "
        "the training side. Seconds differ from run to run.",
    )
