"""Complaints after the call: how they come in, who sees to them, step by step, and until when."""
