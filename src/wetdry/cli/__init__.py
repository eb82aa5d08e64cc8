"""The command line: `commands` says what there is to type, `printing` how the answers look."""

from wetdry.cli.commands import main

__all__ = ["main"]
