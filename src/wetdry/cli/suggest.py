"""`wetdry suggest`: which effects move a song's estimated emotion to a goal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wetdry.cli.options import TablesAsJson, Workers, a_seed, finite, not_a_file
from wetdry.cli.printing import out, print_link, print_table
from wetdry.cli.results import print_json, write_page


def suggest(
    song: Annotated[str, typer.Argument(help="Audio file, or its URL in a bucket.", show_default=False)],
    toward: Annotated[
        str | None,
        typer.Option(
            help="A mood: calm, happy, sad, angry, energetic, … (a wrong one lists them).", show_default=False
        ),
    ] = None,
    by: Annotated[
        float | None,
        typer.Option(callback=finite, help="How far, as a share of the scale (default: 0.1).", show_default=False),
    ] = None,
    valence: Annotated[
        float | None,
        typer.Option(callback=finite, help="Change of valence instead of a mood, such as +0.2.", show_default=False),
    ] = None,
    energy: Annotated[
        float | None,
        typer.Option(callback=finite, help="Change of energy (arousal), such as -0.1.", show_default=False),
    ] = None,
    encoder: Annotated[str, typer.Option(help="Which encoder's estimates to use; with --probe, its encoder.")] = (
        "vibenet"
    ),
    probe: Annotated[
        Path | None,
        typer.Option(help="Probe that estimates instead, a file of `wetdry probe train`.", show_default=False),
    ] = None,
    effects: Annotated[
        str | None,
        typer.Option(
            help="Comma-separated effects: names, searched over their levels, or keys, taken as they are. "
            "Default: every effect with levels but pitch_shift, which is slow, and gain.",
            show_default=False,
        ),
    ] = None,
    longest: Annotated[int, typer.Option(min=1, max=4, help="Effects in a chain at most.")] = 2,
    budget: Annotated[
        float | None,
        typer.Option(
            callback=finite,
            help="Seconds for the search (default: 60, or none with --evaluations).",
            show_default=False,
        ),
    ] = None,
    evaluations: Annotated[
        int | None,
        typer.Option(help="Effects tried at most: the same number gives the same result.", show_default=False),
    ] = None,
    start: Annotated[
        float | None,
        typer.Option(
            min=0,
            callback=finite,
            help="Start of the part to use, in seconds (default: the middle of the file is used).",
            show_default=False,
        ),
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=1, callback=finite, help="How much of the song to use at most, in seconds.")
    ] = 60.0,
    cost: Annotated[str, typer.Option(help="What is kept small: spectral or embedding.")] = "spectral",
    candidates: Annotated[int, typer.Option(min=1, max=20, help="Candidates rendered at most.")] = 5,
    any_loudness: Annotated[
        bool, typer.Option("--any-loudness", help="Judge effects as loud as they come, not at the dry song's loudness.")
    ] = False,
    seed: Annotated[int, typer.Option(callback=a_seed, help="Seed of the bootstrap.")] = 0,
    workers: Workers = None,
    folder: Annotated[Path, typer.Option("--out", callback=not_a_file, help="Folder for report and audio.")] = Path(
        "wetdry-suggest"
    ),
    as_json: TablesAsJson = False,
) -> None:
    """Find the least audible effects that move a song's estimated emotion to a goal."""
    from wetdry import report
    from wetdry.extract import Bar
    from wetdry.suggest import checked_config, find
    from wetdry.suggest.page import study_result
    from wetdry.suggest.rendered import write_audio
    from wetdry.suggest.tables import summary
    from wetdry.suggest.words import lead

    config = checked_config(
        toward=toward,
        by=by,
        valence=valence,
        energy=energy,
        encoder=encoder,
        probe=probe,
        effects=effects,
        longest=longest,
        budget=budget,
        evaluations=evaluations,
        start=start,
        seconds=seconds,
        cost=cost,
        candidates=candidates,
        any_loudness=any_loudness,
        seed=seed,
    )
    report.check_folder(folder)
    bar = Bar()
    found = find(song, config, workers=workers, progress=bar)
    write_audio(found, folder / "audio")
    result = study_result(found, workers=workers, progress=bar)
    page = write_page(result, folder)
    if as_json:
        print_json(result.all_tables())
        return
    out.print(lead(found), soft_wrap=True)
    if found.candidates:
        short = summary(found)
        # Keys are long, and are to be copied: they stand below the table, unfolded.
        rows = [
            {str(name): value for name, value in row.items() if name != "effect"} for row in short.to_dict("records")
        ]
        print_table(f"Share of the goal reached, and cost in {found.cost.about}", rows)
        for rank, key in zip(short["rank"], short["effect"], strict=True):
            out.print(f"{rank}  {key}", soft_wrap=True)
    print_link(f"\nAudio: {folder / 'audio'}\nReport: ", page)
