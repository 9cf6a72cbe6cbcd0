"""Measures against peers, each run in one process tree on one machine, printed as ratios (`make bench`)."""
