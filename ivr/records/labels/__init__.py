"""What annotators say about turns: in the database, as files, with the sound they hear."""
