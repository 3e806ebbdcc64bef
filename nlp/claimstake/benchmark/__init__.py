"""How fast and how large the pipeline is, beside en_core_web_sm and the bare tokenizer on the same articles."""
