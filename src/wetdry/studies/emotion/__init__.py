"""How effects shift the emotion that probes read from embeddings, with the controls that tell why."""

from wetdry.studies.emotion.config import EmotionConfig
from wetdry.studies.emotion.study import configured, emotion, run, summary

__all__ = ["EmotionConfig", "configured", "emotion", "run", "summary"]
