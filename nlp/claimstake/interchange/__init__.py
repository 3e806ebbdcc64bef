"""Annotated documents in the formats of annotation tools, both ways; what a format cannot hold is said."""
