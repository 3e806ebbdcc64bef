"""Which of the things that a sentence names stand in a relation: candidate pairs, their features, a linear model."""
