"""Matches entities with Wikidata and keeps what people decide; the one package that asks Wikidata."""
