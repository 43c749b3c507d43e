"""Scores that monitors gave to agents' parts of calls."""
