"""Which effects move a song's estimated emotion to a goal, at the least audible change."""

from wetdry.suggest.config import SuggestConfig
from wetdry.suggest.goal import MOODS
from wetdry.suggest.run import Suggestion, checked_config, find, suggest_effects

__all__ = ["MOODS", "SuggestConfig", "Suggestion", "checked_config", "find", "suggest_effects"]
