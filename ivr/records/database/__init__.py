"""The database: tables, engine, rows, migrations."""
