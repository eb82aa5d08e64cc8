"""OpenL3, trained to tell whether a second of sound and an image belong together."""
