"""Dates of claims: which dates of a sentence belong to a claim, of what kind they are, and dates that a next sentence
adds.

A date belongs to the claim whose clause it stands in; one at the head of a sentence to what the sentence says; one
before an
instrument ("the April 2 order") to that instrument. "The proposal is open for comment until 1 February" gives its
date to the
claims that it speaks of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from claimstake.claims.candidates import Candidate
from claimstake.claims.view import Mention, View
from claimstake.mirror import Mirror, Sentence, Word

TimeRecord = dict[str, str]
PASSED_OVER = frozenset({"start", "begin", "follow", "accord", "include"})  # "starting 1 May", "including in 2023"
REACH = 30  # tokens between trigger and date within one clause
BOUNDARY = frozenset(
    [";", ":", "“", "”", "but", "while", "whereas", "which", "who", "whose", "after", "before", "when", "because"]
    + ["although", "though", "since", "unless", "if", "where", "whether"]
)
LIMITING = re.compile(
    r"\b(?:until|by|before|no later than|not later than|through|prior to)(?:\s+(?:the|at|end|of|least))*\s*$"
)
STARTING = re.compile(
    r"\b(?:effective|starting|beginning|from|as of|as from|since|effect|force|effective from)"
    r"(?:\s+(?:on|from|in|the|at|as|of|start))*\s*$"
)
CLOSING = re.compile(r"\b(?:ending|ends|ended|closes|closing|closed|due|expiring)(?:\s+(?:on|by|in|at))?\s*$")
IN_FORCE = re.compile(
    r"\b(?:(?:takes?|took|taking|taken) (?:legal |full |immediate |formal )?effect"
    r"|(?:enters?|entered|comes?|came|coming|entering|goes|went|going) into (?:force|effect)"
    r"|(?:is|are|was|were|becomes?|became|be) effective|kicks? in|appl(?:y|ies|ied) from|shall apply"
    r"|be in force|effective date)\b",
    re.I,
)
ENDING = frozenset({"expire", "lapse", "end", "suspend", "pause", "extend", "last", "exempt", "halt"})
LEADING = {
    "effective": re.compile(r"\b(?:from|as of|starting|on):\s*$", re.I),
    "deadline": re.compile(r"\b(?:by|until|before):\s*$", re.I),
}
DECLARING = frozenset(
    {"announce", "unveil", "publish", "release", "propose", "publicise", "publicize", "float", "issue", "declare"}
)
RISING = frozenset({"rise", "increase", "raise", "double", "triple", "jump", "go", "climb", "impose", "apply"})
REVISING = re.compile(
    r"\b(?:tightened|expanded|extended|widened|eased|relaxed|amended|updated|revised|broadened)\b", re.I
)
SPOKEN_OF = re.compile(
    r"\b(?:the|these|those|this|its|their)\s+(?:[\w-]+\s+){0,3}?(?:proposals?|drafts?|rules?|regulations?|measures?|orders?|curbs?"
    r"|restrictions?|controls?|bans?|quotas?|tariffs?|duties|duty|levy|levies|changes?|requirements?|amendments?|notice|consultation"
    r"|polic(?:y|ies)|licensing|list|decision|moratorium|suspension|royalt(?:y|ies)|hikes?|increases?|sanctions)\b"
    r"|\bcomments?\b|\bcomment period\b"
    r"|^\s*(?:it|they|both|all)\s+(?:is|are|will|takes?|took|came|comes?|went|goes|apply|applies)\b",
    re.I,
)
COMMENTS = re.compile(r"\b(?:comments?|consultation|feedback|submissions?)\b", re.I)
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
PLANNED = frozenset({"produces", "invests_in", "partners_with"})  # what may be done by a date
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
        if claim.predicate == "responds_to":  # the date is that of the measure, a claim of its own
            return found
        for date in dates:
            instrument = self._instrument_of(date)
            if instrument is not None:
                if instrument.canonical in (claim.subject.canonical, claim.object.canonical):
                    found.append({"kind": "announced", "value": date.attrs["value"]})
            elif self._belongs(date, claim, chain, dates, status):
                found.append({"kind": self._kind(date, claim, status), "value": date.attrs["value"]})
        return _unique(found + self._in_item(claim))

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
        named = before in ("the", "its", "'s", "’s", "a", "this", "their", "of")
        return behind if behind is not None and behind.label == "INSTRUMENT" and named else None

    def _belongs(
        self, date: Mention, claim: Candidate, chain: list[Word], dates: list[Mention], status: str | None
    ) -> bool:
        own = {claim.trigger.root.i} | {t.i for t in chain if t.pos_ in ("VERB", "AUX")}
        for ancestor in (date.span.root, *date.span.root.ancestors):
            if ancestor.i in own:
                return True
            if ancestor.pos_ in ("VERB", "AUX") and ancestor.lemma_ not in PASSED_OVER:
                break
        sent = claim.sents[0]
        if date.start - sent.start < 4 and not any(t.pos_ == "VERB" for t in sent.doc[sent.start : date.start]):
            return len(dates) == 1 or date is dates[0] and self._clear(date, claim)
        return status is not None and self._clear(date, claim)

    def _clear(self, date: Mention, claim: Candidate) -> bool:
        """Whether nothing between trigger and date opens another clause."""
        low, high = sorted((claim.trigger.start, date.start))
        between = claim.trigger.doc[low + 1 : high]
        if high - low > REACH or any(t.lower_ in BOUNDARY for t in between):
            return False
        return not any(t.tag_ in ("VBD", "VBZ", "VBP", "MD") for t in between)

    def _kind(self, date: Mention, claim: Candidate, status: str | None) -> str:
        doc, sent = claim.trigger.doc, claim.sents[0]
        verb = _verb_over(date)
        lemma = verb.lemma_.lower() if verb is not None else ""
        before = doc[max(sent.start, date.start - 6) : date.start].text.lower() + " "
        if LIMITING.search(before) and (status is not None or claim.predicate in PLANNED):
            ended = (lemma in ENDING or status == "suspended") and not COMMENTS.search(sent.text)
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
        if status == "proposed":
            return "announced" if verb is not None and verb.tag_ in ("VBD", "VBN") else "effective"
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
            if claim.predicate in MEASURES:
                by_sentence.setdefault(claim.sents[0].start, []).append((claim, qualifiers))
        if not by_sentence:
            return
        recent: list[int] = []
        for sent in self.view.doc.sents:
            recent = [] if _new_paragraph(sent) else recent[-NEAR_SENTENCES:]
            dates = [m for m in self.view.within(sent) if is_date(m)] if recent else []
            match = SPOKEN_OF.search(sent.text) if dates else None
            own = {t["value"] for _, q in by_sentence.get(sent.start, ()) for t in q.get("time", ())}
            for date in dates:
                if (
                    date.attrs["value"] not in own
                    and match is not None
                    and match.start() + sent.start_char < date.span.start_char
                ):
                    self._add(date, sent, recent, by_sentence)
            if sent.start in by_sentence:
                recent.append(sent.start)

    def _add(
        self, date: Mention, sent: Sentence, recent: list[int], by_sentence: dict[int, list[tuple[Candidate, dict]]]
    ) -> None:
        before = sent.doc[sent.start : date.start].text.lower() + " "
        open_to_comment = bool(COMMENTS.search(before))
        verb = _verb_over(date)
        if LIMITING.search(before):
            expires = verb is not None and verb.lemma_.lower() in ENDING and not open_to_comment
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
        for start in recent if comments else recent[-1:]:
            for _, qualifiers in by_sentence[start]:
                if not comments or qualifiers.get("status") == "proposed":
                    qualifiers["time"] = _unique([*qualifiers.get("time", []), record])


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
