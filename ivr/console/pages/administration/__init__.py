"""People and their roles, the audit trail, what waits for a second person, customers' privacy."""
