"""Privacy: the register of every kind of data, how long it is kept, legal holds, consents, the purge of rows."""
