"""Networks that learn songs' values from chunks of their log-mel spectrograms. Importing them needs no torch."""

from wetdry.probes.networks.settings import NETWORKS, NetworkSettings
from wetdry.probes.networks.stored import network_probe
from wetdry.probes.networks.trained import TrainedNetwork
from wetdry.probes.networks.training import train_network

__all__ = ["NETWORKS", "NetworkSettings", "TrainedNetwork", "network_probe", "train_network"]
