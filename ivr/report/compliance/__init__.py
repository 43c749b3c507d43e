"""The compliance report: both standards, clause by clause."""
