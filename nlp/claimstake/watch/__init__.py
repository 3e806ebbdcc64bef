"""Watching feeds and folders: what is new is fetched with care, annotated and kept, each article once."""
