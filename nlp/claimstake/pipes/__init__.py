"""One spaCy component per file, Doc in, Doc out."""
