"""Whether the labels of a set can be believed."""
