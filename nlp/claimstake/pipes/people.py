"""People by what stands before a surname: a role or title ("CEO Belinda Labatte"), or a given name ("Iwan Williams").

Given names that are ordinary words or places ("Grant", "Victoria") are in no list here; the recogniser judges them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from claimstake.knowledge.tables import demonyms, lines
from claimstake.mirror import Mirror, Word
from claimstake.pipes.name_words import PARTICLES, acceptable, person_word, table

Found = tuple[int, int, str]  # token start, token end, rule
INITIALS = re.compile(r"[A-Z]\.?(?:-?[A-Z]\.)*")
SURNAME = re.compile(r"(?:O['’]|Mc|Mac|De|Di|Le|La)?[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿā-ž'’]+(?:-[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿā-ž]+)?")
# Before a given name these make it a place's or a body's.
NEVER_BEFORE = frozenset({"San", "Santa", "St.", "St", "Saint", "Port", "Fort", "Mount", "Mt.", "Lake", "Camp", "Cape"})
GENERATIONS = frozenset({"Jr", "Sr", "II", "III"})
MAX_SURNAMES = 2


def find_people(doc: Mirror, low: int, high: int) -> Iterator[Found]:
    """People in doc[low:high]."""
    titles, given = table()["titles"], lines("given_names.txt")
    for i, text in enumerate(doc.texts[low : high - 1], low):
        if text in titles:
            end = _after_title(doc, i, high)
            if end is not None and not doc.sentence_at(i).titled and acceptable(doc[i + 1 : end], "PERSON"):
                yield i + 1, end, "name.role"
        elif text in given and _opens(doc, i, low):
            end = _after_given(doc, i, high)
            if end is not None and acceptable(doc[i:end], "PERSON"):
                yield i, end, "name.given"


def _after_title(doc: Mirror, title: int, high: int) -> int | None:
    """End of the name after a role or title, None where there is none."""
    first = title + 1
    while first < high and _initials(doc.words[first]):
        first += 1
    if first >= high or not person_word(doc.words[first]):
        return None
    end = first + 1
    while end < min(high, first + 3) and (person_word(doc.words[end]) or _initials(doc.words[end])):
        end += 1
    return end if end - title > 2 or doc.words[title].text in table()["honorifics"] else None


def _initials(token: Word) -> bool:
    """ "J.", "J.B.", "M"."""
    return len(token.text) < 6 and INITIALS.fullmatch(token.text) is not None


def _opens(doc: Mirror, i: int, low: int) -> bool:
    """Whether a name may begin at token i: what stands before is no part of it."""
    if i == low:
        return True
    before = doc.words[i - 1]
    if not before.text[:1].isupper() or doc.words[i].is_sent_start or _initials(before):
        return before.text not in ("-", "/") or bool(before.whitespace_)
    known = before.text in table()["titles"] or before.lower_ in table()["roles"]
    return before.text not in NEVER_BEFORE and (known or before.lower_ in lines("ordinary_words.txt"))


def _after_given(doc: Mirror, given: int, high: int) -> int | None:
    """End of the name that a given name opens; None where no surname follows, or more than a name."""
    titled = doc.sentence_at(given).titled
    k = given + 1
    while k < high and (_initials(doc.words[k]) or doc.texts[k] in lines("given_names.txt")):
        k += 1
    while k < high and doc.lowers[k] in PARTICLES and doc.words[k].text.isalpha():
        k += 1
    end, most = k, 1 if titled else MAX_SURNAMES
    while end < high and end - k < most and _surname(doc, end, first=end == k, titled=titled):
        most += doc.lowers[end] in PARTICLES  # "De La Cruz"
        end = _hyphenated(doc, end, high) + 1
    if end == k:
        return None
    return None if end < high and not titled and goes_on(doc.words[end]) else end


def _hyphenated(doc: Mirror, i: int, high: int) -> int:
    """Last token of the word at i: "Marlowe-Tesk" may be three tokens."""
    while (
        i + 2 < high
        and doc.texts[i + 1] == "-"
        and not doc.words[i].whitespace_
        and SURNAME.fullmatch(doc.texts[i + 2])
    ):
        i += 2
    return i


def goes_on(following: Word) -> bool:
    """Whether the word after a name makes it the beginning of a longer one ("Ryan White HIV/AIDS Program")."""
    if not following.text[:1].isupper() or following.is_sent_start or len(following.text) < 2:
        return False
    known = following.text in table()["titles"] or following.lower_ in table()["roles"]
    return not known and following.text.rstrip(".") not in GENERATIONS


def _surname(doc: Mirror, i: int, *, first: bool, titled: bool) -> bool:
    token, found = doc.words[i], table()
    if not SURNAME.fullmatch(token.text) or token.text in demonyms() or token.is_sent_start:
        return False
    if any(token.text in found[key] for key in ("not_people", "titles", "heads", "firm_heads", "instruments")):
        return False
    if token.lower_ in found["roles"] or _place_head(token):
        return False
    ordinary = token.lower_ in lines("ordinary_words.txt")
    return not ordinary or (first and not titled and token.tag_ in ("NNP", "NNPS"))


def _place_head(token: Word) -> bool:
    return token.text in table()["place_heads"]
