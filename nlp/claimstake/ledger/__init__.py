"""The ledger: what many documents say of one measure, told once: its life, its sources, its limits. No spaCy."""
