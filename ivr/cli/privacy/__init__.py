"""`ivr privacy`: what is kept about customers, for how long, and how it is encrypted."""
