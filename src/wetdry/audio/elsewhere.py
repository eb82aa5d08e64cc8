"""Audio files that are not on this machine: read whole, once, and decoded from memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from wetdry.errors import AudioError


class Elsewhere(Protocol):
    """A file of any kind; its text is what people know it by, and its errors are those of `Path.read_bytes`."""

    def read_bytes(self) -> bytes: ...


@dataclass(frozen=True, eq=False)
class AtHand:
    """A file with all of its bytes."""

    name: str
    content: bytes

    def __str__(self) -> str:
        return self.name

    def read_bytes(self) -> bytes:
        """All of it."""
        return self.content


def at_hand(file: Elsewhere) -> Path | AtHand:
    """A file of this machine as it is; another one with all of its bytes, for whoever needs them more than once.

    Raises
    ------
    AudioError
        Where it cannot be read, or is empty. Other errors of wetdry's are passed on: they say nothing of the file.
    """
    if isinstance(file, (Path, AtHand)):
        return file
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise AudioError(f"{file}: no such file; check the path.") from None
    except IsADirectoryError:
        raise AudioError(
            f"{file}: is a directory, not an audio file; to use all files in it, give folder:{file}"
        ) from None
    except PermissionError as error:
        raise AudioError(f"{file}: may not be read ({error.strerror}); check its permissions.") from None
    except OSError as error:
        raise AudioError(f"{file}: cannot be read ({error.strerror or error}).") from None
    if not content:
        raise AudioError(f"{file}: is an empty file (0 bytes); replace it.")
    return AtHand(str(file), content)
