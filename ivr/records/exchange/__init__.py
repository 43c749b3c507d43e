"""The exchange form: JSON Lines, read strictly."""
