"""Laws, lists, orders, licences and agreements: by capitalised heads, numbers, and kinds in lower case.

Left out: "the list", "the new rules" (nominals) and cross-references inside a law ("Article 89", "§ 110.28").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from claimstake.knowledge.tables import toml
from claimstake.mirror import Mirror
from claimstake.pipes.phrases import Phrases

Found = tuple[int, int, str, str]
SMALL = frozenset(
    [
        "of",
        "and",
        "the",
        "for",
        "in",
        "on",
        "to",
        "or",
        "with",
        "through",
        "from",
        "under",
        "against",
        "by",
        "&",
        "concerning",
    ]
)
LEFT_JOINERS = frozenset(["of", "and", "the", "for", "on", "&"])
NEVER_FIRST = SMALL | frozenset(
    [
        "a",
        "an",
        "this",
        "that",
        "these",
        "its",
        "their",
        "as",
        "is",
        "at",
        "our",
        "new",
        "under",
        "pursuant",
        "if",
        "when",
        "while",
        "since",
        "see",
    ]
)
NUMBER = re.compile(
    r"\s{0,3}(?:No\.?\s{0,2})?(?:\((?:EU|EC|EEC|Euratom|EU, Euratom)\)\s{0,2})?(?:No\.?\s{0,2})?"
    r"(?:[0-9]{4}/[0-9]{1,5}(?:/(?:EU|EC|EEC|CFSP|JHA))?|[0-9]{1,6}(?:/[0-9]{4})?[A-Z]?(?:[-–:][0-9]{1,5})*)(?![\w/])"
)
YEAR_TAIL = re.compile(
    r"\s+of\s+(?:(?:January|February|March|April|May|June|July|August|September|October|November|December)"
    r"\s+[0-9]{1,2},\s+)?"
    r"(?:19|20)[0-9]{2}(?![0-9])"
)
ABBREVIATED = re.compile(r"\s?\([A-Z/]{2,6}\)")
# Titles of sections, articles and entries of a control list.
LEGAL_HEAD = re.compile(
    r"^[ \t]{0,8}(?:§{1,2}[ \t]?[0-9]{1,4}[a-z]?\.[0-9]{1,4}[a-z]?|Article[ \t][0-9]{1,4}[a-z]?"
    r"|(?:ANNEX|Annex)[ \t][IVX]{1,5}|(?:ECCN[ \t])?[0-9][A-E][0-9]{3}(?:\.[a-z0-9]{1,2}){0,4})"
    r"(?=[ \t]{0,4}(?:\n|$|[A-Z\"“]|[ \t]{2}))",
    re.MULTILINE,
)
# An entry of a control list that is written into law; where it is only referred to ("see ECCN 3A001"), it is unmarked.
ENTRY = re.compile(
    r"\b(?:new|(?:add|adopt|amend|creat|establish|introduc|remov|revis)(?:s|es|ed|e|ing))"
    r"(?:\s(?:[a-z]{1,12}\s){0,3}|\s)(?P<name>ECCNs?\s[0-9][A-E][0-9]{3}(?:\.[a-z0-9]{1,2}){0,4})"
)
PACTS = frozenset({"memorandum", "letter"})
OPENING = frozenset({"“", '"', "''", "``"})
MAX_TITLE = 45  # tokens of a quoted title
MAX_LEFT = 16
MAX_RIGHT = 22


def find_instruments(doc: Mirror, phrases: Phrases, body: list[tuple[int, int]]) -> Iterator[Found]:
    """Candidates of every kind inside the body."""
    table = toml("terms.toml")["INSTRUMENT"]
    heads, short, lower = frozenset(table["heads"]), frozenset(table["short"]), table["lower"]
    texts, lowers = doc.texts, doc.lowers
    for low, high in body:
        yield from _legal_heads(doc, low, high)
        yield from _numbered(doc, low, high, table)
        yield from _entries(doc, low, high)
        yield from _patterned(doc, low, high)
        yield from _quoted_titles(doc, low, high, table)
        for i, lemma in enumerate(phrases.lemmas[low:high], low):
            if texts[i] not in heads and lemma not in lower and lowers[i] not in PACTS:
                continue
            token = doc.words[i]
            if token.text in heads:
                yield from _capitalised(doc, phrases, i, table)
                if token.text in short and i > low and _short_form(doc, i, high) and not phrases.titled(token):
                    yield i, i + 1, "INSTRUMENT", "short"
            elif lemma in lower and token.is_lower:
                yield from _lower(doc, phrases, i, low, frozenset(lower[lemma]))
            elif (
                token.lower_ == "memorandum"
                and i + 2 < high
                and doc.words[i + 1].lower_ == "of"
                and doc.words[i + 2].lower_ == "understanding"
            ):
                yield i, i + 3, "INSTRUMENT", "kind"
            elif (
                token.lower_ == "letter"
                and i + 2 < high
                and doc.words[i + 1].lower_ == "of"
                and doc.words[i + 2].lower_ == "intent"
                and token.is_title
            ):
                yield i, _right(doc, i + 2, high), "INSTRUMENT", "name"


def _short_form(doc: Mirror, i: int, high: int) -> bool:
    """ "the Act", "this Regulation": alone, not the beginning of a longer name."""
    following = doc.words[i + 1] if i + 1 < high else None
    alone = following is None or not (following.text[:1].isupper() or following.tag_ in ("NN", "NNS"))
    return doc.words[i - 1].lower_ in ("the", "this") and alone


def _legal_heads(doc: Mirror, low: int, high: int) -> Iterator[Found]:
    """ "§ 746.6" and "Article 13" that open the text they are the title of."""
    start = doc.words[low].idx if low < high else 0
    match = LEGAL_HEAD.match(doc.text, start)
    if match:
        span = doc.covering(match.start() + len(match.group()) - len(match.group().lstrip()), match.end())
        if span is not None:
            yield span.start, span.end, "INSTRUMENT", "heading"


def _entries(doc: Mirror, low: int, high: int) -> Iterator[Found]:
    """ "new ECCN 6A293": an entry of the Commerce Control List that is added or changed."""
    if "ECCN" in doc.text:
        yield from _coded(doc, low, high, ENTRY, "name")


def _numbered(doc: Mirror, low: int, high: int, table: dict) -> Iterator[Found]:
    if low >= high:
        return
    text, (first, last) = doc.text, doc.chars_of(low, high)
    for match in _numbered_pattern().finditer(text, first, last):
        number = NUMBER.match(text, match.end(), last)
        if not number:
            continue
        if match.group() == "Section" and (
            number.group().strip() not in table["sections"] or text.startswith(("(", " of the"), number.end())
        ):
            continue
        if match.group() in ("Regulation", "Directive", "Decision", "Resolution") and "/" not in number.group():
            continue
        end = number.end()
        tail = YEAR_TAIL.match(text, end, last)
        span = doc.covering(match.start(), tail.end() if tail else end)
        if span is not None:
            yield span.start, span.end, "INSTRUMENT", "number"


def _patterned(doc: Mirror, low: int, high: int) -> Iterator[Found]:
    """Kinds with codes of their own: "Country Group D:5", "schedule I", "ECCN 3A090"."""
    if any(cue in doc.text for cue in toml("terms.toml")["INSTRUMENT"]["pattern_cues"]):
        yield from _coded(doc, low, high, _code_pattern())


def _coded(doc: Mirror, low: int, high: int, pattern: re.Pattern[str], group: str | int = 0) -> Iterator[Found]:
    """What a group of a pattern finds among the words [low, high)."""
    if low >= high:
        return
    for match in pattern.finditer(doc.text, *doc.chars_of(low, high)):
        span = doc.covering(*match.span(group))
        if span is not None:
            yield span.start, span.end, "INSTRUMENT", "number"


@cache
def _code_pattern() -> re.Pattern[str]:
    patterns = toml("terms.toml")["INSTRUMENT"]["patterns"]
    return re.compile("|".join(rf"(?:{p})" for p in patterns), re.MULTILINE)


def _quoted_titles(doc: Mirror, low: int, high: int, table: dict) -> Iterator[Found]:
    """A title in quotation marks right after the kind of instrument it names: 'a rule, "Export Controls on X"'."""
    kinds, writings = frozenset(table["title_kinds"]), frozenset(table["writings"])
    texts, i = doc.texts, low
    while i < high:
        if texts[i] not in OPENING:
            i += 1
            continue
        close = next((k for k in range(i + 1, min(high, i + MAX_TITLE)) if doc.words[k].text in ("”", '"', "''")), None)
        if close is None:
            i += 1
            continue
        content = [t for t in doc[i + 1 : close] if t.is_alpha and len(t) > 3]
        capital = sum(1 for t in content if t.text[:1].isupper())
        if (
            (len(content) > 3 or (len(content) == 3 and capital == 3))
            and capital >= 0.7 * len(content)
            and any(t.lower_.rstrip("s") in kinds for t in doc[max(low, i - 6) : i])
            and not any(t.lower_ in writings for t in doc[max(low, i - 6) : i])
        ):
            end = close - 1 if doc.words[close - 1].is_punct else close
            yield i + 1, end, "INSTRUMENT", "title"
        i = close + 1


@cache
def _numbered_pattern() -> re.Pattern[str]:
    kinds = sorted(toml("terms.toml")["INSTRUMENT"]["numbered"], key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(re.escape(k) for k in kinds) + r")(?!\w)")


def _capitalised(doc: Mirror, phrases: Phrases, head: int, table: dict) -> Iterator[Found]:
    titled = phrases.titled(doc.words[head])
    start = _left(doc, phrases, head)
    end = head + 1
    if doc.words[head].text in table["right_heads"] and not titled:
        end = _right(doc, head, phrases.stop[head])
    tail = YEAR_TAIL.match(phrases.text, doc.words[end - 1].idx + len(doc.words[end - 1]))
    if tail:
        span = doc.covering(doc.words[end - 1].idx, tail.end())
        end = span.end if span is not None else end
    start = _year_before(doc, start, phrases.first[head], table)
    before = [t for t in doc[start:head] if t.lower_ not in SMALL and not t.is_punct]
    if not before and end - head < 4:
        return
    if titled and (len(before) > 4 or _goes_on(doc, end, phrases.stop[head])):
        return
    if doc.words[head].text in table["loose"] and not _firm(before, table, end - head):
        return
    yield start, end, "INSTRUMENT", "name"


def _year_before(doc: Mirror, start: int, first: int, table: dict) -> int:
    """ "1971 Convention on X", "2019 Agreement": a year that belongs to the name."""
    year = doc.texts[start - 1] if start > first else ""
    if len(year) != 4 or not year.isdigit() or year[:2] not in ("19", "20"):
        return start
    known = doc.texts[start] in table["short"] or doc.texts[start] == "Convention"
    determined = start - 1 == first or doc.lowers[start - 2] in ("the", "its", "this")
    return start - 1 if determined and known else start


def _goes_on(doc: Mirror, end: int, stop: int) -> bool:
    """Whether a title's next word makes the name modify it: "District Permit Fee"."""
    return end < stop and doc.words[end].tag_ in ("NN", "NNS", "NNP", "NNPS") and doc.texts[end][:1].isupper()


