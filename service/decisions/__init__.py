"""What was decided, kept: sealed, encrypted, verifiable, replayable."""
