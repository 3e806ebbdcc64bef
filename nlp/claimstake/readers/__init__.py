"""Sources into articles: one module per format, no spaCy."""