def _firm(before: list, table: dict, right: int) -> bool:
    saying = frozenset(table["saying"])
    return right > 4 or any(t.lower_ in saying or t.lower_.rstrip("s") in saying for t in before)


def _left(doc: Mirror, phrases: Phrases, head: int) -> int:
    """First token of the capitalised name that ends at `head`."""
    low, start = max(phrases.first[head], head - MAX_LEFT), head
    k = head - 1
    while k >= low:
        token = doc.words[k]
        if token.text == ")" and k - 2 > low and doc.words[k - 2].text == "(" and doc.words[k - 1].is_upper:
            k -= 3
            continue
        if token.is_space or (k in phrases.bodies and k + 1 not in phrases.bodies):
            break
        if token.text[:1].isupper() or (
            token.text[:1].isdigit() and start == k + 1 and k > low and doc.words[k - 1].text[:1].isupper()
        ):
            start = k
        elif token.lower_ == "to" and k > low and doc.words[k - 1].text[:1].isupper() and start == k + 1:
            pass  # "Incentives to Produce"
        elif token.text == "'s" or (token.text in "-–/," and k > low) or token.lower_ in LEFT_JOINERS:
            if token.text == "'s" and (k - 1 < low or start == k + 1 and not doc.words[k + 1].text[:1].isupper()):
                break
            if token.text == "," and not _enumerates(doc, k, low):
                break
            if (
                token.lower_ == "the"
                and doc.words[k - 1].lower_ not in ("for", "on")
                and doc.words[max(low, k - 3)].text != "Title"
            ):
                break  # "section 5 of the Clean Air Act"
        elif token.lower_ == "related" and k > low and doc.words[k - 1].text in ("-", "/"):
            start = k
        else:
            break
        k -= 1
    while start < head and (
        doc.words[start].lower_ in NEVER_FIRST or doc.words[start].is_punct or doc.words[start].text == "'s"
    ):
        start += 1
    return start


