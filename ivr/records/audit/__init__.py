"""The audit trail: who did what, when, on what and why, allowed or refused (CBA 十三, 四十二)."""
