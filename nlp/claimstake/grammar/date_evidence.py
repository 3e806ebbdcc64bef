"""Whether what looks like a calendar expression is one: "2,025", "ISO 14067:2018", "2025 units", "every Monday".

Ambiguous words ("May", "Sun", "fall", "today") are judged in date_words.
"""

from __future__ import annotations

import re

from claimstake.grammar import date_lexicon
from claimstake.grammar.date_expression import DateExpression
from claimstake.grammar.date_lexicon import Lexed, values, words
from claimstake.grammar.date_words import TESTS

APOSTROPHES, DASHES = frozenset(date_lexicon.APOSTROPHES), frozenset(date_lexicon.DASHES)
CURRENCIES = frozenset("$€£¥₹")
# A token that touches a number on its left and makes it part of something else.
GLUE_LEFT = CURRENCIES | frozenset("#@_/\\=&.,:+*%~^|<>")
GLUE_WORD = frozenset("_@#")
GLUE_RIGHT = frozenset("%@_\\=&+*^/°")
NUMBER_POINTS = frozenset(".,:/") | DASHES
OPENERS, ENDERS = frozenset("([“\"'‘"), frozenset(".!?•")
LIKELY_YEARS = range(1950, 2061)  # bare numbers outside need a preposition that a count does not take
ADDRESS_WINDOW = 300  # characters
ADDRESS = re.compile(r"(?:https?://|www\.)[^)\]]*\Z")
REFERENCE = re.compile(r"[0-9]+\s+(?:F\.?R\.?|Fed\. Reg\.)\s+[0-9,]+[,;:(\s]+$")


def is_date(expression: DateExpression, lexed: Lexed, i: int, j: int, has_year_before: bool) -> bool:
    """Whether tokens `i` to `j` are the calendar expression that they look like.

    Args:
        expression: what was built from them.
        lexed: the text.
        i, j: half-open token range.
        has_year_before: an accepted year stands just before, joined by a comma, "and" or "or".
    """
    if _is_glued(lexed, i, j) or _recurs(lexed, i, j) or _in_address(lexed.text, expression.start):
        return False
    if expression.first is not None and expression.first.kind == "year":
        return _is_span_of_years(expression, lexed, i, j)
    if expression.kind == "year":
        return _is_year(expression, lexed, i, j, has_year_before)
    test = TESTS.get(expression.kind)
    return test is None or test(expression, lexed, i, j)


def is_reference(text: str, start: int) -> bool:
    """Whether a Federal Register citation ("75 FR 44088, July 28, 2010") stands just before."""
    return REFERENCE.search(text, max(0, start - 40), start) is not None


def _is_glued(lexed: Lexed, i: int, j: int) -> bool:
    """Whether the first or last token is part of a longer number, word, address or code."""
    if _is_glued_left(lexed, i):
        return True
    after, last = lexed.adjacent_after(j), lexed.tokens[j - 1]
    if not after:
        return False
    following = lexed.adjacent_after(j + 1)
    if last[-1].isdigit() and after in NUMBER_POINTS:
        if after in DASHES and "/" in lexed.tokens[i:j]:
            return False  # "10/1/2025-10/7/2025"
        return following[:1].isdigit() or (after in "/:" and bool(following)) or (after == "-" and following.isupper())
    if after == "/" and following.lower() in values()["month"]:
        return False
    is_timestamp = after == "T" and following[:1].isdigit()
    return after in GLUE_RIGHT or (after.isalnum() and not is_timestamp)


def _is_glued_left(lexed: Lexed, i: int) -> bool:
    before = lexed.adjacent_before(i)
    if lexed.tokens[i][0].isdigit():
        return before in GLUE_LEFT or before.isalnum() or (before in DASHES and _is_compound(lexed, i))
    if before == "/":
        return lexed.adjacent_before(i - 1).lower() not in values()["month"]
    return before.isalnum() or before in GLUE_WORD or (before == "-" and _is_compound(lexed, i, lower=True))


