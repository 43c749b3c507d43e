"""Live monitoring: what goes on now, for Prometheus and `ivr status`."""
