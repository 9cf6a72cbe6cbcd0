"""Turns annotations on a text into statements; knows text, never files or graphs."""
