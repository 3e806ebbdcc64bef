"""Qualifiers of a claim: status, polarity, certainty, measure, target, time, rate, share, amount.

Cues count within the claim's own clause: the trigger, the verbs that govern it, their auxiliaries and negations, and
the
words between subject and object; a cue in another clause of the sentence does not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from claimstake.claims.arguments import Arguments
from claimstake.claims.candidates import Candidate
from claimstake.claims.cues import Cues
from claimstake.claims.times import Dating
from claimstake.claims.view import Mention
from claimstake.mirror import Sentence, Word
from claimstake.ontology import Predicate

MEASURED_PREDICATES = ("restricts_export_of", "restricts_import_of")
PHRASE_WINDOW = 60  # characters on either side of the trigger in which a phrase cue may stand
GOVERNING = (
    "xcomp",
    "ccomp",
    "conj",
    "pcomp",
    "advcl",
    "dobj",
    "attr",
    "pobj",
    "prep",
    "nsubj",
    "nsubjpass",
    "acl",
    "relcl",
    "compound",
    "amod",
    "acomp",
    "oprd",
    "agent",
    "dep",
)
TARGET_REACH = 14  # tokens behind the object in which its target may stand
# Patterns that are what a sentence says, not said in a modifier of it.
MAIN_PATTERNS = (
    "pattern-own-order",
    "pattern-between",
    "pattern-law",
    "pattern-legal",
    "pattern-answer",
    "pattern-duty-case",
    "pattern-in-this-rule",
    "pattern-added-to",
    "pattern-funding",
    "pattern-signed-together",
    "pattern-uses-are",
    "pattern-on-list",
)
# Judgements and not doubts where they are the trigger itself ("is considered critical").
DESTINATION = re.compile(
    r"\bto (?:any |all |some )?"
    r"(?:destinations?|countries|entities|customers|buyers|firms|companies|parties|end users) in $"
)
TIMES = frozenset({"d", "mo", "a", "wk", "h", "min", "s"})  # units of time
MONEY = re.compile(r"[A-Z]{3}(?:/.*)?")
DENIED = re.compile(r"\b(?:no|without|other than|except(?: for)?|excluding|little or no|less or no)(?: \w+)?\s*$")
UNLICENSED = re.compile(
    r"\bwithout (?:an? |any |its |prior |government |official |the necessary )*"
    r"(?:licen[cs]e|permit|approval|permission|authori[sz]ation)"
    r"|\bunless (?:specifically |otherwise |expressly )?(?:authori[sz]ed|licensed|approved|permitted)\b"
)
APPROVAL_NEEDED = re.compile(
    r"\brequir(?:e|es|ed|ing) (?:[\w-]+ ){0,4}?(?:(?:to|must) (?:get|obtain|have|seek|apply for) )?(?:[\w-]+ ){0,3}?"
    r"(?:licen[cs]es?|permits?|approval|authori[sz]ation|permission)\b"
)
JUDGING = frozenset({"consider", "deem", "recommend"})
FUTURE = frozenset({"will", "'ll", "’ll"})
MODAL_HEDGES = frozenset({"could", "may", "might", "would", "should"})


class Qualifier:
    """Reads the qualifiers of claims in one document."""

    def __init__(self, arguments: Arguments, cues: Cues, predicates: Mapping[str, Predicate]) -> None:
        self.view, self.resolver, self.lead = arguments.view, arguments.resolver, arguments.lead
        self.codified = arguments.law is not None and arguments.law.span.text.startswith("§")  # law: "will be reviewed"
        self._pseudo: dict[int, list[tuple[int, int]]] = {}
        self.cues, self.predicates, self.dating = cues, predicates, Dating(arguments.view)

    def of(self, claim: Candidate, predicate: Predicate) -> tuple[dict[str, Any], list[str]]:
        """Qualifiers of a candidate, and the cues that decided them ("status: proposed")."""
        chain = _passing_chain(claim.trigger.root) if in_passing(claim) else governing_chain(claim.trigger.root)
        out: dict[str, Any] = dict(claim.qualifiers)
        seen: list[str] = []
        self._polarity(claim, chain, out, seen)
        self._certainty(claim, chain, out, seen)
        if "status" in predicate.qualifiers:
            self._status(claim, chain, out, seen)
        if "measure" in predicate.qualifiers:
            self._measure(claim, out, seen)
        if "target" in predicate.qualifiers:
            self._target(claim, out)
        if "time" in predicate.qualifiers and not in_passing(claim):
            times = self.dating.of(claim, chain, out.get("status"))
            lead = self.lead(claim.sents[0]) if not times and claim.predicate == "has_threshold" else None
            times = times or (self.dating.led(lead) if lead is not None else [])
            if times:
                out["time"] = times
        self._amounts(claim, predicate, out)
        for name, usual in (("polarity", "affirmed"), ("certainty", "asserted")):
            if out.get(name) == usual:
                del out[name]
        return out, seen

    def _qualifiers_of(self, claim: Candidate) -> tuple[str, ...]:
        return self.predicates[claim.predicate].qualifiers

    # --- polarity and certainty ---------------------------------------------------------------------------------

    def _polarity(self, claim: Candidate, chain: list[Word], out: dict[str, Any], seen: list[str]) -> None:
        if "polarity" in out:
            return
        sent = claim.sents[0]
        for token in _modifiers(chain[:3], claim):
            word = token.lower_
            if (
                token.dep_ == "neg"
                or word in self.cues.negated.lemmas
                or token.lemma_.lower() in self.cues.negated.lemmas
            ):
                if any(low <= token.idx < high for low, high in self._pseudo_in(sent)):
                    continue
                out["polarity"] = "negated"
                seen.append(f"polarity: {token.text}")
                return
        object_ = claim.object.span
        before = sent.doc[max(sent.start, object_.start - 3) : object_.start].text.lower()
        if DENIED.search(before):
            out["polarity"] = "negated"
            seen.append(f"polarity: {before.strip()}")

    def _pseudo_in(self, sent: Sentence) -> list[tuple[int, int]]:
        """Character ranges of what looks like a negation in a sentence and is none ("no later than")."""
        if sent.start not in self._pseudo:
            matches = self.cues.pseudo.finditer(sent.text)
            self._pseudo[sent.start] = [(m.start() + sent.start_char, m.end() + sent.start_char) for m in matches]
        return self._pseudo[sent.start]

    def _certainty(self, claim: Candidate, chain: list[Word], out: dict[str, Any], seen: list[str]) -> None:
        if "certainty" in out:
            return
        for token in _modifiers(chain, claim):
            word, lemma = token.lower_, token.lemma_.lower()
            if (
                word in MODAL_HEDGES
                and token.tag_ == "MD"
                or (word not in MODAL_HEDGES and lemma in self.cues.hedged.lemmas)
            ):
                if (
                    (lemma in JUDGING and token.i == claim.trigger.start)
                    or lemma in ("proposed", "propose", "threaten", "estimate")
                    or word in ("if",)
                    and token.head not in chain
                ):
                    continue
                out["certainty"] = "hedged"
                seen.append(f"certainty: {token.text}")
                return
        ahead = next((c for t in chain[:2] for c in t.children if c.tag_ == "MD" and c.lower_ in FUTURE), None)
        if ahead is not None and "status" not in self._qualifiers_of(claim):
            out["certainty"] = "hedged"
            seen.append(f"certainty: {ahead.text}")
            return
        match = None if in_passing(claim) else self.cues.hedged.phrase_in(_near(claim))
        if match:
            out["certainty"] = "hedged"
            seen.append(f"certainty: {match.group()}")

    # --- status -------------------------------------------------------------------------------------------------

    def _status(self, claim: Candidate, chain: list[Word], out: dict[str, Any], seen: list[str]) -> None:
        if "status" in out:
            return
        tokens = _modifiers(chain, claim)
        if in_passing(claim):
            out["status"] = "in_force"
            return
        near = _near(claim)
        for name in (
            ("suspended", "lifted", "proposed") if self.codified else ("suspended", "lifted", "proposed", "announced")
        ):
            cue = self.cues.status[name]
            match = cue.phrase_in(near)
            token = cue.lemma_in(t for t in tokens if not (t.lemma_.lower() in JUDGING and t.i == claim.trigger.start))
            if (
                token is not None
                and token.lemma_.lower() == "plan"
                and any(t.lemma_.lower() == "announce" for t in tokens)
            ):
                continue  # "announced plans to raise": decided
            if token is not None or match:
                out["status"] = name
                seen.append(f"status: {token.text if token is not None else match.group()}")
                return
        will = next((t for t in tokens if t.lower_ in FUTURE and t.tag_ == "MD"), None)
        lead = self.lead(claim.sents[0]) if will is None else None
        if lead is not None:
            will = next((t for t in lead if t.lower_ in FUTURE and t.tag_ == "MD"), None)
        if will is not None:
            seen.append(f"status: {will.text}")
        out["status"] = "announced" if will is not None and not self.codified else "in_force"

    def _measure(self, claim: Candidate, out: dict[str, Any], seen: list[str]) -> None:
        low = min(claim.trigger.start, claim.object.start)
        high = max(claim.trigger.end, claim.object.end)
        sent = claim.sents[0]
        words = {t.lemma_.lower() for t in sent.doc[max(sent.start, low - 5) : min(sent.end, high + 8)]}
        text = sent.text.lower()
        given = out.get("measure", "restriction")
        if given == "ban" and UNLICENSED.search(text):
            given = "licence"
        if (words & self.cues.measure["licence"] or APPROVAL_NEEDED.search(text)) and given != "ban":
            out["measure"] = "licence"
        elif given == "restriction" and words & self.cues.measure["ban"] and not self.cues.not_ban.search(text):
            out["measure"] = "ban"
        elif given == "restriction" and words & self.cues.measure["quota"]:
            out["measure"] = "quota"
        else:
            out["measure"] = given

    # --- target, time, amounts ----------------------------------------------------------------------------------

    def _target(self, claim: Candidate, out: dict[str, Any]) -> None:
        """The place or firm that a measure is aimed at: "exports of X [to the U.S.]", "tariffs on X [from China]"."""
        if "target" in out:
            return
        preps = ("from",) if claim.predicate in ("imposes_tariff_on", "restricts_import_of") else ("to", "against")
        sent, group = claim.sents[0], [claim.object]
        if claim.object.attrs.get("mention") != "nominal":
            group = self.view.group(claim.object)
        last = max(m.end for m in group)
        own = (claim.subject.canonical, claim.object.canonical)
        for mention in self.view.within(sent):
            aimed = mention.label in ("PLACE", "COMPANY") and mention.canonical not in own
            if aimed and last <= mention.start <= last + TARGET_REACH and self._aimed_at(mention.start, sent, preps):
                out["target"] = mention.canonical
                return
        for token in sent.doc[last : min(sent.end, last + TARGET_REACH)]:
            nation = self.resolver.nationality(token)
            place = None if nation is None else nation.canonical
            if place is not None and place not in own and self._aimed_at(token.i, sent, preps):
                out["target"] = place
                return

    def _aimed_at(self, start: int, sent: Sentence, preps: tuple[str, ...]) -> bool:
        before = sent.doc[max(sent.start, start - 4) : start]
        if DESTINATION.search(before.text.lower() + " "):
            return "to" in preps
        at = next((i for i, t in reversed(list(enumerate(before))) if t.lower_ in preps), None)
        return at is not None and all(t.pos_ in ("DET", "NUM", "ADJ", "PROPN", "NOUN") for t in before[at + 1 :])

    def _amounts(self, claim: Candidate, predicate: Predicate, out: dict[str, Any]) -> None:
        wanted = [q for q in ("rate", "share", "amount") if q in predicate.qualifiers and q not in out]
        if not wanted:
            return
        best: tuple[int, Mention] | None = None
        for mention in self.view.within(claim.sents[0]):
            if mention.label not in ("THRESHOLD", "QUANTITY"):
                continue
            unit = (mention.attrs.get("value") or {}).get("unit", "")
            if not _fits_unit(claim.predicate, wanted[0], unit):
                continue
            distance = min(
                abs(mention.start - claim.trigger.end),
                abs(mention.start - claim.object.end),
                abs(claim.object.start - mention.end),
            )
            if distance < 12 and (best is None or distance < best[0]):
                best = (distance, mention)
        if best is not None:
            out[wanted[0]] = self._raised_to(best[1], claim.sents[0]).span.text

    def _raised_to(self, amount: Mention, sent: Sentence) -> Mention:
        """ "from 10% to 14%": the rate is the second."""
        for other in self.view.within(sent):
            between = sent.doc[amount.end : other.start].text.strip().lower() if other.start >= amount.end else ""
            if other.label == amount.label and between == "to" and sent.doc.words[amount.start - 1].lower_ == "from":
                return other
        return amount


def _fits_unit(predicate: str, name: str, unit: str) -> bool:
    """Whether a quantity of this unit can be the rate, share or amount: shares are percentages, money invests."""
    if unit in TIMES or not unit:
        return name == "amount" and not unit
    if name in ("rate", "share"):
        return unit in ("%", "pp")
    money = bool(MONEY.fullmatch(unit))
    return money or unit == "%" if predicate == "invests_in" else not money and unit not in ("%", "pp")


def in_passing(claim: Candidate) -> bool:
    """Whether a claim is made in a modifier ("metals used in chipmaking", "Chinese firm X"): what the sentence dates or
    attributes is its main statement, not what its modifiers say."""
    if claim.frame.startswith("pattern-"):
        return not claim.frame.startswith(MAIN_PATTERNS)
    if claim.frame.startswith("template-producer-of") or claim.frame.startswith("template-national"):
        return True
    if claim.predicate not in ("used_in", "covers", "located_in", "derived_from"):
        return False
    token = claim.trigger.root
    for _ in range(3):
        if token.dep_ in ("acl", "relcl", "amod", "appos", "compound"):
            return True
        token = token.head
    return False


def _passing_chain(token: Word) -> list[Word]:
    """A trigger and what governs it inside its own modifier ("metals that may be used in X")."""
    chain = [token]
    while token.head is not token and token.dep_ in ("xcomp", "pcomp", "acomp") and len(chain) < 4:
        token = token.head
        chain.append(token)
    return chain


def governing_chain(token: Word) -> list[Word]:
    """A trigger and the words that govern it, up to the main verb, at most seven."""
    chain = [token]
    while token.head is not token and len(chain) < 7 and token.dep_ in GOVERNING:
        if token.dep_ == "conj" and any(c.dep_ in ("aux", "nsubj", "nsubjpass", "neg") for c in token.children):
            break  # "is unable to source A and can refine B": a clause of its own
        # a subject's own modifiers do not inherit what the verb says, but the subject of a copula does
        if token.dep_ in ("nsubj", "advcl", "relcl") and token.head.pos_ == "VERB" and token.dep_ != "nsubj":
            break
        token = token.head
        chain.append(token)
    return chain


def _modifiers(chain: list[Word], claim: Candidate) -> list[Word]:
    """The chain with its auxiliaries, negations, determiners, adverbs and adjectives."""
    out: list[Word] = []
    inside = set(range(claim.subject.start, claim.subject.end)) | set(range(claim.object.start, claim.object.end))
    for token in chain:
        out.append(token)
        for child in token.children:
            if (
                child.dep_ in ("aux", "auxpass", "neg", "det", "advmod", "amod", "mark", "acomp", "compound", "prt")
                and child.i not in inside
            ):
                out.append(child)
            if child.dep_ in ("prep", "advcl", "ccomp") and child.lower_ in ("without", "under", "for", "if"):
                out.append(child)
    return out


def _near(claim: Candidate) -> str:
    """The sentence's text around trigger and object, lower case."""
    sent: Sentence = claim.sents[0]
    offset, text = sent.start_char, sent.text
    low = max(0, min(claim.trigger.start_char, claim.object.span.start_char) - PHRASE_WINDOW - offset)
    high = max(claim.trigger.end_char, claim.object.span.end_char) + PHRASE_WINDOW // 2 - offset
    return text[low:high].lower()
