"""Dates of claims: which dates of a sentence belong to a claim, of what kind they are, and dates that a next sentence
adds.

A date belongs to the claim whose clause it stands in; one at the head of a sentence to what the sentence says; one
before an instrument ("the April 2 order") to that instrument. "The proposal is open for comment until 1 February"
gives its date to the claims that it speaks of.
"""

from __future__ import annotations

from collections.abc import Iterable

from claimstake.claims.candidates import Candidate
from claimstake.claims.time_words import (
    ADOPTING,
    BY,
    CLOSING,
    COMMENTS,
    COMPARED,
    DECLARING,
    ENDING,
    FIRST_SINCE,
    IN_FORCE,
    LEADING,
    LIMITING,
    PAPERWORK,
    REVISING,
    RISING,
    SINCE,
    SPOKEN_OF,
    STARTING,
    UNTIL,
    WHEN,
)
from claimstake.claims.view import Mention, View
from claimstake.mirror import Mirror, Sentence, Word

TimeRecord = dict[str, str]
PASSED_OVER = frozenset({"start", "begin", "follow", "accord", "include"})  # "starting 1 May", "including in 2023"
REACH = 30  # tokens between trigger and date within one clause
BOUNDARY = frozenset(
    [";", ":", "“", "”", "but", "while", "whereas", "which", "who", "whose", "after", "before", "when", "because"]
    + ["although", "though", "since", "unless", "if", "where", "whether"]
)
MEASURES = frozenset(
    {
        "restricts_export_of",
        "restricts_import_of",
        "imposes_tariff_on",
        "sanctions",
        "issues",
        "has_threshold",
        "covers",
    }
)
RATED = frozenset({"has_threshold", "imposes_tariff_on"})  # what has a rate that rises on a date
PLANNED = frozenset({"produces", "invests_in", "partners_with"})  # what may be done by a date
CONTENT = frozenset({"covers", "has_threshold"})  # what a proposal says: it has no term for comments of its own
LASTING = frozenset({"produces", "dominates"})  # what a modifier tells without the date of its sentence
TIMELESS = frozenset({"used_in", "derived_from", "responds_to"})  # the date is that of the measure, a claim of its own
TEMPORAL = frozenset({"after", "before", "following", "since", "until", "amid", "despite", "during", "ahead"})
VERBAL = ("VBD", "VBZ", "VBP", "MD")
FOLLOWING = 3  # tokens between a limit and the date that is its own
PERIOD_FRAMES = ("pattern-duty-case",)  # whose dates are the period that a case looks at
NEAR_SENTENCES = 3  # sentences back that a sentence about "the proposal" may speak of


