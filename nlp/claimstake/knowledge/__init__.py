"""What the program knows: gazetteers, units, cues, triggers, and their loaders. No spaCy."""
