"""Whether what looks like a calendar expression is one: "May" the verb, "2,025", "ISO 14067:2018", "today" nowadays."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from claimstake.grammar.date_expression import DateExpression
from claimstake.grammar import date_lexicon
from claimstake.grammar.date_lexicon import Lexed, calendar, values

APOSTROPHES, DASHES = frozenset(date_lexicon.APOSTROPHES), frozenset(date_lexicon.DASHES)
# A token that touches a number on its left and makes it part of something else.
GLUE_LEFT = frozenset("$€£¥₹#@_/\\=&.,:+*%~^|<>")
GLUE_WORD = frozenset("_@#")
GLUE_RIGHT = frozenset("%@_\\=&+*^/°")
CURRENCIES = frozenset("$€£¥₹")
NUMBER_POINTS = frozenset(".,:/") | DASHES
LIKELY_YEARS = range(1950, 2061)  # bare numbers outside need a preposition
ADDRESS_WINDOW = 300  # characters
ADDRESS = re.compile(r"(?:https?://|www\.)[^)\]]*\Z")
REFERENCE = re.compile(r"[0-9]+\s+(?:F\.?R\.?|Fed\. Reg\.)\s+[0-9,]+[,;:(\s]+$")


@cache
def words(section: str, name: str) -> frozenset[str]:
    """A word list of calendar.toml as a set of lower-case words."""
    return frozenset(w.lower() for w in calendar()[section][name])


def is_date(expression: DateExpression, lexed: Lexed, i: int, j: int, has_year_before: bool) -> bool:
    """Whether tokens `i` to `j` are the calendar expression that they look like.

    Args:
        expression: what was built from them.
        lexed: the text.
        i, j: half-open token range.
        has_year_before: an accepted year stands just before, joined by a comma, "and" or "or".
    """
    if _glued(lexed, i, j) or _recurs(lexed, i, j) or _in_address(lexed.text, expression.start):
        return False
    if expression.first is not None and expression.first.kind == "year":
        return _is_span_of_years(expression, lexed, i, j)
    if expression.kind == "year":
        return _is_year(expression, lexed, i, j, has_year_before)
    test = TESTS.get(expression.kind)
    if test is None:
        return True
    return test(expression, lexed, i, j)


def _glued(lexed: Lexed, i: int, j: int) -> bool:
    """Whether the first or last token is part of a longer number, word, address or code."""
    before, after = lexed.adjacent_before(i), lexed.adjacent_after(j)
    first, last = lexed.tokens[i], lexed.tokens[j - 1]
    if first[0].isdigit():
        if before in GLUE_LEFT or before.isalnum():
            return True
        if before in DASHES and _glued_dash(lexed, i):
            return True
    elif before.isalnum() or before in GLUE_WORD or (before == "-" and _glued_dash(lexed, i, lower=True)):
        return True
    elif before == "/" and lexed.adjacent_before(i - 1).lower() not in values()["month"]:
        return True
    if not after:
        return False
    if last[-1].isdigit() and after in NUMBER_POINTS:
        if after in DASHES and "/" in lexed.tokens[i:j]:
            return False  # "10/1/2025-10/7/2025"
        following = lexed.adjacent_after(j + 1)
        return following[:1].isdigit() or (after in "/:" and bool(following)) or (after == "-" and following.isupper())
    if after == "/" and lexed.adjacent_after(j + 1).lower() in values()["month"]:
        return False
    return after in GLUE_RIGHT or (after.isalnum() and not _timestamp(lexed, j)) or after == "_"


def _in_address(text: str, start: int) -> bool:
    """Whether the expression stands inside a web address."""
    begin = max(text.rfind(" ", 0, start), text.rfind("\n", 0, start), start - ADDRESS_WINDOW) + 1
    return ADDRESS.search(text[begin:start]) is not None


def _glued_dash(lexed: Lexed, i: int, *, lower: bool = False) -> bool:
    """Whether the dash before token `i` joins it to a (lower-case) word other than "pre-", "mid-" and the like."""
    word = lexed.adjacent_before(i - 1)
    if lexed.tokens[i + 1 : i + 2] == ["/"] and lexed.tokens[max(0, i - 3) : i - 2] == ["/"]:
        return False
    if not word.isalnum() or (lower and not word.islower()) or lexed.tokens[i - 1] in "\u2014\u2015":
        return False
    return word.lower() not in words("evidence", "prepositions") and word.lower() not in values()["part"]


def _timestamp(lexed: Lexed, j: int) -> bool:
    return lexed.tokens[j] == "T" and lexed.adjacent_after(j + 1)[:1].isdigit()


def _recurs(lexed: Lexed, i: int, j: int) -> bool:
    """ "every Monday", "31 December of each year"."""
    before = lexed.word_before(i)[0].lower()
    if before in words("evidence", "recurring"):
        return True
    after = lexed.word_after(j)[0].lower()
    if after == "of" or after == "in":
        after = lexed.word_after(j, 1)[0].lower()
    return after in words("evidence", "recurring_after")


def _counts_something(lexed: Lexed, j: int) -> bool:
    return lexed.word_after(j)[0].lower() in words("evidence", "counts")


def _is_span_of_years(expression: DateExpression, lexed: Lexed, i: int, j: int) -> bool:
    """ "2024–25" is a date but after "Procedure" or before "units"."""
    before, k = lexed.word_before(i)
    is_code = before.lower() in words("evidence", "codes") or (before == "." and _is_code(lexed, k))
    return not is_code and before not in CURRENCIES and not (_counts_something(lexed, j) and not expression.fiscal)


def _is_year(expression: DateExpression, lexed: Lexed, i: int, j: int, has_year_before: bool) -> bool:
    if expression.fiscal or lexed.tokens[i][0].isalpha():
        return True  # "FY2025", "year 2025"
    before, k = lexed.word_before(i)
    lower = before.lower()
    after = lexed.word_after(j)[0].lower()
    if _counts_something(lexed, j) or after in words("evidence", "codes_after") or lower in CURRENCIES:
        return False
    if has_year_before:
        return True
    if lower in words("evidence", "codes") or (lower == "." and _is_code(lexed, k)):
        return False
    is_likely = expression.year in LIKELY_YEARS
    if lower in words("evidence", "prepositions"):
        return is_likely or lower not in ("about", "than", "over", "and", "or", "of", "for", "around", "is", "was", "on", "at")
    if not is_likely or (expression.year % 1000 == 0 and lower not in words("evidence", "determiners")):
        return False
    return _stands_like_a_year(before, lexed, k, after)


def _is_code(lexed: Lexed, k: int) -> bool:
    """Whether the full stop at token `k` ends "No." or the like."""
    return lexed.adjacent_before(k).lower() in words("evidence", "codes")


def _stands_like_a_year(before: str, lexed: Lexed, k: int, after: str) -> bool:
    """A likely year without a preposition: not in a name ("CES 2025"), a citation ("Rule; 2018") or a number."""
    lower = before.lower()
    if not before or before in ".!?•":
        return after.isalpha() and after.islower()
    if before in DASHES:
        glued = lexed.adjacent_before(k)
        return not glued or glued.lower() in values()["part"] or glued.lower() in words("evidence", "prepositions")
    if before in "([" or before in "“\"'‘":
        return True
    if before in APOSTROPHES:
        return not lexed.adjacent_before(k).isdigit()  # "companies' 2025 plans"
    if before == "s" and lexed.adjacent_before(k) in APOSTROPHES:
        return True
    if before == ")":
        return lexed.text[: lexed.offsets[k] + 1].endswith(("(FY)", "(CY)"))
    if not before.isalpha():
        return False
    if before[0].islower() or lower in words("evidence", "determiners"):
        return True
    return lower in words("evidence", "headline_verbs") or lower in ("cy", "fy")


def _is_month(expression: DateExpression, lexed: Lexed, i: int, j: int) -> bool:
    if expression.year is not None:
        return _has_numeric_evidence(lexed, i, j)
    if expression.year_shift is not None:
        return True
    word = lexed.tokens[i] if j - i == 1 else lexed.tokens[j - 1]
    if expression.shift is not None:
        return word[0].isupper() or word.lower() not in words("english", "verbs")
    before, k = lexed.word_before(i)
    lower = before.lower()
    after, _ = lexed.word_after(j)
    following = lexed.adjacent_after(j + 1)
    if lexed.adjacent_after(j) in DASHES and following.lower() in values()["month"]:
        return word[0].isupper()  # "Jan-Feb 2017"
    if lexed.adjacent_after(j) in ("-", "'", "’") and following[:1].isupper():
        return False  # "May-Britt"
    if len(word) < 4 and word not in ("May", "MAY"):
        return lower in ABBREVIATION_PREPOSITIONS and word[0].isupper()
    if word.lower() not in words("english", "months"):
        return not _in_a_name(before, after)
    return _is_month_not_word(word, lower, after, lexed, k)


def _has_numeric_evidence(lexed: Lexed, i: int, j: int) -> bool:
    """ "2025-07" and "7/2025" are months only after a preposition; "July 2025" always."""
    if lexed.tokens[i][0].isalpha() or lexed.tokens[i][0].isspace():
        return True
    before = lexed.word_before(i)[0].lower()
    return before in words("evidence", "prepositions") and not _counts_something(lexed, j)


def _in_a_name(before: str, after: str) -> bool:
    """ "October Revolution", "Fourth of July Inc.": a month between capitalised words in running text."""
    return after.lower() in ("inc", "corp", "ltd", "llc", "group") and before[:1].isupper()


ABBREVIATION_PREPOSITIONS = frozenset("in since until till early mid late of from after before to through between".split())
MONTH_PREPOSITIONS = frozenset(
    "in since by until till before after during through throughout from of for to last next this early mid late between and or than "
    "around effective starting beginning ending ended back as".split()
)


def _is_month_not_word(word: str, lower: str, after: str, lexed: Lexed, k: int) -> bool:
    """ "May", "March", "April", "June", "August": after a preposition, or "the May meeting", "May's figures"."""
    if after in APOSTROPHES and lexed.word_after(k + 1, 2)[0] == "s":
        return True
    is_verb = word.lower() in ("may", "march")
    if word.isupper() and len(word) > 3 and is_verb and lower not in MONTH_PREPOSITIONS:
        return False
    if lower in MONTH_PREPOSITIONS and not (is_verb and lower in ("of", "for", "to", "and", "or", "than") and after.islower()):
        return not (word == "MAY" and lower in ("and", "or"))
    if lower in ("the", "a", "an", "its", "their", "s", "said"):
        return after.islower() and after != "of"
    if not is_verb:
        return not after[:1].isupper() and not lower[:1].isalpha()
    return False


def _is_day(expression: DateExpression, lexed: Lexed, i: int, j: int) -> bool:
    tokens = lexed.tokens[i:j]
    if expression.year is None and any(t in words("english", "verbs") for t in tokens):
        if len(tokens) > 3 or tokens[0][0].isdigit():
            return tokens[0] not in ("may",) or tokens[-1].isalpha()  # "3 march", "march 3rd"
        return lexed.word_after(j)[0] in ("", ".", ",", ";", ")") and "may" not in tokens
    if tokens[0][0].isalpha() and tokens[-1].isdigit() and expression.year is None:
        return not _counts_something(lexed, j)
    return True


def _is_monthday(expression: DateExpression, lexed: Lexed, i: int, j: int) -> bool:
    if expression.weekday is not None or expression.unit is not None:
        return True
    after = lexed.word_after(j)[0]
    lead = lexed.word_before(i)[0].lower()
    if lead == "the":
        lead = lexed.word_before(i, 1)[0].lower()
    return lead in ("on", "by", "until", "till") and (not after or after in ".,;)")


def _is_weekday(expression: DateExpression, lexed: Lexed, i: int, j: int) -> bool:
    if lexed.word_before(i)[0].lower() in words("english", "before_weekdays"):
        return False
    word = lexed.tokens[i] if expression.shift is None or expression.unit else lexed.tokens[j - 1]
    if len(word) > 5 or expression.unit == "week":
        return True
    lead = lexed.word_before(i)[0].lower()
    return word[0].isupper() and (expression.shift is not None or (lead in ("on", "by", "until") and word not in ("SUN", "SAT", "Sun", "Sat")))


def _is_quarter(expression: DateExpression, lexed: Lexed, i: int, j: int) -> bool:
    if expression.year is not None or expression.year_shift is not None:
        return True
    after = lexed.word_after(j)[0].lower()
    if after == "of" or after == "in" and lexed.word_after(j, 1)[0].lower() == "the":
        return False  # of a game, of a list
    text = expression.text.lower()
    if expression.kind == "half" and text[0] in "h12":
        return lexed.word_before(i)[0].lower() in ("in", "during", "for", "of", "late", "early") and text != "h2"
    if expression.kind == "half" and "-" in text:
        return after.isalpha()
    return not (text.startswith("q") and not text[1:2].isdigit())


def _is_season(expression: DateExpression, lexed: Lexed, i: int, j: int) -> bool:
    lead, k = lexed.word_before(i)
    if lexed.tokens[i].lower() == "that":  # "rules that fall under"
        return lead.lower() in ("in", "since", "until", "during", "by", "later", "earlier")
    if expression.year is not None or expression.year_shift is not None or expression.shift is not None:
        return True
    after = lexed.word_after(j)[0]
    if after.isalpha() and after.lower() not in ("and", "or", "but", "when", "as", "to", "before", "after"):
        return False
    if lead.lower() == "the":
        return lexed.word_before(k)[0].lower() in ("in", "by", "during", "until", "since", "of", "before", "after", "late", "early", "through")
    return lead.lower() in ("in", "by", "this", "until", "since", "late", "early", "mid") and expression.text.lower() != "fall"


def _is_relative(expression: DateExpression, lexed: Lexed, i: int, j: int) -> bool:
    text = expression.text.lower()
    before, k = lexed.word_before(i)
    lower = before.lower()
    if text == "today":
        return _is_a_day_today(lexed, i, j, lower)
    if text in ("yesterday", "tomorrow"):
        is_possessive = lexed.adjacent_after(j) in APOSTROPHES
        return lower not in ("of", "the", "after", "before") and not (is_possessive and text == "tomorrow" and not _names_event(lexed, j))
    if expression.part == "mid" or text.startswith(("early-", "late-")):
        return text.startswith("mid") or expression.year is not None
    if text.startswith("last") and expression.unit in ("week", "day", "month") and lexed.word_after(j)[0].lower() in ("of", "in"):
        return _year_follows(lexed, j) is False and lexed.word_after(j, 1)[0].lower() not in values()["month"]
    if text.startswith("same") and _year_follows(lexed, j):
        return False  # "the same quarter last year": the year alone is the date
    if "-end" in text or " end" in text:
        return lexed.word_after(j)[0].lower() not in ("user", "users", "use", "product", "products", "of")
    if expression.shift is not None and text.startswith(("this", "that", "same")):
        following = lexed.adjacent_after(j)
        return following != "-" and not (text.startswith("that") and lower in ("so", "such", "ensure"))
    return lexed.adjacent_after(j) != "-"


def _year_follows(lexed: Lexed, j: int) -> bool:
    """ "of 2024", "last year"."""
    after = lexed.word_after(j)[0].lower()
    after = lexed.word_after(j, 1)[0].lower() if after in ("of", "in") else after
    return after in ("last", "previous", "prior", "this", "the") or after[:2] in ("19", "20")


def _names_event(lexed: Lexed, j: int) -> bool:
    """Whether a possessive is followed by a word such as "announcement"."""
    return lexed.word_after(j, 2)[0].lower() in words("evidence", "today_nouns")


def _is_a_day_today(lexed: Lexed, i: int, j: int, lower: str) -> bool:
    """ "announced today", "today published", "today's announcement"; not "in today's market" or "Today, China leads"."""
    after = lexed.word_after(j)[0].lower()
    if after in APOSTROPHES:
        return _names_event(lexed, j)
    if lower in words("evidence", "today_before") or lower in words("evidence", "today_events"):
        return True
    if after in words("evidence", "today_events") or (after.endswith("ed") and len(after) > 4):
        return True
    return lower.endswith("ed") and len(lower) > 4 and lower not in ("used", "needed", "required", "based")


def _is_offset(expression: DateExpression, lexed: Lexed, i: int, j: int) -> bool:
    before, k = lexed.word_before(i)
    if before.lower() in ("and", "half", "few") or (before in ".,/-" and before and lexed.adjacent_before(i)):
        return False
    return not (lexed.word_after(j)[0].lower() == "than")


def _is_decade(expression: DateExpression, lexed: Lexed, i: int, j: int) -> bool:
    if lexed.tokens[i] in APOSTROPHES:
        return lexed.word_before(i)[0].lower() in ("the", "early", "mid", "late") and not lexed.adjacent_before(i)
    return True


TESTS: dict[str, Callable[[DateExpression, Lexed, int, int], bool]] = {
    "day": _is_day,
    "monthday": _is_monthday,
    "month": _is_month,
    "year": lambda *_: True,
    "weekday": _is_weekday,
    "quarter": _is_quarter,
    "half": _is_quarter,
    "season": _is_season,
    "relative": _is_relative,
    "offset": _is_offset,
    "decade": _is_decade,
}


def is_reference(text: str, start: int) -> bool:
    """Whether a Federal Register citation ("75 FR 44088, July 28, 2010") stands just before."""
    return REFERENCE.search(text, max(0, start - 40), start) is not None
