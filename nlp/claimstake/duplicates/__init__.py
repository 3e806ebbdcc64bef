"""Near-duplicates: what makes two texts copies of one story, and which documents of a store belong to which story."""
