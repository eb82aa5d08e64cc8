"""Training a network against a Dataset of one .npy a chunk, a DataLoader, and the layers as one writes them.

Run: python benchmarks/networks.py [NETWORK ...]

Both sides train the same network from the same weights on the same batches and the same dropout, in fp32 on the CPU
with as many threads as torch takes. They take turns, an epoch each, in one process; the ratio is that of the medians.
The plain side is the faster of no worker process and two. The last columns are the largest relative difference of the
epochs' losses, the same for a training in double precision, where next to nothing is rounding, and the share of our
time that convolutions take. In fp32, what Adam makes of gradients that are but rounding drives any two orders of
summation apart.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from wetdry.probes.networks import NETWORKS, NetworkSettings
from wetdry.probes.networks.architectures import DENSE, DROPPED, Excitation, started
from wetdry.probes.networks.loop import Training
from wetdry.probes.networks.material import Material

SONGS, EACH = 16, 8
EPOCHS = 3
SETTINGS = NetworkSettings(device="cpu")
CONVOLUTIONS = ("aten::mkldnn_convolution", "aten::convolution_backward")


class Files(Dataset):
    """One .npy file a chunk, standardised as it is read, with the values of its song."""

    def __init__(self, folder: Path, answers: torch.Tensor, mean: float, spread: float) -> None:
        self.paths = [folder / f"{i}.npy" for i in range(len(answers))]
        self.answers, self.mean, self.spread = answers, mean, spread
        self.dtype = torch.float32

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        chunk = torch.from_numpy(np.load(self.paths[index])).to(self.dtype)
        return ((chunk - self.mean) / self.spread)[None], self.answers[index]


class Plain(nn.Module):
    """The network as the report lists its layers: convolution, batch norm, rectifier, pooling, excitation."""

    def __init__(self, name: str) -> None:
        super().__init__()
        excited = name != "cnn"
        layers: list[nn.Module] = []
        for narrow, wide in ((1, 16), (16, 32), (32, 64)):
            layers += [nn.Conv2d(narrow, wide, 3, padding=1), nn.BatchNorm2d(wide), nn.ReLU(), nn.MaxPool2d(2)]
            layers += [Excitation(wide)] if excited else []
        self.name = name
        self.layers = nn.Sequential(*layers)
        if name == "se-conv":
            self.temporal = nn.Conv1d(64, 64, 3, padding=1)
        elif name != "cnn":
            self.recurrence = nn.GRU(1024, 64, batch_first=True)
        if name == "se-gru-attention":
            self.relevance = nn.Linear(64, 1)
        self.dense = nn.Linear(64 if "gru" in name else 16384, 128)
        self.answer = nn.Linear(128, 2)

    def seen(self, maps: torch.Tensor) -> torch.Tensor:
        if self.name == "cnn":
            return maps.flatten(1)
        if self.name == "se-conv":
            return torch.relu(self.temporal(maps.transpose(2, 3).flatten(2))).flatten(1)
        states, _ = self.recurrence(maps.permute(0, 3, 1, 2).flatten(2))
        if self.name == "se-gru":
            return states[:, -1]
        return (torch.softmax(self.relevance(states), dim=1) * states).sum(dim=1)

    def forward(self, chunks: torch.Tensor, kept: torch.Tensor) -> torch.Tensor:
        return self.answer(torch.relu(self.dense(self.seen(self.layers(chunks)))) * kept)


class PlainTraining:
    """An ordinary loop; order and dropout are drawn as ours are, so that the losses can be compared."""

    def __init__(self, name: str, files: Files, workers: int) -> None:
        self.network = Plain(name)
        own = started(name, 2, seed=0).state_dict().values()
        mine = [each for key, each in self.network.state_dict().items() if not key.endswith("num_batches_tracked")]
        for each, values in zip(mine, own, strict=True):
            each.copy_(values)
        self.draws = torch.Generator().manual_seed(0)
        self.order: list[int] = []
        self.loader = DataLoader(
            files, SETTINGS.batch, sampler=self.order, num_workers=workers, persistent_workers=workers > 0
        )
        self.files = files
        self.adam = torch.optim.Adam(
            self.network.parameters(), lr=SETTINGS.learning_rate, weight_decay=SETTINGS.weight_decay
        )

    def epoch(self) -> float:
        self.network.train()
        self.order[:] = torch.randperm(len(self.files), generator=self.draws).tolist()
        total = 0.0
        for chunks, answers in self.loader:
            kept = torch.empty(len(chunks), DENSE).bernoulli_(1 - DROPPED, generator=self.draws).div_(1 - DROPPED)
            loss = functional.mse_loss(self.network(chunks, kept), answers)
            self.adam.zero_grad()
            loss.backward()
            self.adam.step()
            total += loss.item() * len(chunks)
        return total / len(self.files)


class Turn(NamedTuple):
    seconds: float
    loss: float


def turn(epoch: Callable[[], float]) -> Turn:
    begun = time.perf_counter()
    loss = epoch()
    return Turn(time.perf_counter() - begun, loss)


def planted(folder: Path) -> tuple[Material, Files]:
    """Random chunks, some bands of which are as loud as their song's values are high, as an array and as files."""
    rng = np.random.default_rng(440)
    answers, song = rng.uniform(1, 9, (SONGS + 2, 2)), np.repeat(np.arange(SONGS + 2), EACH)
    chunks = rng.normal(-50, 8, (len(song), 128, 128)).astype(np.float32)
    chunks[:, 20:50] += 4 * answers[song, 0][:, None, None].astype(np.float32)
    np.save(folder / "chunks.npy", chunks)
    for i in range(SONGS * EACH):
        np.save(folder / f"{i}.npy", chunks[i])
    sides = {"training": np.arange(SONGS), "validation": np.array([SONGS, SONGS + 1])}
    mapped = np.load(folder / "chunks.npy", mmap_mode="r")
    material = Material.of(mapped, song, answers, sides, ("valence", "arousal"))
    scaled = torch.from_numpy(material.answer_scaling.applied(answers)[song[: SONGS * EACH]].astype(np.float32))
    return material, Files(folder, scaled, material.scaling.mean[0], 1 / material.scaling.factor[0])


