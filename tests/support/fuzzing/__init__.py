"""Mutated files for every reader of the product, each kind in a process of its own with little memory and time."""
