"""Work that outlives a call, on the running node: stand-ins for who is called back, recordings of messages."""
