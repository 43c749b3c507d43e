"""The figures of both standards, from call records: pure functions, counted values that add up."""
