"""Emergencies and drills as they were led, what warned of them, and what is usual at an hour."""
