"""The evidence of an emergency or a drill, as one folder (CBA 三十八): what happened, who decided what, what it did to
callers."""
