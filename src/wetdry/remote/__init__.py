"""Files that others publish: how they are described, fetched, and known to be the right ones."""
