"""Doors out: what has happened is told to whom it concerns."""
