"""Whether an ambiguous word is a calendar expression where it stands: "May", "Sun", "fall", "second half", "today"."""

from __future__ import annotations

from collections.abc import Callable

from claimstake.grammar import date_lexicon
from claimstake.grammar.date_expression import DateExpression
from claimstake.grammar.date_lexicon import Lexed, values, words

APOSTROPHES, DASHES = frozenset(date_lexicon.APOSTROPHES), frozenset(date_lexicon.DASHES)
ENDS = frozenset(("", ".", ",", ";", ")"))


def _lower_before(lexed: Lexed, i: int, skip: int = 0) -> str:
    return lexed.word_before(i, skip)[0].lower()


def _lower_after(lexed: Lexed, j: int, skip: int = 0) -> str:
    return lexed.word_after(j, skip)[0].lower()


def _has_year(expression: DateExpression) -> bool:
    return expression.year is not None or expression.year_shift is not None


def _is_month(expression: DateExpression, lexed: Lexed, i: int, j: int) -> bool:
    if expression.year is not None:
        return _is_month_of_year(lexed, i, j)
    if expression.year_shift is not None:
        return True
    word = lexed.tokens[j - 1]
    if expression.shift is not None:
        return word[0].isupper() or word.lower() not in words("english", "verbs")
    before, following = _lower_before(lexed, i), lexed.adjacent_after(j + 1)
    if lexed.adjacent_after(j) in DASHES and following.lower() in values()["month"]:
        return word[0].isupper()  # "Jan-Feb 2017"
    if lexed.adjacent_after(j) in ("-", "'", "’") and following[:1].isupper():
        return False  # "May-Britt"
    if len(word) < 4 and word.lower() != "may":
        return before in words("evidence", "abbreviation_prepositions") and word[0].isupper()
    if word.lower() in words("english", "months"):
        return _is_month_not_word(word, lexed, i, j)
    return not (_lower_after(lexed, j) in words("evidence", "firms") and lexed.word_before(i)[0][:1].isupper())


def _is_month_of_year(lexed: Lexed, i: int, j: int) -> bool:
    """ "2025-07" and "7/2025" are months only after a preposition; "July 2025" always."""
    if not lexed.tokens[i][0].isdigit():
        return True
    is_governed = _lower_before(lexed, i) in words("evidence", "prepositions")
    return is_governed and _lower_after(lexed, j) not in words("evidence", "counts")


def _is_month_not_word(word: str, lexed: Lexed, i: int, j: int) -> bool:
    """ "May", "March", "April", "June", "August": after a preposition, or "the May meeting", "May's figures"."""
    before, after = _lower_before(lexed, i), lexed.word_after(j)[0]
    if after in APOSTROPHES and lexed.word_after(j, 1)[0] == "s":
        return True
    is_verb = word.lower() in words("english", "verbs")
    if before in words("evidence", "month_prepositions"):
        is_loose = before in words("evidence", "loose_prepositions")
        return not (is_verb and is_loose and (after.islower() or word.isupper()))
    if before in words("evidence", "month_determiners"):
        return after.islower() and after != "of"
    return not is_verb and not after[:1].isupper() and not before[:1].isalpha()


def _is_day(expression: DateExpression, lexed: Lexed, i: int, j: int) -> bool:
    if expression.year is not None:
        return True
    tokens = lexed.tokens[i:j]
    if tokens[0] == "Fourth":
        return False  # the holiday
    if any(t in words("english", "verbs") for t in tokens):
        if len(tokens) > 3 or tokens[0][0].isdigit():
            return tokens[0] != "may" or tokens[-1].isalpha()  # "3 march", "march 3rd"
        return lexed.word_after(j)[0] in ENDS and "may" not in tokens
    if tokens[0][0].isalpha() and tokens[-1].isdigit():
        return _lower_after(lexed, j) not in words("evidence", "counts")  # "In March 20 companies"
    return True


def _is_monthday(expression: DateExpression, lexed: Lexed, i: int, j: int) -> bool:
    if expression.weekday is not None or expression.unit is not None:
        return True
    lead = _lower_before(lexed, i)
    lead = _lower_before(lexed, i, 1) if lead == "the" else lead
    return lead in ("on", "by", "until", "till") and lexed.word_after(j)[0] in ENDS


def _is_weekday(expression: DateExpression, lexed: Lexed, i: int, j: int) -> bool:
    before = _lower_before(lexed, i)
    if before in words("english", "before_weekdays"):
        return False
    is_shifted = expression.shift is not None or expression.number is not None
    word = lexed.tokens[j - 1] if is_shifted and not expression.unit else lexed.tokens[i]
    if len(word) > 5 or expression.unit == "week":
        return True
    if not word[0].isupper():
        return False
    return is_shifted or (before in ("on", "by", "until") and word.lower() not in ("sun", "sat"))


