"""Tells people and systems outside, by mail and by signed webhook: kept first, sent until somebody says yes, once."""
