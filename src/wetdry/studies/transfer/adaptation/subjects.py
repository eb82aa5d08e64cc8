"""Which encoders can be adapted, and in which ways; why others cannot is for the reader to know."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from wetdry.adapt import AdaptSettings, Method
from wetdry.encoders import encoder
from wetdry.errors import DataError, EncoderError, MissingPackageError
from wetdry.extract.plan import View
from wetdry.extras import missing, require
from wetdry.studies.transfer.config import TransferConfig
from wetdry.studies.transfer.measure import Measured

FEWEST_PARTS = 3
"""One is tested, one tells when to stop, and one or more are learnt from."""


class Subject(NamedTuple):
    """An encoder, what the user called it, and how it can be adapted."""

    text: str
    view: View
    methods: tuple[Method, ...]


def subjects(config: TransferConfig, measured: Measured) -> tuple[list[Subject], list[str]]:
    """What is adapted, and sentences on what is not."""
    if not config.methods:
        return [], []
    if why := _none_at_all(measured):
        return [], [f"No encoder was adapted: {why}"]
    found, said = [], []
    for text in dict.fromkeys(config.encoders):
        name = encoder(text, device=config.device, dtype=config.dtype).spec.name
        if why := refusal(text, config.device):
            said.append(f"{name} was not adapted: {why}")
            continue
        methods = []
        for method in map(config.method, config.methods):
            if why := refusal(text, config.device, method):
                said.append(f"{name} was not adapted by {method.name}: {why}")
            else:
                methods.append(method)
        found.append(Subject(text, measured.view(name), tuple(methods)))
    return found, said


def settings_of(config: TransferConfig, seed: int) -> AdaptSettings:
    """Those of the study; in half precision, which is for GPUs, only on one."""
    from wetdry.encoders.torch_encoder import choose_device

    on_gpu = choose_device(config.device).type == "cuda"
    return config.adapt_settings(seed) if on_gpu else config.model_copy(update={"dtype": "fp32"}).adapt_settings(seed)


@cache
def refusal(text: str, device: str, method: Method | None = None) -> str:
    """Why an encoder cannot be adapted, by that method if one is given; empty if it can.

    It is tried: the network is put together as for a training, which takes the encoder's parameters into memory.
    """
    from wetdry.adapt.chain import body_of
    from wetdry.adapt.loop import device_of, network_of

    try:
        base = encoder(text, device=device)
        body_of(base)
        if method is not None:
            network_of(base, method, 2, device_of(AdaptSettings(device=device)), 0)
    except (DataError, EncoderError, MissingPackageError) as error:
        return str(error)
    return ""


def _none_at_all(measured: Measured) -> str:
    """Why nothing can be adapted, whichever the encoder; empty if something can."""
    if missing("torch"):
        try:
            require("torch", needed_by="adapting")
        except MissingPackageError as error:
            return str(error)
    parts = measured.folds.split_count
    if parts < FEWEST_PARTS:
        return (
            f"the groups of the rarest class make {parts} parts, where {FEWEST_PARTS} are needed, to learn from, to "
            "stop by and to test on; give clips of more groups."
        )
    return ""
