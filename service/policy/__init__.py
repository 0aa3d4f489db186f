"""The policy language: YAML text to an immutable Policy. Knows nothing of HTTP, databases or rule engines."""
