"""`make bench`: ratios measured side by side in one run, and the latencies a caller notices."""
