"""The tokenizer: spaCy's English one with what trade and technical text needs on top.

Measured against the stock rules these splits matter: a comparator glued to its number ("≥160"), dashes after
abbreviations ("U.S.–China"), slashed amounts ("30GW/111GWh"), non-breaking hyphens, trade-mark signs.
"""

from __future__ import annotations

from spacy.language import Language
from spacy.util import compile_infix_regex, compile_prefix_regex, compile_suffix_regex

COMPARATORS = ("≥", "≤", ">", "<", "≈", "±", "~", "∼", "＞", "＜")
INFIXES = (
    r"(?<=[A-Za-z]\.)[-‐‑–—](?=[A-Za-z])",  # U.S.-made, U.S.–China
    r"(?<=[A-Za-z0-9])[‐‑](?=[A-Za-z0-9])",  # Unicode hyphens join like "-"
    r"(?<=[A-Za-z%])/(?=[0-9])",  # 30GW/111GWh
    r"(?<=[a-z0-9%)])[≥≤＞＜](?=[0-9])",  # content≥97%
    r"(?<=[0-9])[–—](?=[A-Za-z])",
    r"(?<=[a-z])\((?=[A-Z])",  # firm(NYSE
)
SUFFIXES = (r"[™®©]", r"(?<=[a-z])[‐‑–—]")


def customise(nlp: Language) -> None:
    """Replace the affix rules of `nlp.tokenizer` by the stock ones plus those above."""
    defaults = nlp.Defaults
    tokenizer = nlp.tokenizer
    prefixes = [*(defaults.prefixes or ()), *COMPARATORS]
    tokenizer.prefix_search = compile_prefix_regex(prefixes).search
    tokenizer.suffix_search = compile_suffix_regex([*(defaults.suffixes or ()), *SUFFIXES]).search
    tokenizer.infix_finditer = compile_infix_regex([*(defaults.infixes or ()), *INFIXES]).finditer
