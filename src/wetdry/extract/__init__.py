"""Data set × effects × encoders → store."""

from wetdry.extract.local import Summary, run
from wetdry.extract.plan import Plan
from wetdry.extract.progress import Bar, Progress, Silent

__all__ = ["Bar", "Plan", "Progress", "Silent", "Summary", "run"]
