"""`model.bin` of CTranslate2: a binary specification of variables, read without CTranslate2.

The file is a version, the name and revision of a specification, the variables (name, shape, type, bytes) and
aliases of them; integers are little-endian and strings end in a zero byte. Nothing in it is trusted: every length
is held against the bytes that are there before anything is read.
"""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from wetdry.errors import EncoderError

VERSIONS = range(4, 7)
"""Versions of the binary format with this layout."""
KINDS = ("float32", "int8", "int16", "int32", "float16", "bfloat16")
"""Types of values, in the order of their ids."""
ITEM_SIZES = {"float32": 4, "int8": 1, "int16": 2, "int32": 4, "float16": 2, "bfloat16": 2}
QUANTISED = ("int8", "int16", "int32")
MOST_DIMENSIONS = 8
MOST_VARIABLES = 100_000
"""A large model has some two thousand; reading names takes time."""
REMEDY = "convert or fetch the model again"


@dataclass(frozen=True)
class Variable:
    """Where one array lies in the file."""

    shape: tuple[int, ...]
    kind: str
    offset: int

    @property
    def size(self) -> int:
        """Bytes."""
        return math.prod(self.shape) * ITEM_SIZES[self.kind]


@dataclass(frozen=True)
class Contents:
    """What a file holds; values are read one by one."""

    path: Path
    specification: str
    variables: Mapping[str, Variable]
    """Name → place, aliases included."""

    def floats(self, name: str) -> npt.NDArray[np.float32]:
        """A variable as float32; quantised ones are divided by their scales, one a row or one for all."""
        values = self.stored(name).astype(np.float32)
        if self.variables[name].kind not in QUANTISED:
            return values
        scale = self.stored(f"{name}_scale").astype(np.float32)
        if scale.ndim > 1 or (scale.ndim == 1 and scale.shape != values.shape[:1]) or not np.all(scale > 0):
            raise EncoderError(f"{self.path}: the scales of {name} do not fit it; {REMEDY}.")
        rows = scale.reshape(scale.shape + (1,) * (values.ndim - scale.ndim))
        return np.divide(values, rows, dtype=np.float32)

    def stored(self, name: str) -> npt.NDArray[np.generic]:
        """A variable as it is in the file; bfloat16, which numpy lacks, as float32."""
        variable = self.variables.get(name)
        if variable is None:
            raise EncoderError(f"{self.path}: has no variable {name}; give a model of the architecture asked for.")
        with self.path.open("rb") as stream:
            stream.seek(variable.offset)
            content = stream.read(variable.size)
        if len(content) != variable.size:
            raise _damaged(self.path)
        if variable.kind == "bfloat16":
            # The upper half of a float32.
            wide = np.frombuffer(content, dtype="<u2").astype(np.uint32) << 16
            return wide.view(np.float32).reshape(variable.shape)
        return np.frombuffer(content, dtype=np.dtype(variable.kind).newbyteorder("<")).reshape(variable.shape)


def read_contents(path: Path) -> Contents:
    """The variables of a file and where they lie; their values are passed over, not read."""
    try:
        with path.open("rb") as stream:
            return _Reader(path, stream).contents()
    except OSError as error:
        raise EncoderError(f"{path}: cannot be read ({error.strerror}); check the path and its permissions.") from None


class _Reader:
    """Reads the parts of one file in their order."""

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self._path = path
        self._stream = stream
        self._end = os.fstat(stream.fileno()).st_size

    def contents(self) -> Contents:
        version = self._number("I")
        if version not in VERSIONS:
            raise EncoderError(
                f"{self._path}: is no CTranslate2 model of binary version {VERSIONS.start} to {VERSIONS.stop - 1}; "
                "give a model.bin that a recent CTranslate2 converted."
            )
        specification = self._text()
        self._number("I")  # The specification's revision: a model lacking a variable is found out by its name.
        variables: dict[str, Variable] = {}
        count = self._number("I")
        if count > MOST_VARIABLES:
            raise _damaged(self._path)
        for _ in range(count):
            name = self._text()
            if name in variables:
                raise _damaged(self._path)
            variables[name] = self._variable()
        for _ in range(self._number("I")):
            alias, name = self._text(), self._text()
            if name not in variables or alias in variables:
                raise _damaged(self._path)
            variables[alias] = variables[name]
        if self._stream.tell() != self._end:
            raise _damaged(self._path)
        return Contents(self._path, specification, variables)

    def _variable(self) -> Variable:
        dimensions = self._number("B")
        if dimensions > MOST_DIMENSIONS:
            raise _damaged(self._path)
        shape = tuple(self._number("I") for _ in range(dimensions))
        kind = self._number("B")
        size = self._number("I")
        offset = self._stream.tell()
        if kind >= len(KINDS) or offset + size > self._end:
            raise _damaged(self._path)
        variable = Variable(shape, KINDS[kind], offset)
        if variable.size != size:
            raise _damaged(self._path)
        self._stream.seek(size, os.SEEK_CUR)
        return variable

    def _number(self, form: str) -> int:
        value: int = struct.unpack(f"<{form}", self._bytes(struct.calcsize(f"<{form}")))[0]
        return value

    def _text(self) -> str:
        content = self._bytes(self._number("H"))
        if not content.endswith(b"\0"):
            raise _damaged(self._path)
        try:
            return content[:-1].decode()
        except UnicodeDecodeError:
            raise _damaged(self._path) from None

    def _bytes(self, count: int) -> bytes:
        content = self._stream.read(count)
        if len(content) != count:
            raise _damaged(self._path)
        return content


def _damaged(path: Path) -> EncoderError:
    return EncoderError(f"{path}: is damaged or no model of CTranslate2; {REMEDY}.")
