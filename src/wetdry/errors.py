"""The one family of errors a user of wetdry is meant to read.

Every message is one sentence that names the thing at fault and says what to do about it.
The command line prints it and ends with `exit_code`; a batch writes it into its failures table.
Anything that is not a `WetdryError` is a defect of wetdry and keeps its traceback.
"""

LONGEST_SENTENCE = 2_000
"""Signs of a message; what a file made it quote may have millions."""


class WetdryError(Exception):
    """Base of all errors caused by what wetdry was given, not by wetdry."""

    exit_code = 2

    def __init__(self, message: str = "") -> None:
        super().__init__(_readable(message))


class AudioError(WetdryError):
    """A file that cannot be decoded, or samples no effect or encoder can use."""


class EffectError(WetdryError):
    """An unknown effect, an unknown parameter, or a value out of its range."""


class EncoderError(WetdryError):
    """An unknown encoder or layer, or an encoder that cannot run here."""


class MissingPackageError(WetdryError):
    """A package that what was asked for needs and this install lacks."""


class DataError(WetdryError):
    """A data set, manifest or configuration file that cannot be read."""


class CacheError(WetdryError):
    """A cache folder that cannot be found or written."""


class StoreError(WetdryError):
    """A store that cannot be read or written."""


class EngineError(WetdryError):
    """A cluster that cannot be reached or used."""


class ReportError(WetdryError):
    """A report that cannot be written."""


def _readable(message: str) -> str:
    """The message on one line, without its middle where it is long: thing and remedy stand at its ends."""
    line = " ".join(line for line in message.splitlines() if line)
    if len(line) <= LONGEST_SENTENCE:
        return line
    half = (LONGEST_SENTENCE - 3) // 2
    return f"{line[:half]} … {line[-half:]}"
