"""What annotated documents are worth: counts against gold, figures, intervals, confusion, errors, and the gate.

Needs no spaCy; imports nothing of the package but errors, records and ontology.
"""
