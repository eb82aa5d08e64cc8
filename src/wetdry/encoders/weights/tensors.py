"""Files of parameters, read without running anything that they say.

Safetensors hold nothing but tensors. Other files of torch are pickles: torch reads those with a restricted
unpickler, which builds tensors, plain containers and arrays of numbers, and refuses the rest.
"""

from __future__ import annotations

import pickle
import struct
import warnings
from collections.abc import Mapping
from mmap import ACCESS_READ, mmap
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TypeGuard
from zipfile import ZIP_STORED, BadZipFile, ZipFile, is_zipfile

import numpy as np

from wetdry.encoders.weights.configuration import NONSENSE, check_is_file, read_config
from wetdry.errors import EncoderError
from wetdry.extras import require

if TYPE_CHECKING:
    import torch

Tensors = dict[str, "torch.Tensor"]

PARAMETERS = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
)
"""Names that publishers of transformers give to parameters, the one to prefer first."""
CHECKPOINT_ENTRIES = ("model", "state_dict")
"""Where a checkpoint that also says how far training had come keeps the parameters."""

NUMBERS = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64")
_RECONSTRUCT = np.empty(0).__reduce__()[0]
ARRAYS = [
    (_RECONSTRUCT, "numpy.core.multiarray._reconstruct"),
    (_RECONSTRUCT, "numpy._core.multiarray._reconstruct"),
    np.ndarray,
    np.dtype,
    *(type(np.dtype(number)) for number in NUMBERS),
]
"""What a pickled array of numbers names: older checkpoints keep the state of their data loader in such arrays."""
_allowing_arrays = Lock()


def parameters_file(folder: Path) -> Path:
    """The file of parameters in a folder of hub files: one file, or the index of several shards."""
    for name in PARAMETERS:
        if (folder / name).is_file():
            return folder / name
    raise EncoderError(f"{folder}: holds no file of parameters; put {PARAMETERS[0]} or {PARAMETERS[2]} there.")


def read_tensors(path: Path) -> Tensors:
    """Name → tensor of a file of parameters, on the CPU.

    Parameters
    ----------
    path
        A safetensors file (known by its suffix), a file that torch saved, or the `….index.json` of several.
    """
    torch = require("torch")
    if path.name.endswith(".index.json"):
        return _read_shards(path)
    check_is_file(path)
    if path.suffix == ".safetensors":
        return _all_plain(path, _read_safetensors(path))
    if _inflates(path):
        raise _damaged(path)
    try:
        # What is allowed is a setting of the process; without the lock one thread ends it for another.
        with _allowing_arrays, torch.serialization.safe_globals(ARRAYS), warnings.catch_warnings():
            # Torch remarks on files of other formats before it refuses them, which is said below.
            warnings.simplefilter("ignore")
            content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise _unreadable(path, error) from None
    except pickle.UnpicklingError as error:
        # Torch tells the two apart in its message only: things it does not allow, or bytes that are no pickle.
        refused = any(word in str(error) for word in ("GLOBAL", "allowlisted"))
        raise (_more_than_tensors(path) if refused else _damaged(path)) from None
    except (*NONSENSE, EOFError, struct.error):
        raise _damaged(path) from None
    except MemoryError:
        raise EncoderError(f"{path}: asks for more memory than there is; give a copy in safetensors.") from None
    return _all_plain(path, _only_tensors(path, content))


def _read_safetensors(path: Path) -> Tensors:
    safetensors = require("safetensors")
    load_file = require("safetensors.torch").load_file
    try:
        tensors: Tensors = load_file(path, device="cpu")
    except OSError as error:
        raise _unreadable(path, error) from None
    except safetensors.SafetensorError:
        raise _damaged(path) from None
    return tensors


def _inflates(path: Path) -> bool:
    """Whether a file would give more bytes than it has; torch neither compresses nor stores anything twice."""
    try:
        with path.open("rb") as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as content:
            # The one thing that torch lets a pickle fill without bytes for it; parameters have no use for it.
            if content.find(b"bytearray") >= 0:
                return True
        if not is_zipfile(path):
            return False
        with ZipFile(path) as archive:
            members = archive.infolist()
    except (OSError, BadZipFile, ValueError, NotImplementedError):
        return True
    stored = all(member.compress_type == ZIP_STORED for member in members)
    return not stored or sum(member.file_size for member in members) > path.stat().st_size


def _read_shards(index: Path) -> Tensors:
    """The tensors of each shard that `index` lists; it must list all that they hold, and no more."""
    where = read_config(index.parent, index.name).get("weight_map")
    if not isinstance(where, dict) or not all(isinstance(shard, str) for shard in where.values()):
        raise EncoderError(f'{index}: has no "weight_map" from parameters to files; fetch it again.')
    tensors: Tensors = {}
    for shard in sorted(set(where.values())):
        if Path(shard).name != shard or shard in ("", "..") or shard.endswith(".index.json"):
            raise EncoderError(f'{index}: names "{shard}", which is no file beside it; fetch it again.')
        tensors.update(read_tensors(index.parent / shard))
    if absent := sorted(where.keys() - tensors.keys()):
        raise EncoderError(f"{index.parent / where[absent[0]]}: lacks {absent[0]}, which {index.name} lists there.")
    return tensors


def _only_tensors(path: Path, content: object) -> Tensors:
    """The parameters among what the file holds: its whole content, or one entry of a training checkpoint."""
    candidates = [content]
    if isinstance(content, Mapping):
        candidates += [content[name] for name in CHECKPOINT_ENTRIES if name in content]
    for candidate in candidates:
        if _is_state(candidate):
            return dict(candidate)
    raise EncoderError(f"{path}: holds no parameters by name; give the file that the encoder's publisher offers.")


def _all_plain(path: Path, tensors: Tensors) -> Tensors:
    """The tensors, none of them sparse, quantised, without values, or larger than the numbers that it is made of."""
    strided = require("torch").strided
    for name, tensor in tensors.items():
        plain = tensor.layout == strided and tensor.device.type == "cpu" and not tensor.is_quantized
        if not plain or tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
            raise EncoderError(f"{path}: {name} is no plain tensor; give the file that the model's publisher offers.")
    return tensors


def _is_state(thing: object) -> TypeGuard[Mapping[str, torch.Tensor]]:
    tensor = require("torch").Tensor
    return (
        isinstance(thing, Mapping)
        and bool(thing)
        and all(isinstance(name, str) and isinstance(value, tensor) for name, value in thing.items())
    )


def _unreadable(path: Path, error: OSError) -> EncoderError:
    return EncoderError(f"{path}: cannot be read ({error.strerror or error}); check the path and its permissions.")


def _damaged(path: Path) -> EncoderError:
    return EncoderError(f"{path}: is damaged or not a file of weights; fetch it again.")


def _more_than_tensors(path: Path) -> EncoderError:
    return EncoderError(
        f"{path}: holds more than tensors, and nothing is unpickled here; give a copy in safetensors, "
        "or the file that the encoder's publisher offers."
    )
