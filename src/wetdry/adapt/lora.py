"""Matrices of low rank beside linear modules, put there by peft."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import nn

from wetdry.adapt.chain import Chain
from wetdry.adapt.methods import Lora
from wetdry.errors import DataError
from wetdry.extras import require

QUERY_AND_VALUE = (("q_proj", "v_proj"), ("query", "value"), ("linear_q", "linear_v"))
"""What models call the two projections."""


def insert(chain: Chain, method: Lora, dim: int) -> None:
    """Put low-rank matrices into the network of a chain of width `dim`; nothing else asks for a gradient afterwards."""
    peft = require("peft", needed_by='The method "lora"')
    targets = _targets(chain, method)
    config = peft.LoraConfig(
        r=method.r, lora_alpha=method.alpha, lora_dropout=method.dropout, target_modules=targets, bias="none"
    )
    peft.inject_adapter_in_model(config, chain.network)
    _check_reached(chain, method, dim)


def _targets(chain: Chain, method: Lora) -> list[str]:
    """Full names of the linear modules to adapt."""
    names = {id(module): name for name, module in chain.network.named_modules()}
    blocks = chain.blocks[method.first(len(chain.blocks)) :]
    linear = [(own, names[id(module)]) for block in blocks for own, module in _linear(block)]
    wanted = [method.modules] if method.modules else QUERY_AND_VALUE
    for pair in wanted:
        found = [[full for own, full in linear if f".{own}".endswith(f".{each}")] for each in pair]
        if all(found):
            return [full for each in found for full in each]
    asked = ", ".join(method.modules) or " and ".join(QUERY_AND_VALUE[0])
    there = ", ".join(dict.fromkeys(own for own, _ in linear)) or "none"
    raise DataError(
        f"{type(chain.network).__name__} has no linear modules called {asked} within a block: "
        f"name some of those it has by Lora(modules=…), which are {there}."
    )


def _linear(block: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    return ((name, module) for name, module in block.named_modules() if isinstance(module, nn.Linear))


def _check_reached(chain: Chain, method: Lora, dim: int) -> None:
    """Raise where a block does not call a module but reads its weights, as WavLM's attention does.

    What is put beside such a module is never computed: training would run, and learn nothing.
    """
    fresh = [(name, each) for name, each in chain.network.named_parameters() if each.requires_grad]
    first = method.first(len(chain.blocks))
    *_, last = chain.onwards(torch.zeros(1, 2, dim, device=fresh[0][1].device), first)
    reached: Sequence[torch.Tensor | None] = [None] * len(fresh)
    if last.requires_grad:
        reached = torch.autograd.grad(last.sum(), [each for _, each in fresh], allow_unused=True)
    unused = [name for (name, _), each in zip(fresh, reached, strict=True) if each is None]
    if unused:
        raise DataError(
            f"{type(chain.network).__name__} reads the weights of {unused[0].partition('.lora_')[0]} without calling "
            "it, so LoRA would learn nothing there: name others by Lora(modules=…), such as the feed-forward part's."
        )
