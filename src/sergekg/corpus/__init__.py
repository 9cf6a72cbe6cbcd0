"""Reads the files that a person edits: manifest, texts, annotations, authority list, interpretations."""