class Dating:
    """Dates the claims of one document."""

    def __init__(self, view: View) -> None:
        self.view = view

    def of(self, claim: Candidate, chain: list[Word], status: str | None) -> list[TimeRecord]:
        """The dates of a claim in its own sentence.

        Args:
            claim: the candidate.
            chain: its trigger and the words that govern it.
            status: its status, where its predicate has one.
        """
        dates = [m for m in self.view.within(claim.sents[0]) if is_date(m)]
        found: list[TimeRecord] = []
        if timeless(claim):
            return found
        chain = _own_time(chain)
        dates = self._of_limit(claim, dates)
        terms = self._terms(dates, claim.sents[0]) if status is not None else []
        if any(self._belongs(d, claim, chain, dates, status) for d in terms):
            return [{"kind": "deadline", "value": d.attrs["value"]} for d in terms]
        for date in dates:
            instrument = self._instrument_of(date)
            if instrument is not None:
                if instrument.canonical in (claim.subject.canonical, claim.object.canonical):
                    found.append({"kind": "announced", "value": date.attrs["value"]})
            elif self._belongs(date, claim, chain, dates, status) and not self._of_something_else(date, claim, status):
                found.append({"kind": self._kind(date, claim, status), "value": date.attrs["value"]})
            elif status is not None and self._comes_into_force(date, claim):
                found.append({"kind": "effective", "value": date.attrs["value"]})
        return _unique(found + self._in_item(claim))

    def led(self, lead: Sentence) -> list[TimeRecord]:
        """The date that the line above a list sets for all its items: "... shall achieve by 31 December 2031:"."""
        dates = [m for m in self.view.within(lead) if is_date(m)]
        if len(dates) != 1:
            return []
        before = lead.doc[max(lead.start, dates[0].start - 5) : dates[0].start].text.lower() + " "
        kind = "deadline" if BY.search(before) else "effective" if SINCE.search(before) else None
        return [{"kind": kind, "value": dates[0].attrs["value"]}] if kind is not None else []

    def _terms(self, dates: list[Mention], sent: Sentence) -> list[Mention]:
        """Dates that one "by" leads, each for another thing ("by 18 August 2026 for A and 18 August 2027 for B")."""
        terms: list[Mention] = []
        for date in dates:
            if not terms:
                led = BY.search(sent.doc[max(sent.start, date.start - 5) : date.start].text.lower() + " ")
                terms = [date] if led else []
                continue
            between = sent.doc[terms[-1].end : date.start]
            if between.text.lower().startswith("for ") and not any(t.tag_ in VERBAL or t.text in ";:" for t in between):
                terms.append(date)
        return terms if len(terms) > 1 else []

    def _of_limit(self, claim: Candidate, dates: list[Mention]) -> list[Mention]:
        """The dates that may be a limit's where each limit has its own ("10% at first, 18% from July")."""
        if claim.predicate != "has_threshold":
            return dates
        dates = [d for d in dates if claim.trigger.doc[d.end : claim.object.start].text.strip().lower() != "or"]
        if len(dates) < 2:
            return dates
        limits = [m for m in self.view.within(claim.sents[0]) if m.label == "THRESHOLD"]
        followed = {m.start: d for m in limits for d in dates if 0 <= d.start - m.end <= FOLLOWING}
        if claim.object.start in followed:
            return [followed[claim.object.start]]
        return [d for d in dates if all(d is not other for other in followed.values())]

    def _comes_into_force(self, date: Mention, claim: Candidate) -> bool:
        """ "..., which takes effect on 4 February": a clause behind what it says of the measure."""
        before = self.view.doc[max(claim.trigger.end, date.start - 6) : date.start].text.lower()
        match = IN_FORCE.search(before)
        return claim.predicate == "issues" and match is not None and len(before) - match.end() < 12

    def _of_something_else(self, date: Mention, claim: Candidate, status: str | None) -> bool:
        """Whether a date only names another thing ("its June plenary meeting"), compares ("the first since 2021"), or
        limits what has no limit."""
        doc, sent = claim.trigger.doc, claim.sents[0]
        opening = date.start - sent.start < 3 and all(t.pos_ != "VERB" for t in doc[sent.start : date.start])
        if not opening and _names(date) and not claim.trigger.start <= date.end < claim.trigger.end:
            return True
        if any(t.tag_ == "VBN" and t.lemma_.lower() in PAPERWORK for t in doc[claim.trigger.end : date.start]):
            return True  # "approving a plan submitted by Alaska on 8 May"
        before = doc[max(sent.start, date.start - 8) : date.start].text.lower() + " "
        if FIRST_SINCE.search(before) or COMPARED.search(before):
            return True
        return status is None and claim.predicate not in PLANNED and not opening and bool(LIMITING.search(before))

    def _in_item(self, claim: Candidate) -> list[TimeRecord]:
        """ "The declaration shall apply from: (a) 18 February 2025 for A": the dates of the item that names the
        object."""
        if len(claim.sents) < 2:
            return []
        kind = next((k for k, p in LEADING.items() if p.search(claim.sents[0].text)), None)
        if kind is None:
            return []
        dates = [m for m in self.view.within(claim.sents[-1]) if is_date(m)]
        return [{"kind": kind, "value": m.attrs["value"]} for m in dates]

    def _instrument_of(self, date: Mention) -> Mention | None:
        """The instrument that a date names: "the [April 2] [executive order]"."""
        behind = self.view.at.get(date.end)
        if behind is None and date.end < len(self.view.doc) and self.view.doc.words[date.end].text == ",":
            behind = self.view.at.get(date.end + 1)
        before = self.view.doc.words[date.start - 1].lower_ if date.start else ""
        if before == "of":  # "the Law on Minerals of 17 November 2010"
            named_so = next(
                (m for m in self.view.among(max(0, date.start - 6), date.start - 1) if m.end == date.start - 1), None
            )
            if named_so is not None and named_so.label == "INSTRUMENT":
                return named_so
        named = before in ("the", "its", "'s", "’s", "a", "this", "their", "of")
        return behind if behind is not None and behind.label == "INSTRUMENT" and named else None

    def _belongs(
        self, date: Mention, claim: Candidate, chain: list[Word], dates: list[Mention], status: str | None
    ) -> bool:
        when = _when(date)
        if when is not None and claim.trigger.start > when:
            between = claim.trigger.doc[when + 1 : claim.trigger.start]
            return len(between) <= REACH and not any(t.lower_ in BOUNDARY for t in between)
        if claim.predicate in LASTING and _in_modifier(claim.trigger.root):
            chain = chain[:1]
        own = {claim.trigger.root.i} | {t.i for t in chain if t.pos_ in ("VERB", "AUX")}
        for ancestor in (date.span.root, *date.span.root.ancestors):
            if ancestor.i in own:
                return True
            if ancestor.pos_ in ("VERB", "AUX") and ancestor.lemma_ not in PASSED_OVER:
                break
        sent = claim.sents[0]
        if date.start - sent.start < 4 and not any(t.pos_ == "VERB" for t in sent.doc[sent.start : date.start]):
            if claim.predicate in LASTING and _in_modifier(claim.trigger.root):
                return False
            return len(dates) == 1 or date is dates[0] and self._clear(date, claim)
        return status is not None and self._clear(date, claim)

    def _clear(self, date: Mention, claim: Candidate) -> bool:
        """Whether nothing between trigger and date opens another clause."""
        low, high = sorted((claim.trigger.start, date.start))
        between = claim.trigger.doc[low + 1 : high]
        if high - low > REACH or any(t.lower_ in BOUNDARY for t in between):
            return False
        if any(is_date(m) and _other_thing(m, date) for m in self.view.among(low + 1, high) if m is not date):
            return False
        return not any(t.tag_ in ("VBD", "VBZ", "VBP", "MD") for t in between)

    def _kind(self, date: Mention, claim: Candidate, status: str | None) -> str:
        doc, sent = claim.trigger.doc, claim.sents[0]
        when = _when(date)
        after_when = when is not None and claim.trigger.start > when
        verb = next((t for t in doc[when : sent.end] if t.pos_ == "VERB"), None) if after_when else _verb_over(date)
        lemma = verb.lemma_.lower() if verb is not None else ""
        before = "" if after_when else doc[max(sent.start, date.start - 6) : date.start].text.lower() + " "
        if LIMITING.search(before) and (status is not None or claim.predicate in PLANNED):
            lasting = UNTIL.search(before) is not None and status in ("in_force", "lifted")
            ended = (lemma in ENDING or status == "suspended" or lasting) and not COMMENTS.search(sent.text)
            return ("expires" if ended else "deadline") if status is not None or not ended else "event"
        if CLOSING.search(before) and (status is not None or COMMENTS.search(sent.text)):
            return "deadline" if COMMENTS.search(sent.text) else "expires"
        if status is None:
            return "announced" if lemma == "announce" else "event"
        if STARTING.search(before) or IN_FORCE.search(doc[max(sent.start, date.start - 8) : date.start].text):
            return "effective"
        if lemma in ("expire", "lapse", "end"):
            return "expires"
        if lemma in DECLARING and len(date.attrs["value"]) > 4:
            return "announced"
        if lemma in ADOPTING and claim.predicate == "issues":
            return "announced"
        if claim.predicate in RATED and (verb is None or lemma in RISING and verb.tag_ in ("VBZ", "VBP", "VBG")):
            return "effective"
        if status == "proposed":
            done = {claim.trigger.root.tag_, *(t.tag_ for t in claim.trigger.root.ancestors)} & {"VBD", "VBN"}
            return (
                "announced"
                if verb is not None and verb.tag_ in ("VBD", "VBN") or verb is None and done
                else "effective"
            )
        if status == "announced" and (lemma in RISING or verb is None or verb.tag_ == "VB"):
            return "effective"
        return "event"

    # --- sentences that go on -----------------------------------------------------------------------------------

    def add_later(self, claims: Iterable[tuple[Candidate, dict]]) -> None:
        """Give the dates of sentences such as "The rule takes effect on 1 May" to the claims they speak of.

        Args:
            claims: candidates with their qualifiers, which are changed in place, in text order.
        """
        by_sentence: dict[int, list[tuple[Candidate, dict]]] = {}
        for claim, qualifiers in claims:
            if claim.predicate in MEASURES and not timeless(claim):
                by_sentence.setdefault(claim.sents[0].start, []).append((claim, qualifiers))
        if not by_sentence:
            return
        for row in by_sentence.values():
            _share_issue(row)
        recent: list[int] = []  # starts of the sentences of the paragraph that claims stand in
        earlier: list[int] = []  # and of those before it
        for sent in self.view.doc.sents:
            earlier += recent if _new_paragraph(sent) else []
            recent = [] if _new_paragraph(sent) else recent[-NEAR_SENTENCES:]
            dates = [m for m in self.view.within(sent) if is_date(m)] if recent or earlier else []
            match = SPOKEN_OF.search(sent.text) if dates else None
            own = {t["value"] for _, q in by_sentence.get(sent.start, ()) for t in q.get("time", ())}
            for date in dates:
                if (
                    date.attrs["value"] not in own
                    and match is not None
                    and match.start() + sent.start_char < date.span.start_char
                ):
                    self._add(date, sent, (recent, earlier), by_sentence)
            if sent.start in by_sentence:
                recent.append(sent.start)

    def _add(
        self,
        date: Mention,
        sent: Sentence,
        starts: tuple[list[int], list[int]],
        by_sentence: dict[int, list[tuple[Candidate, dict]]],
    ) -> None:
        recent, earlier = starts
        actors = {m.canonical for m in self.view.within(sent)}
        before = sent.doc[sent.start : date.start].text.lower() + " "
        open_to_comment = bool(COMMENTS.search(before))
        verb = _verb_over(date)
        if LIMITING.search(before):
            over = verb is not None and verb.lemma_.lower() in ENDING
            expires = (over or UNTIL.search(before) is not None) and not open_to_comment
            kind = "expires" if expires else "deadline"
        elif open_to_comment and CLOSING.search(before):
            kind = "deadline"
        elif IN_FORCE.search(before[-60:]) or STARTING.search(before):
            kind = "effective"
        elif verb is not None and verb.lemma_.lower() in ("expire", "lapse", "end"):
            kind = "expires"
        elif REVISING.search(before):
            kind = "event"
        else:
            return
        record = {"kind": kind, "value": date.attrs["value"]}
        comments = open_to_comment and kind == "deadline"
        for start in earlier + recent if comments else recent[-1:]:
            for claim, qualifiers in by_sentence[start]:
                if start in earlier and claim.subject.canonical not in actors:
                    continue
                if not comments or (qualifiers.get("status") == "proposed" and claim.predicate not in CONTENT):
                    qualifiers["time"] = _unique([*qualifiers.get("time", []), record])


