"""Qualifiers of a claim: status, polarity, certainty, measure, target, time, rate, share, amount.

Cues count within the claim's own clause: the trigger, the verbs that govern it, their auxiliaries and negations, and the
words between subject and object; a cue in another clause of the sentence does not.
"""

from __future__ import annotations

import re
from typing import Any

from spacy.tokens import Doc, Span, Token

from claimstake.claims.candidates import Candidate
from claimstake.claims.cues import Cues
from claimstake.claims.view import Mention, View
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
MODAL_HEDGES = frozenset({"could", "may", "might", "would", "should"})


class Qualifier:
    """Reads the qualifiers of claims in one document."""

    def __init__(self, view: View, cues: Cues) -> None:
        self.view, self.cues = view, cues

    def of(self, claim: Candidate, predicate: Predicate) -> tuple[dict[str, Any], list[str]]:
        """Qualifiers of a candidate, and the cues that decided them ("status: proposed")."""
        chain = governing_chain(claim.trigger.root)
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
            self._time(claim, chain, out)
        self._amounts(claim, predicate, out)
        return out, seen

    # --- polarity and certainty ---------------------------------------------------------------------------------

    def _polarity(self, claim: Candidate, chain: list[Token], out: dict[str, Any], seen: list[str]) -> None:
        if "polarity" in out:
            return
        sent = claim.sents[0]
        blocked = [
            (m.start() + sent.start_char, m.end() + sent.start_char) for m in self.cues.pseudo.finditer(sent.text)
        ]
        for token in _modifiers(chain[:3], claim):
            word = token.lower_
            if (
                token.dep_ == "neg"
                or word in self.cues.negated.lemmas
                or token.lemma_.lower() in self.cues.negated.lemmas
            ):
                if any(low <= token.idx < high for low, high in blocked):
                    continue
                out["polarity"] = "negated"
                seen.append(f"polarity: {token.text}")
                return
        object_ = claim.object.span
        before = sent.doc[max(sent.start, object_.start - 3) : object_.start].text.lower()
        if re.search(
            r"\b(?:no|without|other than|except(?: for)?|excluding|little or no|less or no)(?: \w+)?\s*$", before
        ):
            out["polarity"] = "negated"
            seen.append(f"polarity: {before.strip()}")

    def _certainty(self, claim: Candidate, chain: list[Token], out: dict[str, Any], seen: list[str]) -> None:
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
                    lemma in ("proposed", "propose", "threaten", "estimate")
                    or word in ("if",)
                    and token.head not in chain
                ):
                    continue
                out["certainty"] = "hedged"
                seen.append(f"certainty: {token.text}")
                return
        match = self.cues.hedged.phrase_in(_near(claim))
        if match:
            out["certainty"] = "hedged"
            seen.append(f"certainty: {match.group()}")

    # --- status -------------------------------------------------------------------------------------------------

    def _status(self, claim: Candidate, chain: list[Token], out: dict[str, Any], seen: list[str]) -> None:
        if "status" in out:
            return
        tokens = _modifiers(chain, claim)
        near = _near(claim)
        for name in ("suspended", "lifted", "proposed", "announced"):
            cue = self.cues.status[name]
            match = cue.phrase_in(near)
            token = cue.lemma_in(tokens)
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
        will = next((t for t in tokens if t.lower_ in ("will", "'ll", "’ll") and t.tag_ == "MD"), None)
        if will is not None:
            seen.append(f"status: {will.text}")
        out["status"] = "announced" if will is not None else "in_force"

    def _measure(self, claim: Candidate, out: dict[str, Any], seen: list[str]) -> None:
        low = min(claim.trigger.start, claim.object.start)
        high = max(claim.trigger.end, claim.object.end)
        sent = claim.sents[0]
        words = {t.lemma_.lower() for t in sent.doc[max(sent.start, low - 5) : min(sent.end, high + 8)]}
        text = sent.text.lower()
        given = out.get("measure", "restriction")
        if words & self.cues.measure["licence"] and given != "ban":
            out["measure"] = "licence"
        elif given == "restriction" and words & self.cues.measure["ban"] and not self.cues.not_ban.search(text):
            out["measure"] = "ban"
        elif given == "restriction" and words & self.cues.measure["quota"]:
            out["measure"] = "quota"
        else:
            out["measure"] = given

    # --- target, time, amounts ----------------------------------------------------------------------------------

    def _target(self, claim: Candidate, out: dict[str, Any]) -> None:
        sent = claim.sents[0]
        if claim.predicate == "imposes_tariff_on":
            preps, allowed = ("from",), ("PLACE", "COMPANY")
        else:
            preps, allowed = ("to", "against"), ("PLACE", "COMPANY")
        group = self.view.group(claim.object) if claim.object.attrs.get("mention") != "nominal" else [claim.object]
        last = max(m.end for m in group)
        for mention in self.view.within(sent):
            if mention.label not in allowed or mention.canonical in (claim.subject.canonical, claim.object.canonical):
                continue
            if mention.start < max(claim.trigger.start, claim.object.start) or mention.start - last > 14:
                continue
            before = sent.doc[max(sent.start, mention.start - 3) : mention.start]
            at = next((i for i, t in enumerate(before) if t.lower_ in preps), None)
            if at is not None and all(t.pos_ in ("DET", "NUM", "ADJ", "PROPN") for t in before[at + 1 :]):
                out["target"] = mention.canonical
                return

    def _time(self, claim: Candidate, chain: list[Token], out: dict[str, Any]) -> None:
        times = []
        for mention in self.view.within(claim.sents[0]):
            if mention.label != "DATE" or not isinstance(mention.attrs.get("value"), str):
                continue
            if not self._same_clause(mention, claim, chain):
                continue
            times.append({"kind": self._kind(mention, claim, out.get("status")), "value": mention.attrs["value"]})
        unique = {(t["kind"], t["value"]): t for t in times}
        if unique:
            out["time"] = list(unique.values())

    def _same_clause(self, date: Mention, claim: Candidate, chain: list[Token]) -> bool:
        """A date counts if a verb of the claim governs it."""
        verbs = {t.i for t in chain if t.pos_ in ("VERB", "AUX")}
        own = {claim.trigger.root.i} | verbs
        for ancestor in (date.span.root, *date.span.root.ancestors):
            if ancestor.i in own:
                return True
            if ancestor.pos_ in ("VERB", "AUX") and ancestor.lemma_ not in (
                "start",
                "begin",
                "follow",
                "accord",
                "include",
            ):
                return False
        return False

    def _kind(self, date: Mention, claim: Candidate, status: str | None) -> str:
        doc = claim.trigger.doc
        sent = claim.sents[0]
        before = doc[max(sent.start, date.start - 4) : date.start].text.lower()
        head = date.span.root
        verbs = [t.lemma_.lower() for t in head.ancestors if t.pos_ == "VERB"][:1]
        if re.search(r"\b(?:until|by|before|no later than|through)\s+(?:the\s+)?$", before + " "):
            expiry = any(v in ("suspend", "pause", "expire", "extend", "last", "lapse") for v in verbs)
            return "expires" if expiry else "deadline"
        if re.search(
            r"\b(?:effective|starting|from|as of|beginning|since|effect|force)(?:\s+(?:on|from|in|the|at))*\s*$",
            before + " ",
        ):
            return "effective"
        if verbs and verbs[0] in ("expire", "lapse", "end"):
            return "expires"
        if status in ("proposed", "announced") and verbs and self.cues.time["announced"].search(verbs[0]):
            return "announced"
        if verbs and verbs[0] in ("announce", "unveil", "publish", "release", "propose", "issue", "publicise"):
            return "announced"
        if (
            status == "announced"
            or verbs
            and verbs[0] in ("take", "enter", "come", "apply", "increase", "rise", "raise")
        ):
            return "effective" if status == "announced" or "effect" in sent.text else "event"
        return "event"

    def _amounts(self, claim: Candidate, predicate: Predicate, out: dict[str, Any]) -> None:
        wanted = [q for q in ("rate", "share", "amount") if q in predicate.qualifiers and q not in out]
        if not wanted:
            return
        best: tuple[int, Mention] | None = None
        for mention in self.view.within(claim.sents[0]):
            if mention.label not in ("THRESHOLD", "QUANTITY"):
                continue
            unit = (mention.attrs.get("value") or {}).get("unit", "")
            if wanted[0] in ("rate", "share") and unit not in ("%", "pp") or unit in ("d", "mo", "a", "wk", "h"):
                continue
            distance = min(
                abs(mention.start - claim.trigger.end),
                abs(mention.start - claim.object.end),
                abs(claim.object.start - mention.end),
            )
            if distance < 12 and (best is None or distance < best[0]):
                best = (distance, mention)
        if best is not None:
            out[wanted[0]] = best[1].span.text


