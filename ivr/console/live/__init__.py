"""What the running node tells, brought to browsers."""
