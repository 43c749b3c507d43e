"""Figures: the report, the clauses of both standards, and what each number was counted from."""
