"""Eligibility decisions from declarative grant policies."""

__version__ = "0.1.0"