def _share_issue(row: list[tuple[Candidate, dict]]) -> None:
    """What an instrument covers is dated as the instrument whose issue the same sentence dates."""
    issued = {c.object.canonical: q["time"] for c, q in row if c.predicate == "issues" and q.get("time")}
    for claim, qualifiers in row:
        if claim.predicate == "covers" and not qualifiers.get("time") and claim.subject.canonical in issued:
            qualifiers["time"] = list(issued[claim.subject.canonical])


def _when(date: Mention) -> int | None:
    """The "when" behind a date, which dates the clause that it opens ("since April, when it banned exports")."""
    words = date.span.doc.words
    place = date.end + (date.end < len(words) and words[date.end].text == ",")
    return place if place < len(words) and words[place].lower_ == "when" else None


def _in_modifier(token: Word) -> bool:
    """Whether a trigger stands in a modifier of the sentence's words ("cameras made by X", "Y, a maker of Z")."""
    for _ in range(4):
        if token.dep_ in ("acl", "relcl", "appos", "amod", "compound"):
            return True
        if token.head is token or token.dep_ in ("ccomp", "conj", "advcl"):
            return False
        token = token.head
    return False


def _other_thing(left: Mention, right: Mention) -> bool:
    """Whether a noun stands between two dates, so that the second is another thing's ("controls in May and a ban in
    June")."""
    first, last = sorted((left, right), key=lambda m: m.start)
    return any(t.pos_ in ("NOUN", "PROPN") for t in first.span.doc[first.end : last.start])


