"""What each day's calls count for, in the database."""
