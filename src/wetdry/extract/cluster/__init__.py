"""The Ray engine: processes on one machine or on many, which publish into one store."""

from wetdry.extract.cluster.engine import RayEngine

__all__ = ["RayEngine"]
