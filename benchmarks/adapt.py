"""A fine-tuning epoch with the part below the first trained block computed once, against the plain loop.

Run: python benchmarks/adapt.py [METHOD …]

The encoder is Whisper's tiny one in shape, without padding, with random parameters, so no file is needed; clips are
noise. The plain loop is what one writes: the whole network, by the definition of transformers, on a batch of clips in
each step, as much of it frozen as on our side. Both start from the same parameters, train the same of them, in the same
order of clips, in fp32 on the CPU. They take turns, an epoch each, in one process; the ratio is that of the medians.
What it costs to compute the kept features, once a training, stands beside it in epochs of ours. The last column is the
largest difference of a trained parameter after all epochs, relative to the largest of them.
"""

import statistics
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional

from wetdry.adapt import AdaptSettings, Bottleneck, Frozen, Gated, Lora, Method, WeightedSum
from wetdry.adapt.features import Computed, Kept
from wetdry.adapt.loop import Training, device_of, network_of
from wetdry.adapt.material import Material
from wetdry.adapt.network import AdaptedNetwork
from wetdry.audio import Clip
from wetdry.encoders import Encoder, encoder
from wetdry.encoders.whisper.network import states

CLIPS, SECONDS, CLASSES, EPOCHS = 24, 3.0, 4, 3
ENCODER = "untrained:whisper-tiny.en-unpadded"
SETTINGS = AdaptSettings(batch=8, epochs=EPOCHS, warm_up=0.0, weight_decay=0.0, device="cpu", body_rate=1e-4)
METHODS: dict[str, Method] = {
    "frozen": Frozen(),
    "weighted sum": WeightedSum(),
    "LoRA, all blocks": Lora(dropout=0.0),
    "LoRA, last two": Lora(dropout=0.0, first_block=2),
    "LoRA, last one": Lora(dropout=0.0, first_block=3),
    "bottleneck, all": Bottleneck(),
    "bottleneck, last two": Bottleneck(first_block=2),
    "gated, last two": Gated(first_block=2),
}


def clips() -> list[Clip]:
    rng = np.random.default_rng(0)
    return [Clip(0.1 * rng.standard_normal(round(SECONDS * 16_000), dtype=np.float32), 16_000) for _ in range(CLIPS)]


class Plain:
    """The loop without any of ours but the parameters to train."""

    def __init__(self, network: AdaptedNetwork, base: Encoder, given: list[Clip], answers: np.ndarray) -> None:
        self.network = network
        self.batches = torch.from_numpy(np.concatenate([base.prepare_clip(clip) for clip in given]))
        self.answers = torch.from_numpy(answers.argmax(axis=1))
        parameters = dict(network.trained())
        mixing = [each for name, each in parameters.items() if name in ("layer_logits", "inserted.gates")]
        head = [each for name, each in parameters.items() if name.startswith("head")]
        special = {id(each) for each in (*mixing, *head)}
        body = [each for each in parameters.values() if id(each) not in special]
        rates = [(body, SETTINGS.body_rate), (head, SETTINGS.head_rate), (mixing, 10 * SETTINGS.head_rate)]
        self.adam = torch.optim.AdamW([{"params": part, "lr": rate} for part, rate in rates if part], weight_decay=0.0)

    def step(self, places: np.ndarray) -> None:
        batch = self.batches[torch.from_numpy(places)]
        frames = (batch.shape[-1] - 3) // 2
        every = list(states(self.network.network, batch, frames))
        every[-1] = self.network.network.layer_norm(every[-1])
        read = every if self.network.mixes else every[-1:]
        outputs = self.network.head(self.network.mixture(torch.stack([each.mean(dim=1) for each in read], dim=1)))
        loss = functional.cross_entropy(outputs, self.answers[torch.from_numpy(places)])
        self.adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([each for _, each in self.network.trained()], 1.0)
        self.adam.step()

    def epoch(self, number: int) -> None:
        order = np.random.default_rng([SETTINGS.seed, number]).permutation(np.arange(CLIPS))
        for first in range(0, CLIPS, SETTINGS.batch):
            self.step(order[first : first + SETTINGS.batch])


class Row(NamedTuple):
    ours: float
    plain: float
    features: float
    difference: float


def seconds(action: Callable[[], object]) -> float:
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def measured(method: Method) -> Row:
    base, given = encoder(ENCODER, device="cpu"), clips()
    labels = [f"class {i % CLASSES}" for i in range(CLIPS)]
    mine, theirs = (network_of(base, method, CLASSES, device_of(SETTINGS), 0) for _ in range(2))
    # One clip more stands for validation, which neither side is timed with.
    material = Material.of([*labels, "class 0"], [0] * CLIPS + [1], validation=[1], names=None, seed=0)
    computed, kept = Computed(mine, base, given, None), Kept(torch.device("cpu"))
    computed.one(given[0])
    features = seconds(lambda: [kept.add(computed.one(clip)) for clip in given])
    training = Training(mine, material, kept, SETTINGS, SETTINGS.body_rate or method.rate, "")
    plain = Plain(theirs, base, given, material.answers[:CLIPS])
    times: tuple[list[float], list[float]] = ([], [])
    for epoch in range(EPOCHS):
        training.curve = [{}] * (epoch + 1)
        times[0].append(seconds(lambda: training._epoch(lambda _: None)))
        times[1].append(seconds(lambda number=epoch: plain.epoch(number)))
    pairs = list(zip(mine.trained(), theirs.trained(), strict=True))
    largest = max(float(each.detach().abs().max()) for (_, each), _ in pairs)
    apart = max(float((one.detach() - other.detach()).abs().max()) for (_, one), (_, other) in pairs)
    return Row(statistics.median(times[0]), statistics.median(times[1]), features, apart / largest)


def main(names: list[str] | None = None) -> None:
    print(f"Fine-tuning {CLIPS} clips of {SECONDS:g} s, {ENCODER}, {torch.get_num_threads()} threads; seconds an epoch")
    print(f"{'method':22}{'plain':>9}{'ours':>9}{'ratio':>9}{'features':>10}{'difference':>12}")
    for name in names or METHODS:
        row = measured(METHODS[name])
        ratio = row.plain / row.ours
        print(f"{name:22}{row.plain:9.3f}{row.ours:9.3f}{ratio:8.1f}×{row.features:10.3f}{row.difference:12.1e}")


if __name__ == "__main__":
    main(sys.argv[1:])
