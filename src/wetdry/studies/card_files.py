"""A fitted thing as a file: tensors in safetensors, its card in the metadata and, for readers, as JSON beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy.typing as npt
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from wetdry.errors import DataError
from wetdry.report.files import replace_file, try_folder
from wetdry.studies.cards import Record

SUFFIX = ".safetensors"
CARD = "card"
FLOAT64 = {"F64": "float64"}

Tensors = dict[str, npt.NDArray[Any]]
CardT = TypeVar("CardT", bound=Record)


@dataclass(frozen=True)
class CardFiles(Generic[CardT]):
    """Files of one kind of thing.

    Attributes
    ----------
    noun, command
        What the thing is called, and the command that writes it, as sentences name them.
    card
        The class of its card.
    types
        Types of numbers that its tensors may have: as safetensors names them, and as sentences do.
    """

    noun: str
    command: str
    card: type[CardT]
    types: Mapping[str, str]

    def check_name(self, path: Path) -> None:
        """Raise unless a thing can be written to `path`."""
        if path.suffix != SUFFIX:
            raise DataError(f"{path}: a {self.noun} is a safetensors file; name it {path.stem or self.noun}{SUFFIX}")
        if path.is_dir():
            raise DataError(f"{path}: is a folder; name a file.")
        try:
            try_folder(path.parent)
        except OSError as error:
            raise _unwritable(path, error) from None

    def write(self, path: Path, tensors: Tensors, card: CardT) -> None:
        """Write PATH.safetensors and PATH.json; the same tensors and card give the same bytes."""
        self.check_name(path)
        # Several entries of metadata would be written in an order that changes from run to run.
        content = save(tensors, metadata={CARD: card.model_dump_json()})
        try:
            replace_file(path.with_suffix(".json"), card.json_text().encode())
            replace_file(path, content)
        except OSError as error:
            raise _unwritable(path, error) from None

    def read(self, path: Path) -> tuple[Tensors, CardT]:
        """Tensors and card of a file; that the tensors are of the right names and shapes is for the caller to check."""
        if not path.is_file():
            raise DataError(f"{path}: no such file; give one that `{self.command}` wrote.")
        try:
            with safe_open(path, framework="np") as file:
                metadata = file.metadata() or {}
                names = list(file.keys())
                if any(file.get_slice(name).get_dtype() not in self.types for name in names):
                    raise self.unfit(path, f"holds numbers of another type than {' or '.join(self.types.values())}")
                tensors = {name: file.get_tensor(name) for name in names}
        except OSError as error:
            raise DataError(f"{path}: cannot be read ({error.strerror or error}); check its permissions.") from None
        except SafetensorError:
            raise self.unfit(path, "is damaged or no safetensors file") from None
        return tensors, self._card(path, metadata.get(CARD))

    def unfit(self, path: Path, why: str) -> DataError:
        """What to raise for a file that is none of these."""
        return DataError(f"{path}: {why}; give a file that `{self.command}` wrote.")

    def _card(self, path: Path, text: str | None) -> CardT:
        if text is None:
            raise self.unfit(path, f"carries no card of a {self.noun}")
        try:
            return self.card.model_validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            where = f" at {'.'.join(map(str, first['loc']))}" if first["loc"] else ""
            raise self.unfit(path, f"has a card that is wrong{where} ({first['msg']})") from None


def _unwritable(path: Path, error: OSError) -> DataError:
    return DataError(f"{path}: cannot be written ({error.strerror or error}); choose another place.")