def in_passing(claim: Candidate) -> bool:
    """Whether a claim is made in a modifier ("metals used in chipmaking", "Chinese firm X"): what the sentence dates or
    attributes is its main statement, not what its modifiers say."""
    if claim.frame.startswith("pattern-"):
        return claim.frame not in ("pattern-own-order", "pattern-between")
    return claim.predicate in ("used_in", "covers", "located_in", "derived_from") and claim.trigger.root.dep_ in (
        "acl",
        "relcl",
        "amod",
        "appos",
        "compound",
    )


def governing_chain(token: Token) -> list[Token]:
    """A trigger and the words that govern it, up to the main verb, at most seven."""
    chain = [token]
    while token.head is not token and len(chain) < 7 and token.dep_ in GOVERNING:
        # a subject's own modifiers do not inherit what the verb says, but the subject of a copula does
        if token.dep_ in ("nsubj", "advcl", "relcl") and token.head.pos_ == "VERB" and token.dep_ != "nsubj":
            break
        token = token.head
        chain.append(token)
    return chain


def _modifiers(chain: list[Token], claim: Candidate) -> list[Token]:
    """The chain with its auxiliaries, negations, determiners, adverbs and adjectives."""
    out: list[Token] = []
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
    doc: Doc = claim.trigger.doc
    sent: Span = claim.sents[0]
    low = max(sent.start_char, min(claim.trigger.start_char, claim.object.span.start_char) - PHRASE_WINDOW)
    high = min(sent.end_char, max(claim.trigger.end_char, claim.object.span.end_char) + PHRASE_WINDOW // 2)
    return doc.text[low:high].lower()
