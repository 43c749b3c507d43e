"""Requests that another person has to decide, as they are kept in the database (CBA 四十二)."""
