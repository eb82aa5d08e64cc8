"""The main job: how effects move the emotion estimated from given clips, and their embedding."""

from wetdry.studies.shift.config import ShiftConfig
from wetdry.studies.shift.study import run, shift, summary

__all__ = ["ShiftConfig", "run", "shift", "summary"]
