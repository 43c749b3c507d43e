"""Encryption at rest: the keys, the form of an encrypted file, and files of sound that are kept in it (CBA 十三)."""
