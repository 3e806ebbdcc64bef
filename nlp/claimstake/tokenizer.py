"""The tokenizer: spaCy's English one with what trade and technical text needs on top.

Measured against the stock rules these splits matter: a comparator glued to its number ("≥160"), dashes after
abbreviations ("U.S.–China"), slashed amounts ("30GW/111GWh"), non-breaking hyphens, trade-mark signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from spacy.language import Language
from spacy.tokenizer import Tokenizer
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
REMEMBERED = 100_000  # written words whose division into tokens is remembered
SUFFIXES = (r"[™®©]", r"(?<=[a-z])[‐‑–—]")


def customise(nlp: Language) -> None:
    """Replace the affix rules of `nlp.tokenizer` by the stock ones plus those above."""
    defaults = nlp.Defaults
    tokenizer = nlp.tokenizer
    prefixes = [*(defaults.prefixes or ()), *COMPARATORS]
    tokenizer.prefix_search = compile_prefix_regex(prefixes).search
    tokenizer.suffix_search = compile_suffix_regex([*(defaults.suffixes or ()), *SUFFIXES]).search
    tokenizer.infix_finditer = compile_infix_regex([*(defaults.infixes or ()), *INFIXES]).finditer


def quickened(tokenizer: Tokenizer) -> Tokenizer:
    """A tokenizer that divides as another does and asks regular expressions less: they are most of what it does.

    Args:
        tokenizer: with rules after those of `customise`; none of them divides a word of nothing but letters, unless
            as a special case.
    """
    _, (vocab, rules, prefix, suffix, infix, token, url), *_ = tokenizer.__reduce__()
    return Tokenizer(
        vocab,
        rules,
        prefix,
        _Unlettered(suffix.__self__).search,
        _Unlettered(infix.__self__).finditer,
        token,
        _Unlettered(url.__self__).match,
        tokenizer.faster_heuristics,
        REMEMBERED,
    )


class _Unlettered:
    """A regular expression that fits no word of nothing but letters, and is not tried on one.

    Attributes:
        pattern: as of a compiled expression; spaCy saves it.
    """

    def __init__(self, expression: re.Pattern[str]) -> None:
        self._expression, self.pattern = expression, expression.pattern

    def search(self, string: str) -> re.Match[str] | None:
        return None if string.isalpha() else self._expression.search(string)

    def match(self, string: str) -> re.Match[str] | None:
        return None if string.isalpha() else self._expression.match(string)

    def finditer(self, string: str) -> Iterable[re.Match[str]]:
        return () if string.isalpha() else self._expression.finditer(string)
