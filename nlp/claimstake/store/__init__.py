"""Where claims are kept: one relational schema, in SQLite, PostgreSQL, Parquet or JSON Lines. No spaCy."""
