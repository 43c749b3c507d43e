"""Backups: one encrypted file with the rows of all tables, the files of the state, the operator's files; and back."""
