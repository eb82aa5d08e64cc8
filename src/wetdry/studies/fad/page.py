"""The report of a comparison: which sections, which words, which figures."""

from __future__ import annotations

import pandas as pd

from wetdry.report import Block, Figure, Note, Section, Table, charts
from wetdry.studies.fad import words
from wetdry.studies.fad.findings import Findings
from wetdry.studies.fad.terminal import BETWEEN

SHOWN_SONGS = 40


def lead(found: Findings) -> str:
    """The result in a sentence or two."""
    first, second = words.short_names(found.config.first, found.config.second)
    ranked = "" if found.ranking.empty else f" {words.order(found.ranking, str(found.config.by))}"
    return f"A is {first}, B is {second}. {words.answer(found)}{ranked}"


def sections(found: Findings) -> list[Section]:
    """The page from the answer to its evidence."""
    return [
        _whole(found),
        *([] if found.ranking.empty else [_labels(found)]),
        *([] if found.songs.empty else [_songs(found)]),
        _method(found),
    ]


def _whole(found: Findings) -> Section:
    blocks: list[Block] = []
    said = words.cautions(found)
    if said:
        blocks.append(Note("warning", "Before you believe a distance", items=said))
    rows = found.whole
    beside = pd.concat(
        [rows.assign(label=label, distance=rows[column]) for column, label in BETWEEN.items()], ignore_index=True
    )
    blocks += [
        Figure(
            "beside-floor",
            "Is A further from B than halves of either are from each other?",
            "Fréchet distances of equally many rows, mean over 20 deals of groups to halves. Between the sets each "
            "half is held against the other half, so that a voice in both is no likeness.",
            words.answer(found),
            charts.distance_ranking(beside[["encoder", "layer", "label", "distance"]]),
        ),
        Table(
            "distances",
            "Distances",
            found.tables["distances"],
            "FAD: of equally many rows on either side. FAD∞: what it would be of infinitely many, with 95 % limits of "
            "a jackknife over groups. KAD: kernel distance × 100, which is not larger of few rows. Between and floor: "
            "of half the rows, as in the figure.",
            {
                "encoder": "encoder",
                "layer": "layer",
                "label": found.config.by or "label",
                "n": "n",
                "dim": "dimensions",
                "equal": "FAD",
                **({"distance_all": "FAD of all"} if "distance_all" in rows else {}),
                "infinity": "FAD∞",
                "infinity_low": "from",
                "infinity_high": "to",
                "kernel": "KAD",
                "kernel_low": "from ",
                "kernel_high": "to ",
                "between": "between",
                "floor": "floor",
            },
            rows=None,
        ),
    ]
    return Section("How far apart", f"Rows are {found.config.unit}; lower is more alike, and 0 is the same.", blocks)


def _labels(found: Findings) -> Section:
    ranking, by = found.ranking, str(found.config.by)
    n, groups = int(ranking["n"].iloc[0]), int(ranking["groups"].iloc[0])
    text = words.order(ranking, by)
    floors = found.by_label.assign(distance=found.by_label["between"])
    return Section(
        f"Which {by} is nearest",
        f"Each {by} in A against the same {by} in B, all of {n} {found.config.unit} on either side; {groups} groups.",
        [
            Figure(
                "heat",
                f"Distance of each {by} in each layer",
                "Colours compare labels within a row; distances of different layers have different units.",
                text,
                charts.distance_heat(ranking),
            ),
            Figure(
                "ranking",
                f"From the nearest {by} to the farthest",
                "Fréchet distance with 95 % limits from halves of the groups.",
                text,
                charts.distance_ranking(
                    ranking[["encoder", "layer", "label", "distance", "low", "high", "rank", "nearest"]]
                ),
            ),
            Figure(
                "label-floors",
                "Beside the floor",
                "Point: between A and B. Tick: the floor, halves of A and of B, of as many rows. These are half the "
                "rows of a label, and not equally many of all labels as in the ranking.",
                "; ".join(
                    f"{row['encoder']} {row['layer']} {row['label']}: {words.figure(row['between'])}, floor "
                    f"{words.figure(row['floor'])}"
                    for row in found.by_label.to_dict("records")
                )
                + ".",
                charts.distance_ranking(floors[["encoder", "layer", "label", "distance", "floor"]]),
            ),
            Table(
                "ranking",
                "Ranking",
                ranking,
                f"Ranks over {found.config.halves} halves of the groups: the middle 95 %, and how often a label is the "
                "nearest.",
                {
                    "encoder": "encoder",
                    "layer": "layer",
                    "label": by,
                    "distance": "FAD",
                    "low": "from",
                    "high": "to",
                    "rank": "rank",
                    "rank_low": "best",
                    "rank_high": "worst",
                    "nearest": "nearest in",
                },
                rows=None,
            ),
        ],
    )


def _songs(found: Findings) -> Section:
    songs = found.songs
    fewest = int(songs["windows"].min())
    dim = int(found.whole["dim"].max())
    return Section(
        "File by file",
        "Each file of A against all windows of B, and files of B against the rest of B for comparison.",
        [
            Note(
                "warning",
                "Few windows",
                [
                    f"A file’s covariance is that of its own windows, here {fewest} or more in up to {dim} dimensions: "
                    "most of its distance is variance of B that so few windows cannot have, which depends on their "
                    "number. Compare files of about as many windows, and look at the part from the means."
                ],
            ),
            Table(
                "songs",
                "Files",
                songs,
                "Nearest first; then files of B, with rank 0. “B’s own nearer” is the share of them that is nearer.",
                {
                    "encoder": "encoder",
                    "layer": "layer",
                    "set": "set",
                    "rank": "rank",
                    "item": "file",
                    "windows": "windows",
                    "distance": "FAD",
                    "from_means": "from means",
                    "nearer": "B’s own nearer",
                },
                rows=SHOWN_SONGS,
            ),
        ],
    )


def _all_rows(found: Findings) -> str:
    return (
        " FAD of all is of the means and covariances of all rows, of which each is read once."
        if "distance_all" in found.whole
        else ""
    )


def _method(found: Findings) -> Section:
    config = found.config
    part = "All of each file" if config.seconds is None else f"At most {config.seconds:g} s of each file"
    level = (
        "Frame level: a row is a window, and windows of a group stay together."
        if config.frames
        else "Clip level: a row is the mean over a clip’s windows."
    )
    projected = ""
    if config.project is not None:
        kept, shift = found.whole["variance_kept"], found.whole["shift_kept"]
        projected = (
            f" Vectors are along the first {config.project} principal axes of the mean of both sets’ covariances, "
            f"which keep {kept.min():.0%} or more of the variance and {shift.min():.0%} or more of the squared "
            "distance of the means."
        )
    return Section(
        "Method",
        "Every row and more is in the tables folder.",
        [
            f"{part}. {level}{projected} The Fréchet distance is the squared one between Gaussians of both sets’ means "
            "and covariances, from singular values of the product of the centred vectors: exact, never negative, also "
            "of fewer rows than dimensions. It is too large of few rows, so sets are compared at equal numbers. FAD∞ "
            "is where a line through distances of a quarter to all rows over 1 / n ends; limits leave out a twentieth "
            "of the groups at a time. A group of one name in both sets is left out of both.",
            "Ranks: distances of halves of the groups, without replacement and the same for all labels, scatter as "
            "those of all groups do; each half’s departure from the mean of halves, stretched by Student’s t, is added "
            "to the distances, which are then ranked.",
            f"At most {config.rows} rows of a set are drawn. Seed {config.seed}.{_all_rows(found)}",
        ],
    )
