"""Asterisk's own account of every call (CEL): its events, and the facts they tell."""
