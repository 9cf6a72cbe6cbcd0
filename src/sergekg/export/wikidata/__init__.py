"""What the texts state, as statements that contributors can add to Wikidata."""