def _enumerates(doc: Mirror, k: int, low: int) -> bool:
    """A comma inside a name: "Sovereignty, Integrity, Democracy, and ..."."""
    following = doc.words[k + 1].lower_
    return (
        k - 1 >= low
        and doc.words[k - 1].text[:1].isupper()
        and (following == "and" or (k + 2 < len(doc) and doc.words[k + 2].text == ","))
    )


def _right(doc: Mirror, head: int, stop: int) -> int:
    """End of "of Technologies Prohibited or Restricted from Export" after a head."""
    openers = frozenset(toml("terms.toml")["INSTRUMENT"]["right_openers"])
    k = head + 1
    if k + 1 >= stop or doc.words[k].lower_ not in openers:
        return head + 1
    end = head + 1
    for k in range(head + 1, min(stop, head + MAX_RIGHT)):
        token = doc.words[k]
        if token.is_space:
            break
        if token.text[:1].isupper():
            end = k + 1
        elif token.lower_ not in SMALL and token.text not in "-–/":
            break
    return end


def _lower(doc: Mirror, phrases: Phrases, head: int, low: int, wanted: frozenset[str]) -> Iterator[Found]:
    """Kinds in lower case: "dual-use export control lists", "executive order on reciprocal tariffs"."""
    first = max(low, head - 6, phrases.first[head])
    for start in range(first, head):
        text = ABBREVIATED.sub("", doc[start:head].text).lower().strip("\"“”'‘’ ").replace("‑", "-")
        if text.replace("”", "").replace('"', "") in wanted:
            begin = start
            while doc.words[begin].is_punct and begin < head:
                begin += 1
            begin = _widen(doc, phrases, begin, low)
            if doc.words[begin].text[:1].isupper() and begin > low:
                begin = min(begin, _left(doc, phrases, head - 1))
            executive = phrases.lemmas[head] == "order" and "duty" not in text
            end = _order_tail(doc, phrases, head) if executive else head + 1
            if not executive or end > head + 1:
                begin += doc.words[begin].is_space
                yield begin, end, "INSTRUMENT", "kind"
            return
    dated = frozenset(toml("terms.toml")["INSTRUMENT"]["dated"].get(phrases.lemmas[head], ()))
    if head - 1 > first and doc.lowers[head - 1] in dated and _follows_date(doc, head - 1, first):
        yield head - 1, head + 1, "INSTRUMENT", "kind"


