"""Where parameters come from, and how a copy is known to be the right one."""
