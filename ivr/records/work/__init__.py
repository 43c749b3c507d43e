"""Work that outlives a call: callbacks that were promised, messages that wait for somebody, and their store."""
