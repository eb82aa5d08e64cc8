"""The sections of the page, one a module; each is an empty list where its tables were not asked for."""
