"""座席: an agent's whole shift in one document."""
