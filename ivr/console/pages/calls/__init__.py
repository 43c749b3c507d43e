"""通话: finding calls, and one call as it went."""
