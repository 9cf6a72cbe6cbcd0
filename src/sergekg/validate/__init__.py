"""Runs the SHACL shapes over graphs and says the results in sentences."""