def convolution_share(epoch: Callable[[], float]) -> float:
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        epoch()
    times = {each.key: each.self_cpu_time_total for each in profile.key_averages()}
    return sum(times.get(name, 0.0) for name in CONVOLUTIONS) / sum(times.values())


class DoubleFeeder:
    """Standardised chunks of which no digit is lost."""

    def __init__(self, material: Material) -> None:
        self.material = material

    def batch(self, rows: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(self.material.scaling.applied(self.material.chunks[rows].astype(np.float64)))


def losses_in_double(name: str, material: Material, files: Files) -> list[list[float]]:
    """Losses of our epochs and of plain ones."""
    ours, plain = Training(name, material, SETTINGS, seed=0), PlainTraining(name, files, 0)
    ours._network.double()
    ours._feeder, ours._answers = DoubleFeeder(material), ours._answers.astype(np.float64)
    plain.network.double()
    files.dtype, files.answers = torch.float64, files.answers.double()
    losses = [[epoch() for _ in range(EPOCHS - 1)] for epoch in (ours.epoch, plain.epoch)]
    files.dtype, files.answers = torch.float32, files.answers.float()
    return losses


def largest_difference(losses: list[float], others: list[float]) -> float:
    return max(abs(one / other - 1) for one, other in zip(losses, others, strict=True))


def compared(name: str, material: Material, files: Files) -> None:
    ours = Training(name, material, SETTINGS, seed=0)
    sides = {"ours": ours.epoch, **{f"{w} workers": PlainTraining(name, files, w).epoch for w in (0, 2)}}
    turns = [{side: turn(epoch) for side, epoch in sides.items()} for _ in range(EPOCHS)]
    took = {side: statistics.median(each[side].seconds for each in turns) for side in sides}
    plain = min((side for side in sides if side != "ours"), key=lambda side: took[side])
    apart = largest_difference([each[plain].loss for each in turns], [each["ours"].loss for each in turns])
    exactly = largest_difference(*losses_in_double(name, material, files))
    rates = [len(files) / took[side] for side in (plain, "ours")]
    print(
        f"{name:<18}{rates[0]:>10.0f}/s{plain:>12}{rates[1]:>10.0f}/s{rates[1] / rates[0]:>8.2f}"
        f"{apart:>10.0e}{exactly:>10.0e}{convolution_share(ours.epoch):>14.0%}"
    )


def main() -> None:
    print(
        f"{'network':<18}{'plain':>12}{'':>12}{'wetdry':>12}{'ratio':>8}{'losses':>10}{'double':>10}{'convolutions':>14}"
    )
    with tempfile.TemporaryDirectory() as folder:
        material, files = planted(Path(folder))
        for name in sys.argv[1:] or NETWORKS:
            compared(name, material, files)


if __name__ == "__main__":
    main()
