"""The agents of live calls: what each does, what they may ask for, what they and their callers are told."""