def _is_compound(lexed: Lexed, i: int, *, lower: bool = False) -> bool:
    """Whether the dash before token `i` joins it to a (lower-case) word other than "pre-", "mid-" and the like."""
    word = lexed.adjacent_before(i - 1)
    if lexed.tokens[i + 1 : i + 2] == ["/"] and lexed.tokens[max(0, i - 3) : i - 2] == ["/"]:
        return False  # "10/1/2025-10/7/2025"
    if not word.isalnum() or (lower and not word.islower()) or lexed.tokens[i - 1] in "\u2014\u2015":
        return False
    return not _may_prefix(word)


def _may_prefix(word: str) -> bool:
    """ "pre", "post", "mid", "early"."""
    return word.lower() in words("evidence", "prepositions") or word.lower() in values()["part"]


def _in_address(text: str, start: int) -> bool:
    """Whether the expression stands inside a web address."""
    floor = max(0, start - ADDRESS_WINDOW)
    begin = max(text.rfind(" ", floor, start) + 1, text.rfind("\n", floor, start) + 1, floor)
    return ADDRESS.search(text[begin:start]) is not None


def _recurs(lexed: Lexed, i: int, j: int) -> bool:
    """ "every Monday", "31 December of each year"."""
    if lexed.word_before(i)[0].lower() in words("evidence", "recurring"):
        return True
    after = lexed.word_after(j)[0].lower()
    if after in ("of", "in"):
        after = lexed.word_after(j, 1)[0].lower()
    return after in words("evidence", "recurring_after")


def _is_code(lexed: Lexed, i: int) -> bool:
    """Whether a word such as "Section" or "No." stands before token `i`."""
    before, k = lexed.word_before(i)
    if before == ".":
        before = lexed.adjacent_before(k)
    return before.lower() in words("evidence", "codes")


def _ends_an_act(word: str) -> bool:
    """ "Act", "Law": the year after "of" belongs to its name."""
    return word[:1].isupper() and word.lower() in words("evidence", "acts")


def _is_span_of_years(expression: DateExpression, lexed: Lexed, i: int, j: int) -> bool:
    """ "2024–25" is a date but after "Procedure" or before "units"."""
    if _is_code(lexed, i) or lexed.word_before(i)[0] in CURRENCIES:
        return False
    return expression.fiscal or lexed.word_after(j)[0].lower() not in words("evidence", "counts")


def _is_year(expression: DateExpression, lexed: Lexed, i: int, j: int, has_year_before: bool) -> bool:
    if expression.fiscal or lexed.tokens[i][0].isalpha():
        return True  # "FY2025", "year 2025"
    before = lexed.word_before(i)[0].lower()
    after = lexed.word_after(j)[0].lower()
    if after in words("evidence", "counts") or after in words("evidence", "codes_after") or before in CURRENCIES:
        return False
    if has_year_before:
        return True
    if _is_code(lexed, i) or (before == "of" and _ends_an_act(lexed.word_before(i, 1)[0])):
        return False
    is_likely = expression.year in LIKELY_YEARS
    if before in words("evidence", "prepositions"):
        return is_likely or before not in words("evidence", "count_prepositions")
    is_round = (expression.year or 0) % 1000 == 0 and before not in words("evidence", "determiners")
    return is_likely and not is_round and _stands_like_a_year(lexed, i, after)


def _stands_like_a_year(lexed: Lexed, i: int, after: str) -> bool:
    """A likely year without a preposition: not in a name ("CES 2025"), a citation ("Rule; 2018") or a number."""
    before, k = lexed.word_before(i)
    glued = lexed.adjacent_before(k)
    if not before or before in ENDERS:
        return after.isalpha()
    if before == ";" and not after:  # "Results of Administrative Review; 2018"
        return glued.lower() in words("evidence", "reviews")
    if before in DASHES:
        return not glued or _may_prefix(glued)
    if before in OPENERS and (before not in APOSTROPHES or not glued):
        return True
    if before in APOSTROPHES:
        return not glued.isdigit()  # "companies' 2025 plans"
    if before == "s" and glued in APOSTROPHES:
        return True
    if before == ")":
        return lexed.text[: lexed.offsets[k] + 1].endswith(("(FY)", "(CY)"))
    if not before.isalpha():
        return False
    lower = before.lower()
    return before == lower or lower in words("evidence", "determiners") or lower in words("evidence", "headline_verbs")
