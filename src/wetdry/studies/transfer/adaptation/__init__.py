"""Encoders adapted in one domain or two: plans, trainings, tests on groups held out, and what was gained."""
