"""Labels of what callers said, what is learnt from them, and how well recordings are understood (CBA 二十一)."""
