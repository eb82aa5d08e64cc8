"""Any encoder of audio that transformers defines itself."""
