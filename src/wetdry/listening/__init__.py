"""Listening tests: do people hear what a model estimates? Made as a page for a browser, and scored from its results."""

from wetdry.listening.config import ListeningConfig, ScoringConfig
from wetdry.listening.making import ListeningTest, make, make_listening_test
from wetdry.listening.scoring import Findings, score, score_listening_test

__all__ = [
    "Findings",
    "ListeningConfig",
    "ListeningTest",
    "ScoringConfig",
    "make",
    "make_listening_test",
    "score",
    "score_listening_test",
]
