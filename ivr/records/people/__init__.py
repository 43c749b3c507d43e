"""People and the roles that they have for a time, as they are kept in the database (CBA 四十二)."""
