"""The spectrogram itself, for networks that learn from it."""
