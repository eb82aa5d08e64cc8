"""What small classifiers can read from frozen embeddings."""

from wetdry.probes.one_vs_rest import OneVsRestLogistic

__all__ = ["OneVsRestLogistic"]
