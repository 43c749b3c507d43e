"""Knowledge and labelling: what callers may want and how they say it, what was really said, what is learnt from it."""
