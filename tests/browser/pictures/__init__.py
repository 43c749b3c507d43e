"""A picture of every page of the console, into docs/console: the same day, told to the same minute, each time."""
