"""The console's sessions in the database."""
