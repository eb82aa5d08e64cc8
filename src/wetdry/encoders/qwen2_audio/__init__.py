"""Qwen2-Audio, a language model that hears."""
