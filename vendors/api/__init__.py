"""What agencies' programs may say and ask: each for itself only."""
