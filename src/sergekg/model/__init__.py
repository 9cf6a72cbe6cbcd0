"""What the stages hand to one another: frozen values with rdflib terms, and never a graph."""
