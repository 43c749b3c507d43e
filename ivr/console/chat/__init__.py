"""Conversations in writing: how the console holds them at the node, and the page that is open to everybody."""
