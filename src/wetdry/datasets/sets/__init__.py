"""The data sets: one module each, its docstring the card of the set."""
