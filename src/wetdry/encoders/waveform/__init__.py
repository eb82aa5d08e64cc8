"""Transformers on the waveform: wav2vec 2.0, HuBERT, MERT."""
