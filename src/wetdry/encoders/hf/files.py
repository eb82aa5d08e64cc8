"""Files of a model that only its id on the Hugging Face hub is known of."""

from __future__ import annotations

from pathlib import Path

from wetdry.encoders.weights.hub import endpoint, hub_cache
from wetdry.encoders.weights.tensors import PARAMETERS
from wetdry.errors import EncoderError
from wetdry.extras import require
from wetdry.remote.unavailable import unavailable

CONFIGURATION = ("config.json", "preprocessor_config.json", "processor_config.json")
SAFETENSORS = ("model.safetensors", "model-*.safetensors", "model.safetensors.index.json")
PICKLES = ("pytorch_model.bin", "pytorch_model-*.bin", "pytorch_model.bin.index.json")
"""Only fetched where the publisher offers no safetensors."""


def fetch_configuration(repository: str, revision: str) -> Path:
    """The folder of a repository at a revision, with its configuration; the folder's name is the commit."""
    return _fetch(repository, revision, CONFIGURATION)


def fetch_parameters(repository: str, commit: str) -> Path:
    """The same folder with the parameters, in one of the two formats."""
    for patterns in (SAFETENSORS, PICKLES):
        folder = _fetch(repository, commit, patterns)
        if any((folder / name).is_file() for name in PARAMETERS):
            return folder
    raise EncoderError(
        f"{repository}: neither the hub nor its cache on this machine gives {' or '.join(PARAMETERS[::2])}; "
        f"run `hf download {repository}` with a connection, or give a folder as hf:/folder."
    )


def _fetch(repository: str, revision: str, patterns: tuple[str, ...]) -> Path:
    """What matches the patterns; without a connection, what an earlier download has left in the hub's cache."""
    hub, errors = require("huggingface_hub"), require("huggingface_hub.errors")
    try:
        folder = hub.snapshot_download(
            repository, revision=revision, allow_patterns=list(patterns), cache_dir=hub_cache(), endpoint=endpoint()
        )
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError) as error:
        status = getattr(error.response, "status_code", None)
        raise EncoderError(
            f"{endpoint()}/{repository} does not show revision {revision} to you ({status}); check the id, and "
            "for a model with conditions accept them on that page and log in with `hf auth login`."
        ) from None
    except errors.HFValidationError:
        raise EncoderError(f"{repository}: is neither a folder nor an id of the hub; write hf:owner/name.") from None
    except (require("httpx").HTTPError, OSError, RuntimeError) as error:
        reason = unavailable(f"{endpoint()}/{repository}", error)
        raise EncoderError(
            f"{repository}: is not on this machine and {reason}; run `hf download {repository}` with a "
            "connection, or give a folder with its files as hf:/folder."
        ) from None
    return Path(folder)
