"""People, their roles, and what each may do: one matrix, asked by every command and every page (CBA 四十二, 五十九)."""
