"""The pages, one inner room an area."""
