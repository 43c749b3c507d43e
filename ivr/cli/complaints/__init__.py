"""`ivr complaints`: complaints after the call."""
