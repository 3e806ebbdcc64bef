"""The HTTP API under /v1, and what operators read."""
