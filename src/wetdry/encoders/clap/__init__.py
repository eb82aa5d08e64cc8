"""CLAP, which brings sounds and their captions together: LAION's and Microsoft's."""
