"""What the running node tells those who watch: everything that goes on, and one call as it goes on."""
