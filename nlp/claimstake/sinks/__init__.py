"""Where annotated documents go: JSON Lines, brat standoff, a page. No spaCy."""
