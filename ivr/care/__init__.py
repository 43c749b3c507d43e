"""Work that outlives a call: callbacks that were promised, and messages that somebody must hear and answer."""
