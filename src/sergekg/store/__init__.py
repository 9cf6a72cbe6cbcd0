"""Where quads are kept and asked; knows SPARQL and no meaning."""
