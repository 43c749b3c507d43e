"""Emergencies (CBA 三十三 to 三十九): who leads them, what warns of them, and drills."""
