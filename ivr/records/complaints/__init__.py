"""Complaints as the bank works on them: cases, every step of theirs, and their store."""
