"""The commands about listening tests: making one, and scoring what listeners send back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from wetdry.cli.options import AsJson, Workers, a_seed, finite, not_a_file
from wetdry.cli.printing import count, err, one_line, out, print_failures, print_link, print_table
from wetdry.cli.results import print_json, print_report, write_page

listen_app = typer.Typer(
    help="Ask listeners what a model estimates: make a test, score its results.", no_args_is_help=True
)


@listen_app.command(name="make")
def make_test(
    audio: Annotated[
        list[str],
        typer.Argument(help="Audio files, or data sets such as folder:PATH or csv:FILE.", show_default=False),
    ],
    folder: Annotated[
        Path, typer.Option("--out", callback=not_a_file, help="Folder for the test.", show_default=False)
    ],
    effects: Annotated[
        str | None,
        typer.Option(
            help="Comma-separated effects, names or keys (default: reverb, delay, distortion, eq, chorus, phaser).",
            show_default=False,
        ),
    ] = None,
    chains: Annotated[
        str | None, typer.Option(help="TOML file of effect chains, or 'builtin'.", show_default=False)
    ] = None,
    levels: Annotated[str, typer.Option(help="Levels above 0 for effects given by name.")] = "4,8",
    pairs: Annotated[int, typer.Option(min=1, help="Pairs of a dry and a wet sound, at most.")] = 24,
    clips: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Clips that pairs are of, at most: fewer are less to listen to (default: a pair each).",
            show_default=False,
        ),
    ] = None,
    seconds: Annotated[float, typer.Option(callback=finite, help="Length of a sound, 0.5 to 60 s.")] = 8.0,
    repeats: Annotated[int, typer.Option(min=0, help="Sounds that are heard a second time.")] = 2,
    anchors: Annotated[
        bool, typer.Option("--anchors/--no-anchors", help="Hide a pair of equal sounds and a spoilt one among them.")
    ] = True,
    seed: Annotated[int, typer.Option(callback=a_seed, help="Seed of the draw of pairs.")] = 0,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Write a listening test for the browser, from a file or any web host."""
    from wetdry.extract import Bar
    from wetdry.listening import make_listening_test

    made = make_listening_test(
        list(audio),
        folder,
        workers=workers,
        progress=Bar(),
        effects=effects,
        chains=chains,
        levels=levels,
        pairs=pairs,
        clips=clips,
        seconds=seconds,
        repeats=repeats,
        anchors=anchors,
        seed=seed,
    )
    key = made.key
    studied = sum(sound.wet and sound.purpose == "pair" for sound in key.sounds)
    facts = {
        "test": key.test,
        "page": str(made.page),
        "pairs": studied,
        "sounds": len(key.sounds),
        "minutes": round(made.minutes, 1),
        "bytes": made.bytes,
    }
    if as_json:
        typer.echo(json.dumps(facts | {"failures": made.failures.to_dict("records")}))
        return
    for failure in made.failures["reason"]:
        err.print(one_line(failure), soft_wrap=True)
    out.print(
        f"Test {key.test}: {count(studied, 'pair')}, {len(key.sounds)} sounds at {key.loudness_lufs:g} LUFS, about "
        f"{count(max(1, round(made.minutes)), 'minute')} a listener, {made.bytes / 1e6:.1f} MB.",
        soft_wrap=True,
    )
    out.print("Give listeners index.html with the folder sounds beside it; keep key.json.", soft_wrap=True)
    print_link("Open ", made.page)


@listen_app.command(name="score")
def score_test(
    results: Annotated[list[Path], typer.Argument(help="Files of listeners, or folders of them.", show_default=False)],
    test: Annotated[Path, typer.Option(help="Folder that `wetdry listen make` wrote.", show_default=False)],
    encoder: Annotated[str, typer.Option(help="Whose estimates listeners are held against.")] = "vibenet",
    probe: Annotated[
        Path | None, typer.Option(help="A probe that `wetdry probe train` wrote, on that encoder.", show_default=False)
    ] = None,
    exclude: Annotated[
        bool, typer.Option("--exclude", help="Leave out unreliable listeners, by the rule that the report states.")
    ] = False,
    resamples: Annotated[int, typer.Option(min=100, help="Bootstrap resamples, of how far listeners agree.")] = 2000,
    seed: Annotated[int, typer.Option(callback=a_seed, help="Seed of the bootstrap.")] = 0,
    folder: Annotated[Path, typer.Option("--out", callback=not_a_file, help="Folder for the report.")] = Path(
        "wetdry-listening"
    ),
    as_json: AsJson = False,
) -> None:
    """Merge listeners' results: what they heard, whether they agree, and whether a model's estimates go with it."""
    from wetdry import report
    from wetdry.extract import Bar
    from wetdry.listening import ScoringConfig, score
    from wetdry.listening.report import result, summary

    config = ScoringConfig(
        results=tuple(map(str, results)),
        test=str(test),
        encoder=encoder,
        probe=None if probe is None else str(probe),
        exclude=exclude,
        resamples=resamples,
        seed=seed,
    )
    report.check_folder(folder)
    found = score(config, progress=Bar())
    page = write_page(result(found), folder)
    if as_json:
        print_json(found.tables())
        return
    print_table(*summary(found))
    print_failures(found.failures, folder)
    print_report(page)
