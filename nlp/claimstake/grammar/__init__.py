"""Grammars for measures and dates over plain strings. No spaCy."""
