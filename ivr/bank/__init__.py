"""The edge of the bank's systems: what may be asked of them, and how they answer."""
