"""The studies: published experiments on data, encoders and effects of one's own."""

from __future__ import annotations

import typer

from wetdry.cli.emotion import emotion
from wetdry.cli.engines import on_any_engine
from wetdry.cli.recognition import recognition
from wetdry.cli.sensitivity import sensitivity
from wetdry.cli.transfer import transfer

study_app = typer.Typer(help="Published experiments, on your data, encoders and effects.", no_args_is_help=True)
study_app.command()(on_any_engine(emotion))
study_app.command()(on_any_engine(recognition))
study_app.command()(on_any_engine(sensitivity))
study_app.command()(on_any_engine(transfer))
