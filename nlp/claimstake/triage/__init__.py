"""The gate before the pipeline: which documents are worth reading, judged by their words alone."""
