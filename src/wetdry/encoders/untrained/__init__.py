"""Networks that learned nothing: what an architecture and its front end give with random parameters."""
