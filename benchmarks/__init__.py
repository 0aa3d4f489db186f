"""Measures of speed, as medians and ratios of one run."""
