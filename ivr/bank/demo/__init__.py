"""A bank for trying and testing: a real HTTP server that implements docs/bank-api.yaml over a database of its own."""
