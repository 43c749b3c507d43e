"""Facts to records: the fold, the agents' part of it, and facts that come late."""
