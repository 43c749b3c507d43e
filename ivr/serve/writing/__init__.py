"""Conversations in writing of a running node, offered on its local socket."""
