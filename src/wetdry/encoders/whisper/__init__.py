"""Whisper's encoder, from any of the formats that its parameters come in."""
