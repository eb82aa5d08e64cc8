"""Published splits that their data sets do not bring along."""
