"""`python -m wetdry`."""

from wetdry.cli import main

main()
