"""The average spectrum, the plainest thing to hear in a clip."""
