"""Data set × effects × encoders → store."""

from wetdry.extract.books import Summary
from wetdry.extract.engine import Engine, run, using
from wetdry.extract.local import Local
from wetdry.extract.plan import Plan
from wetdry.extract.progress import Bar, Progress, Silent

__all__ = ["Bar", "Engine", "Local", "Plan", "Progress", "Silent", "Summary", "run", "using"]
