"""What policy officers run: examples checked against the conditions they stand beside."""
