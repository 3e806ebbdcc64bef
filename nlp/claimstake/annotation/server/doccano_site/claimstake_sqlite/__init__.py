"""SQLite as Django has it, but a transaction takes its turn at writing when it begins."""
