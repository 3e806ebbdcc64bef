"""The annotation loop: documents to doccano and back, what was corrected, and a better model from it."""
