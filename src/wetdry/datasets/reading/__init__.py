"""How published folders and tables are read, and scores played."""
