"""Who is signed in, and what a browser may send."""
