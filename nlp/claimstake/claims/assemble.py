"""Candidates into claims: duplicates merged, evidence and ids set, confidence given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from spacy.tokens import Doc

from claimstake.claims import cues as cue_tables
from claimstake.claims import frames as frame_tables
from claimstake.claims import templates as template_tables
from claimstake.claims.arguments import CARRY_TOKENS, Arguments
from claimstake.claims.attribution import Attributions
from claimstake.claims.candidates import Candidate
from claimstake.claims.frames import Frame
from claimstake.claims.learned import Models, PairJudge, requalified
from claimstake.claims.limits import LimitFinder, superseded
from claimstake.claims.patterns import PatternFinder, expand_members
from claimstake.claims.publication import placed_in_time
from claimstake.claims.qualify import Qualifier
from claimstake.claims.resolve import Resolver
from claimstake.claims.templates import TemplateFinder
from claimstake.claims.triggers import FrameFinder
from claimstake.claims.view import Mention, View
from claimstake.mirror import Sentence
from claimstake.ontology import Ontology

VERSION = "rules-1"
CONTROLS = ("restricts_export_of", "restricts_import_of")
MEASURES = frozenset({*CONTROLS, "imposes_tariff_on", "issues", "sanctions"})  # whose subjects go on acting


Qualified = tuple[Candidate, dict[str, Any], list[str]]


class ClaimFinder:
    """Finds the claims of documents.

    Args:
        ontology: predicates and signatures.
        frames: triggers by lemma, see `frames.index_frames`.
        places: place id to canonical name.
        floor: claims below this confidence are dropped, in [0, 1].
    """

    def __init__(
        self, ontology: Ontology, frames: dict[str, list[Frame]], places: dict[str, str], *, floor: float = 0.3
    ) -> None:
        self.ontology, self.frames, self.places, self.floor = ontology, frames, places, floor
        self.models: Models | None = None
        self.thorough = False
        self.cues = cue_tables.packaged()

    def find(self, doc: Doc) -> list[dict[str, Any]]:
        """Claims of a doc as plain JSON values (see `_record`), in text order."""
        view = View(doc)
        resolver = Resolver(view, self.places)
        arguments = Arguments(view, resolver)
        candidates = list(self._candidates(doc, arguments))
        if not candidates:
            return []
        attributions = Attributions(arguments, self.cues)
        read = self.qualified(candidates, arguments)
        published = (doc._.article or {}).get("published")
        if published:
            for claim, qualifiers, _ in read:
                placed_in_time(claim.predicate, qualifiers, published)
        if self.models is not None:
            for claim, qualifiers, seen in read:
                requalified(self.models.qualifiers, claim, qualifiers, seen)
        records = []
        for candidate, qualifiers, seen in read:
            source = attributions.source_of(candidate)
            if source is not None:
                qualifiers["attribution"] = source
            records.append(_record(view.text, candidate, qualifiers, seen))
        merged = _merge(records, self.ontology, added=RECURRENCE)
        if self.models is None:
            return [_without(c, "probability") for c in merged if c["confidence"] >= self.floor]
        for record in merged:
            probability = record.pop("probability")
            if probability is not None:  # a user's own predicate has none
                record["confidence"] = self.models.calibrated(probability)
        return merged

    def qualified(self, candidates: list[Candidate], arguments: Arguments) -> list[Qualified]:
        """Candidates with their qualifiers as the rules read them, and the cues that decided."""
        qualifier = Qualifier(arguments, self.cues, self.ontology.predicates)
        read = [(c, *qualifier.of(c, self.ontology.predicates[c.predicate])) for c in candidates]
        _same_measure(read)
        qualifier.dating.add_later([(c, qualifiers) for c, qualifiers, _ in read])
        return read

    def _candidates(self, doc: Doc, arguments: Arguments) -> Iterator[Candidate]:
        """What the rules propose, or, with a relation model, what it makes of that."""
        judge = None
        if self.models is not None:
            relations = self.models.relations
            judge = PairJudge(arguments, self.ontology, self.frames, relations, thorough=self.thorough)
        for sent, found in self.sentences(doc, arguments):
            yield from found if judge is None else judge.of(sent, found)

    def sentences(self, doc: Doc, arguments: Arguments) -> Iterator[tuple[Sentence, list[Candidate]]]:
        """Each sentence with something in it, and what the rules propose there."""
        view = arguments.view
        finder = FrameFinder(arguments, self.ontology, self.frames)
        templates = TemplateFinder(arguments, self.ontology, template_tables.packaged())
        patterns, limits = PatternFinder(arguments, self.ontology), LimitFinder(arguments, self.ontology)
        for sent in view.doc.sents:
            if not view.within(sent) and not any(t.pos_ == "PRON" for t in sent):
                continue
            found = [*finder.find(sent), *patterns.find(sent), *templates.find(sent), *limits.find(sent)]
            if found:
                superseded(found)
                found += list(expand_members(found))
                found += list(patterns.answers_in(sent, found))
                found = [c for c in found if not _shared(c, view) and not _says_nothing(c)]
                found += list(_implied(found))
                found += list(patterns.containers(found))
            yield sent, found
            for candidate in found:
                if candidate.predicate in MEASURES:
                    arguments.actors.append((sent.start, candidate.subject))
            taxed = [c.object for c in found if c.predicate == "imposes_tariff_on"]
            if taxed:
                arguments.objects_of["imposes_tariff_on"] = taxed


REVISES = frozenset({"update", "amend", "revise", "expand", "add", "modify", "tighten", "extend", "publish"})


def _same_measure(read: list[tuple[Candidate, dict[str, Any], list[str]]]) -> None:
    """ "These restrictions target X" are of the kind last told of the same actor. Changes the qualifiers in place."""
    last: dict[str, tuple[int, str]] = {}
    for claim, qualifiers, _ in read:
        kind = qualifiers.get("measure")
        if kind is None:
            continue
        where, actor = claim.sents[0].start, claim.subject.canonical
        if kind != "restriction":
            last[actor] = (where, kind)
        elif (
            actor in last
            and where - last[actor][0] < CARRY_TOKENS
            and any(t.lower_ in ("these", "those", "such") for t in claim.trigger.root.lefts)
        ):
            qualifiers["measure"] = last[actor][1]


def _says_nothing(c: Candidate) -> bool:
    """Whether a thing is said of itself, or what is called critical is "critical minerals" themselves."""
    if c.subject.canonical == c.object.canonical:
        return True
    return c.predicate == "designates" and bool(ALREADY.search(c.object.span.text))


def _shared(c: Candidate, view: View) -> bool:
    """Whether several together hold a share ("China, Russia and Tajikistan supply 80%"): none of them dominates by
    that."""
    return (
        c.predicate == "dominates"
        and len(view.group(c.subject)) > 1
        and c.frame.startswith(("control-share", "template"))
        and not c.frame.startswith("template-control-much")
    )


ALREADY = re.compile(r"\b(?:critical|strategic|dual-use)\b", re.I)


def _implied(found: list[Candidate]) -> Iterator[Candidate]:
    """A rule that restricts a thing covers it; who accounts for a share of output produces it; what an authority
    restricts
    while it revises a list, the list covers."""
    revised = {
        c.subject.canonical: c.object for c in found if c.predicate == "issues" and c.trigger.root.lemma_ in REVISES
    }
    for c in found:
        if c.predicate == "restricts_export_of" and c.subject.canonical in revised:
            rule = revised[c.subject.canonical]
            yield Candidate(
                "covers", rule, c.object, c.trigger, f"{c.frame}+revised", c.path, c.score - 0.12, {}, c.sents
            )
        if c.predicate in CONTROLS and c.subject.label == "INSTRUMENT" and c.qualifiers.get("polarity") != "negated":
            sure = {k: v for k, v in c.qualifiers.items() if k in ("polarity", "certainty")}
            yield Candidate(
                "covers", c.subject, c.object, c.trigger, f"{c.frame}+covers", c.path, c.score - 0.05, sure, c.sents
            )
        if c.frame == "control-share" and c.trigger.root.lemma_ in (
            "account",
            "produce",
            "mine",
            "refine",
            "make",
            "process",
            "supply",
        ):
            yield Candidate(
                "produces", c.subject, c.object, c.trigger, f"{c.frame}+produces", c.path, c.score - 0.05, {}, c.sents
            )


def _record(text: str, c: Candidate, qualifiers: dict[str, Any], cues: list[str]) -> dict[str, Any]:
    start, end = _evidence(text, c.sents)
    return {
        "predicate": c.predicate,
        "subject": _reference(c.subject),
        "object": _reference(c.object),
        "qualifiers": qualifiers,
        "evidence": {"start": start, "end": end, "text": text[start:end]},
        "confidence": round(min(0.99, max(0.01, c.score)), 3),
        "probability": c.probability,
        "extractor": f"{c.frame}@{VERSION}",
        "trigger": {"start": c.trigger.start_char, "end": c.trigger.end_char, "text": c.trigger.text},
        "cues": cues,
        "path": c.path,
    }


def _without(record: dict[str, Any], key: str) -> dict[str, Any]:
    return {k: v for k, v in record.items() if k != key}


def _reference(mention: Mention) -> dict[str, Any]:
    return {
        "start": mention.span.start_char,
        "end": mention.span.end_char,
        "label": mention.label,
        "canonical": mention.canonical,
        "mention": mention.attrs.get("mention", "name"),
    }


def _evidence(text: str, sents: tuple[Sentence, ...]) -> tuple[int, int]:
    start, end = sents[0].start_char, sents[-1].end_char
    while end > start and text[end - 1].isspace():
        end -= 1
    while start < end and text[start].isspace():
        start += 1
    return start, end


RECURRENCE = 0.03  # confidence that each further saying adds where no model gives probabilities
ADDED = ("rate", "share", "amount", "parameter", "condition", "role", "target")


def _merge(records: list[dict[str, Any]], ontology: Ontology, *, added: float) -> list[dict[str, Any]]:
    """One claim per triple: the surest saying gives evidence and qualifiers; others what is missing, and `added`
    confidence each."""
    best: dict[tuple[str, str, str], dict[str, Any]] = {}
    for record in records:
        s, o = record["subject"]["canonical"], record["object"]["canonical"]
        if ontology.predicates[record["predicate"]].symmetric and o < s:
            s, o = o, s
        key = (record["predicate"], s, o)
        kept = best.get(key)
        if kept is None:
            best[key] = record
            continue
        strong, weak = (record, kept) if _fuller(record) > _fuller(kept) else (kept, record)
        if _denied(strong) and not _denied(weak) and record["predicate"] == "covers":
            strong, weak = weak, strong  # a rule that applies to X and not to some X applies to X
        if strong["probability"] is not None and weak["probability"] is not None:
            strong["probability"] = max(strong["probability"], weak["probability"])
        strong["confidence"] = round(min(0.97, max(strong["confidence"], weak["confidence"]) + added), 3)
        same_sentence = strong["evidence"] == weak["evidence"]
        for name, value in weak["qualifiers"].items():
            if name in ADDED or (same_sentence and name in ("time", "target")):
                strong["qualifiers"].setdefault(name, value)
        if {strong["qualifiers"].get("measure"), weak["qualifiers"].get("measure")} == {"restriction", "licence"}:
            strong["qualifiers"]["measure"] = "licence"  # one saying does not tell the kind, the other does
        best[key] = strong
    return sorted(
        best.values(),
        key=lambda r: (r["evidence"]["start"], r["trigger"]["start"], r["subject"]["start"], r["object"]["start"]),
    )


def _denied(record: dict[str, Any]) -> bool:
    return record["qualifiers"].get("polarity") == "negated"


def _fuller(record: dict[str, Any]) -> float:
    """How fully a saying says it: its confidence, and a little for each qualifier it carries."""
    named = sum(record[r]["mention"] == "name" for r in ("subject", "object"))
    told = sum(name != "attribution" for name in record["qualifiers"])
    body = record["evidence"]["start"] > 0
    return record["confidence"] + 0.04 * told + 0.03 * named + 0.02 * body


def default_frames() -> dict[str, list[Frame]]:
    """Index of the packaged frames."""
    return frame_tables.index_frames(frame_tables.packaged())
