"""Speech and music emotion in self-supervised encoders: layers probed, domains brought together, effects joining in."""

from wetdry.studies.transfer.config import TransferConfig
from wetdry.studies.transfer.study import configured, run, summary, transfer

__all__ = ["TransferConfig", "configured", "run", "summary", "transfer"]
