"""The command line: thin, one function a command. Everything it does can be done from Python."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from wetdry import __version__
from wetdry.cli.datasets import datasets_app
from wetdry.cli.direction import direction_app
from wetdry.cli.embed import embed, plan
from wetdry.cli.encoders import encoders_app
from wetdry.cli.engines import on_any_engine
from wetdry.cli.fad import fad
from wetdry.cli.listen import listen_app
from wetdry.cli.options import (
    TablesAsJson,
    Workers,
    a_seed,
    finite,
    not_a_file,
)
from wetdry.cli.printing import (
    err,
    first_line,
    one_line,
    out,
    parameter_row,
    print_columns,
    print_entry,
    print_link,
)
from wetdry.cli.probe import probe_app
from wetdry.cli.results import conclude
from wetdry.cli.store import store_app
from wetdry.cli.study import study_app
from wetdry.cli.suggest import suggest
from wetdry.errors import StoreError, WetdryError

app = typer.Typer(
    name="wetdry",
    help="How audio effects move embeddings, and the emotion estimated from them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.add_typer(store_app, name="store")
app.add_typer(encoders_app, name="encoders")
app.add_typer(study_app, name="study")
app.add_typer(datasets_app, name="datasets")
app.add_typer(direction_app, name="direction")
app.add_typer(listen_app, name="listen")
app.add_typer(probe_app, name="probe")
INTERRUPTED = 130


def _version(wanted: bool) -> None:
    if wanted:
        out.print(f"wetdry {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
@on_any_engine
def shift(
    audio: Annotated[
        list[str],
        typer.Argument(help="Audio files, or data sets such as folder:PATH or csv:FILE.", show_default=False),
    ],
    effects: Annotated[
        str | None,
        typer.Option(
            help="Comma-separated effects: names (swept over the levels) or keys such as 'reverb(room_size=0.9)'. "
            "Default: every effect that has levels, and the built-in chains.",
            show_default=False,
        ),
    ] = None,
    chains: Annotated[
        str | None, typer.Option(help="TOML file of effect chains, or 'builtin'.", show_default=False)
    ] = None,
    levels: Annotated[
        str, typer.Option(help="Levels from 0 (neutral) to 10 (strong), such as 1-10 or 2,5,8.")
    ] = "1-10",
    encoder: Annotated[
        str | None,
        typer.Option(
            help="Which encoder's own estimates to use (default: vibenet); with --probe, the probe's encoder as "
            "NAME:PATH for weights of your own.",
            show_default=False,
        ),
    ] = None,
    probe: Annotated[
        Path | None,
        typer.Option(help="A probe that estimates in their place, as `probe train` wrote it.", show_default=False),
    ] = None,
    match_loudness: Annotated[
        bool, typer.Option("--match-loudness/--no-match-loudness", help="Also measure at the dry clip's loudness.")
    ] = True,
    start: Annotated[
        float | None,
        typer.Option(
            min=0,
            callback=finite,
            help="Where the part to analyse starts, in seconds (default: so that the middle of the file is analysed).",
            show_default=False,
        ),
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=1, callback=finite, help="How much of each file to analyse at most, in seconds.")
    ] = 60.0,
    window: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            callback=finite,
            help="Window length in seconds (default: the probe's, else 5; for one clip below 50 s a tenth of it, "
            "at least 1).",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(callback=a_seed, help="Seed of the bootstrap and permutations.")] = 0,
    workers: Workers = None,
    folder: Annotated[Path, typer.Option("--out", callback=not_a_file, help="Folder for the report.")] = Path(
        "wetdry-shift"
    ),
    as_json: TablesAsJson = False,
) -> None:
    """Measure how effects move the valence and energy estimated from your audio."""
    from wetdry.extract import Bar
    from wetdry.studies.shift import ShiftConfig, run, summary

    config = ShiftConfig(
        audio=tuple(audio),
        effects=effects,
        chains=chains,
        levels=levels,
        encoder=encoder,
        probe=probe,
        match_loudness=match_loudness,
        window=window,
        start=start,
        seconds=seconds,
        seed=seed,
    )
    result = run(config, folder, workers=workers, progress=Bar())
    conclude(result, folder, summary, as_json=as_json)


app.command()(on_any_engine(fad))
app.command()(suggest)
app.command()(on_any_engine(embed))
app.command()(plan)


@app.command()
def demo(
    folder: Annotated[Path, typer.Option("--out", callback=not_a_file, help="Folder for the reports.")] = Path("demo"),
    workers: Workers = None,
) -> None:
    """Run wetdry on generated pieces, with nothing but what comes with the install."""
    from wetdry.extract import Bar
    from wetdry.studies.demo import run_demo

    page = run_demo(folder, workers=workers, progress=Bar())
    print_link("Open ", page)


@app.command(name="effects")
def list_effects(as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False) -> None:
    """List the effects with their parameters, units and ranges, and the built-in chains."""
    from wetdry.effects import builtin_chains, effects

    catalogue: list[dict[str, Any]] = [
        {
            "effect": name,
            "about": first_line(effects.get(name)),
            "levels": effects.get(name).has_levels(),
            "strength": effects.get(name).strength,
            "parameters": [dataclasses.asdict(p) for p in effects.get(name).parameters()],
        }
        for name in effects.names()
    ]
    chains = [{"chain": name, "reason": c.reason, "effects": c.key} for name, c in builtin_chains().items()]
    if as_json:
        typer.echo(json.dumps({"effects": catalogue, "chains": chains}, default=str))
        return
    for entry in catalogue:
        levels = f"levels 0–10 drive {entry['strength']}" if entry["strength"] else "levels 0–10"
        print_entry(entry["effect"], levels if entry["levels"] else "", entry["about"])
        print_columns([parameter_row(p) for p in entry["parameters"]])
    out.print("Built-in chains", style="bold")
    for chain in chains:
        print_entry(chain["chain"], "", chain["reason"])
        out.print(f"  {chain['effects']}", style="dim")


def main() -> None:
    """Entry point: one sentence and exit code 2 for whatever is wrong with the input."""
    try:
        app()
    except WetdryError as error:
        _fail(str(error), error.exit_code)
    except SystemExit as stop:
        # Typer makes of Ctrl-C an exit without a word.
        if stop.code == INTERRUPTED:
            _fail("Interrupted; run the same command again: a store keeps what is done.", INTERRUPTED)
        raise
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT):
            raise
        _fail(
            f"{error.filename or 'The output'}: {error.strerror}; choose another place with --out.",
            StoreError.exit_code,
        )


def _fail(message: str, code: int) -> None:
    err.print(f"wetdry: {one_line(message)}", soft_wrap=True)
    sys.exit(code)