def _is_quarter(expression: DateExpression, lexed: Lexed, i: int, j: int) -> bool:
    if _has_year(expression):
        return True
    after = _lower_after(lexed, j)
    if after == "of" or (after == "in" and _lower_after(lexed, j, 1) == "the"):
        return False  # of a game, of a list
    text = expression.text.lower()
    if expression.kind == "half" and text in ("h1", "h2", "1h", "2h"):
        return _lower_before(lexed, i) in ("in", "during", "for", "late", "early") and text != "h2"  # hydrogen
    return expression.kind == "quarter" or "-" not in text or after.isalpha()


def _is_season(expression: DateExpression, lexed: Lexed, i: int, j: int) -> bool:
    before, k = lexed.word_before(i)
    if lexed.tokens[i].lower() == "that":  # "rules that fall under"
        return before.lower() in words("evidence", "season_prepositions")
    if _has_year(expression) or expression.shift is not None:
        return True
    after = _lower_after(lexed, j)
    if after.isalpha() and after not in words("evidence", "after_seasons"):
        return False
    if before.lower() == "the":
        return _lower_before(lexed, k) in words("evidence", "season_prepositions")
    return before.lower() in words("evidence", "bare_season_prepositions") and expression.text.lower() != "fall"


def _is_relative(expression: DateExpression, lexed: Lexed, i: int, j: int) -> bool:
    text, before, after = expression.text.lower(), _lower_before(lexed, i), _lower_after(lexed, j)
    if text == "today":
        return _is_a_day_today(lexed, j, before)
    if text in ("yesterday", "tomorrow"):
        is_idle = text == "tomorrow" and lexed.adjacent_after(j) in APOSTROPHES and not _names_event(lexed, j)
        return before not in ("of", "the", "after", "before") and not is_idle
    if text.startswith(("early-", "late-")):
        return expression.year is not None
    if text.startswith("last") and expression.unit in ("week", "day", "month") and after in ("of", "in"):
        return not _year_follows(lexed, j) and _lower_after(lexed, j, 1) not in values()["month"]
    if text.startswith("same") and _year_follows(lexed, j):
        return False  # "the same quarter last year": the year alone is the date
    if "-end" in text or " end" in text:
        return after not in ("user", "users", "use", "product", "products", "of")
    if text.startswith("that") and before in ("so", "such", "ensure"):
        return False
    return lexed.adjacent_after(j) != "-"


def _year_follows(lexed: Lexed, j: int) -> bool:
    """ "of 2024", "last year"."""
    after = _lower_after(lexed, j)
    after = _lower_after(lexed, j, 1) if after in ("of", "in") else after
    return after in ("last", "previous", "prior", "this", "the") or after[:2] in ("19", "20")


def _names_event(lexed: Lexed, j: int) -> bool:
    """Whether a possessive is followed by a word such as "announcement"."""
    return _lower_after(lexed, j, 2) in words("evidence", "today_nouns")


def _is_a_day_today(lexed: Lexed, j: int, before: str) -> bool:
    """ "announced today", "today's announcement"; not "in today's market" or "Today, China leads"."""
    after = _lower_after(lexed, j)
    if after in APOSTROPHES:
        return _names_event(lexed, j)
    if before in words("evidence", "today_before"):
        return True
    return any(w in words("evidence", "today_events") or _is_past(w) for w in (before, after))


def _is_past(word: str) -> bool:
    return word.endswith("ed") and len(word) > 4 and word not in words("evidence", "today_idle")


def _is_offset(expression: DateExpression, lexed: Lexed, i: int, j: int) -> bool:
    """ "two years ago", but not the end of "2.5 years ago" or "no more than two days later than"."""
    before = lexed.word_before(i)[0]
    is_fraction = before.lower() in ("half", "few") or lexed.adjacent_before(i) in (".", ",", "/", "-")
    return not is_fraction and _lower_after(lexed, j) != "than"


def _is_decade(expression: DateExpression, lexed: Lexed, i: int, j: int) -> bool:
    if lexed.tokens[i] not in APOSTROPHES:
        return True
    return _lower_before(lexed, i) in ("the", "early", "mid", "late") and not lexed.adjacent_before(i)


Test = Callable[[DateExpression, Lexed, int, int], bool]
TESTS: dict[str, Test] = {
    "day": _is_day,
    "monthday": _is_monthday,
    "month": _is_month,
    "weekday": _is_weekday,
    "quarter": _is_quarter,
    "half": _is_quarter,
    "season": _is_season,
    "relative": _is_relative,
    "offset": _is_offset,
    "decade": _is_decade,
}
