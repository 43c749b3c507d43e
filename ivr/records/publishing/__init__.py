"""Drafts and publications of the operator's files, as they are kept in the database (CBA 四十三, HB 12.2.2)."""
