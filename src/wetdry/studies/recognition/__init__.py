"""Music emotion recognised from features, spectrograms and embeddings: what each is worth under one protocol."""

from wetdry.studies.recognition.config import RecognitionConfig
from wetdry.studies.recognition.study import configured, recognition, run, summary

__all__ = ["RecognitionConfig", "configured", "recognition", "run", "summary"]
