"""Scoring agents' parts of calls (CBA 十五)."""
