"""From fact to record: the crash-safe journal, the recorder of a running node, recovery after a crash."""