def _follows_date(doc: Mirror, start: int, first: int) -> bool:
    """ "the July 7, 2025, final rule": a year before it, perhaps a comma between."""
    k = start - 1
    if doc.texts[k] == "," and k > first:
        k -= 1
    return len(doc.texts[k]) == 4 and doc.texts[k].isdigit()


def _widen(doc: Mirror, phrases: Phrases, start: int, low: int) -> int:
    """ "dual-use" before "export control lists" narrows it too."""
    if start - 1 > low:
        begin = phrases.compound_start(start - 1)
        text = doc[begin:start].text.lower()
        if text in ("dual-use", "proposed", "final", "interim", "non-repayable", "eu", "bilateral", "preliminary"):
            return begin
    return start


def _order_tail(doc: Mirror, phrases: Phrases, head: int) -> int:
    """ "executive order on reciprocal tariffs": the noun phrase after "on"."""
    dated = YEAR_TAIL.match(phrases.text, doc.words[head].idx + len(doc.words[head]))
    if dated:
        span = doc.covering(doc.words[head].idx, dated.end())
        return span.end if span is not None else head + 1
    k, stop = head + 1, min(phrases.stop[head], head + 8)
    if k >= stop or doc.words[k].lower_ not in ("on", "imposing", "restricting", "targeting"):
        return head + 1
    k += 1
    while k < stop and doc.words[k].tag_ in ("JJ", "NN", "NNS", "NNP", "NNPS", "HYPH", "DT"):
        k += 1
    return k if doc.words[k - 1].tag_ in ("NN", "NNS", "NNP", "NNPS") else head + 1