def _names(date: Mention) -> bool:
    """Whether a date only tells which of a kind the noun behind it is ("its June 2019 meeting", "2024 results")."""
    doc, root = date.span.doc, date.span.root
    behind = next((t for t in doc.words[date.end : date.end + 3] if t.pos_ not in ("ADJ", "NUM")), None)
    before = doc.words[date.start - 1]
    if behind is None or behind.pos_ not in ("NOUN", "PROPN") or before.lower_ in WHEN:
        return False
    told = root.dep_ in ("compound", "nummod", "nmod", "amod") and root.head.i >= date.end
    return told or before.tag_ in ("PRP$", "POS", "DT")


def timeless(claim: Candidate) -> bool:
    """Whether a claim has no date of its own: a use, a class and its members, the period that a case looks at."""
    classed = claim.predicate == "covers" and claim.subject.label != "INSTRUMENT"
    return claim.predicate in TIMELESS or classed or claim.frame.startswith(PERIOD_FRAMES)


def _own_time(chain: list[Word]) -> list[Word]:
    """The words that govern a trigger up to where another time begins ("released in 2020, after the ban on X")."""
    cut = next((i for i, t in enumerate(chain) if t.lower_ in TEMPORAL), len(chain))
    return chain[:cut]


def is_date(mention: Mention) -> bool:
    """Whether a mention is a date with a value."""
    return mention.label == "DATE" and isinstance(mention.attrs.get("value"), str)


def _verb_over(date: Mention) -> Word | None:
    for ancestor in date.span.root.ancestors:
        if ancestor.pos_ == "VERB" and ancestor.lemma_ not in PASSED_OVER:
            return ancestor
    return None


def _unique(times: list[TimeRecord]) -> list[TimeRecord]:
    return list({(t["kind"], t["value"]): t for t in times}.values())


def _new_paragraph(sent: Sentence) -> bool:
    doc: Mirror = sent.doc
    start = sent.start
    return (
        start == 0
        or "\n\n" in doc.words[start - 1].text_with_ws
        or (doc.words[start - 1].is_space and "\n\n" in doc.words[start - 1].text)
    )
