"""Geometry of the drawings that pages hold: pure functions from data to coordinates, no markup."""
