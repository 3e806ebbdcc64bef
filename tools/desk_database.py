# ruff: noqa: T201 - a command line tool
"""Makes a database of invented documents and claims, as large as an archive of years, for measurements of the desk.

    python tools/desk_database.py claims.db --claims 1000000

Sentences are made of templates, things of the gazetteers and invented names. What is frequent in real archives is so
here: a few countries and minerals are in most claims and most things in few; the last years have the most documents;
a sentence bears one to four claims.
"""

from __future__ import annotations

import argparse
import random
from datetime import date, timedelta
from itertools import accumulate, count, islice
from pathlib import Path

from claimstake import ontology
from claimstake.knowledge.gazetteer import packaged_rows
from claimstake.records import (
    AnnotatedDocument,
    Claim,
    DocumentInfo,
    Entity,
    Qualifiers,
    Span,
    Time,
    claim_id,
    text_sha256,
)
from claimstake.store.contract import KEY_LENGTH, Outcome, Run, StoredDocument
from claimstake.store.manifest import now
from claimstake.store.opening import open_sql

CLAIMS_EACH = 16.7  # of a document, on average
COMMITTED = 500  # documents at once
FIRST, LAST = date(2016, 1, 1), date(2026, 6, 30)
PREDICATES = {
    "restricts_export_of": 22, "produces": 14, "used_in": 10, "covers": 9, "has_threshold": 7, "located_in": 7,
    "imposes_tariff_on": 6, "invests_in": 6, "sanctions": 5, "restricts_import_of": 4, "issues": 3, "partners_with": 3,
    "dominates": 2, "designates": 1, "affiliated_with": 0.6, "responds_to": 0.3, "derived_from": 0.1,
}  # fmt: skip
STATUSES = {None: 40, "in_force": 28, "announced": 16, "proposed": 12, "suspended": 3, "lifted": 1}
MEASURES = {None: 75, "licence": 12, "ban": 8, "restriction": 4.5, "quota": 0.5}
KINDS = ("announced", "effective", "deadline", "expires", "event")
SENTENCES = (
    "{a} told importers that shipments of {b} would need papers {rest}",
    "Under the order, {a} keeps {b} behind a permit {rest}",
    "Buyers of {b} looked to {a} for an answer {rest}",
    "Officials close to {a} said that {b} was under review {rest}",
    "{a} and its partners agreed on {b} {rest}",
    "Export papers for {b}, which {a} had promised, arrived late {rest}",
    "The rule that {a} drew up names {b} among other goods {rest}",
    "Analysts doubt whether {a} can do without {b} {rest}",
)
FILLERS = (
    "after a quiet month at the port", "as inventories of smelters shrank", "though no list was published",
    "while prices in Rotterdam climbed", "and the customs office declined to comment", "before the autumn session",
    "because export licences ran out", "in a notice of four pages", "despite protests of the industry",
)  # fmt: skip
RARE = 40_000  # words that hardly ever occur


class _Skewed:
    """Draws from a list, the first far more often."""

    def __init__(self, chance: random.Random, items: list, weights: list[float]) -> None:
        self._chance, self._items, self._weights = chance, items, list(accumulate(weights))

    def __call__(self):
        return self._chance.choices(self._items, cum_weights=self._weights)[0]


class Maker:
    """Makes documents.

    Args:
        seed: the same makes the same.
    """

    def __init__(self, seed: int = 7) -> None:
        self.chance = random.Random(seed)
        self._things = {label: self._drawn(label) for label in ontology.default().labels}
        rules = ontology.default().predicates
        self._ends = {n: (sorted(rules[n].subject), sorted(rules[n].object)) for n in PREDICATES}
        self.predicate, self.status, self.measure = (
            _Skewed(self.chance, list(table), list(table.values())) for table in (PREDICATES, STATUSES, MEASURES)
        )

    def _drawn(self, label: str) -> _Skewed:
        """Things of a label: known ones and, the fewer claims the more of them, invented ones."""
        rows = [(row.name, row.id) for row in packaged_rows().values() if row.label == label]
        self.chance.shuffle(rows)
        first = [row for row in rows if row[1] in ("china", "united-states", "gallium", "germanium", "european-union")]
        rows = first + [row for row in rows if row not in first]
        invented = 60_000 if label in ("COMPANY", "PERSON") else 6_000
        rows += [(f"{self._word(n)} {label.title()}", None) for n in range(invented)]
        return _Skewed(self.chance, rows, [1 / (rank + 2) for rank in range(len(rows))])

    def _word(self, number: int) -> str:
        syllables = ("ka", "lo", "mir", "ten", "vas", "qu", "zor", "eli", "pha", "dun", "rix", "oum")
        found = ""
        number += 144
        while number:
            number, rest = divmod(number, len(syllables))
            found += syllables[rest]
        return found.capitalize()

    def document(self, number: int) -> AnnotatedDocument:
        """One document."""
        day = LAST - timedelta(days=int((LAST - FIRST).days * self.chance.random() ** 2))
        text, entities, claims = "", [], []
        for _ in range(max(1, round(self.chance.gauss(CLAIMS_EACH / 2.2, 3)))):
            text, found = self._sentence(text, entities, f"doc-{number}", day)
            claims += found
        info = DocumentInfo.model_construct(
            id=f"doc-{number}", sha256=text_sha256(text), text=text, title=f"Report {number}: {text[:60]}",
            publisher=f"Gazette {int(300 * self.chance.random() ** 3)}", source=f"news/{number}.html",
            published=None if number % 97 == 0 else day.isoformat(), author=None, language="en", body=None,
        )  # fmt: skip
        unique = list({claim.id: claim for claim in claims}.values())
        return AnnotatedDocument.model_construct(doc=info, entities=entities, claims=unique, pipeline=None)

    def _sentence(self, text: str, entities: list[Entity], doc: str, day: date) -> tuple[str, list[Claim]]:
        """The text with one sentence more, and its claims; their ends are added to the entities."""
        start = len(text) + bool(text)
        predicates = [self.predicate() for _ in range(self.chance.choice((1, 1, 2, 2, 3, 4)))]
        ends = [tuple(self._thing(side) for side in self._ends[name]) for name in predicates]
        rest = f"{self.chance.choice(FILLERS)} {self._word(self.chance.randrange(RARE))} {day:%B %Y}"
        words = self.chance.choice(SENTENCES).format(a=ends[0][0][0], b=ends[0][1][0], rest=rest) + "."
        claims = []
        for name, (subject, object_) in zip(predicates, ends, strict=True):
            numbers = [self._mention(entities, thing, start) for thing in (subject, object_)]
            claims.append(
                Claim.model_construct(
                    id=claim_id(doc, name, subject[0], object_[0], "affirmed"),
                    predicate=name,
                    subject=numbers[0],
                    object=numbers[1],
                    qualifiers=self._qualifiers(name, day),
                    extractor="made@1",
                    evidence=Span.model_construct(start=start, end=start + len(words), text=words),
                    confidence=round(1 - self.chance.random() ** 2 * 0.7, 3),
                )  # fmt: skip
            )
        return f"{text} {words}".strip(), claims

    def _thing(self, labels: list[str]) -> tuple[str, str | None, str]:
        label = "PLACE" if "PLACE" in labels and self.chance.random() < 0.6 else self.chance.choice(labels)
        return *self._things[label](), label

    def _mention(self, entities: list[Entity], thing: tuple[str, str | None, str], start: int) -> str:
        name, kb_id, label = thing
        number = f"e{len(entities) + 1}"
        entities.append(
            Entity.model_construct(
                id=number,
                label=label,
                text=name,
                start=start,
                end=start + len(name),
                canonical=name,
                kb_id=kb_id,
                mention="name",
                value=None,
                confidence=0.9,
                extractor="made",
            )  # fmt: skip
        )
        return number

    def _qualifiers(self, predicate: str, day: date) -> Qualifiers:
        said = {}
        if predicate.startswith(("restricts", "imposes", "sanctions")):
            said = {"status": self.status(), "measure": self.measure()}
        if self.chance.random() < 0.3:
            when = day + timedelta(days=self.chance.randrange(-200, 400))
            said["time"] = [Time.model_construct(kind=self.chance.choice(KINDS), value=when.isoformat())]
        for name, value, often in (("polarity", "negated", 0.02), ("certainty", "hedged", 0.08)):
            said |= {name: value} if self.chance.random() < often else {}
        return Qualifiers.model_construct(**{**dict.fromkeys(Qualifiers.model_fields), **said})


def fill(address: str, claims: int, seed: int = 7, *, say: bool = True) -> int:
    """Write invented documents until there are so many claims; how many documents that were."""
    store, maker = open_sql(address), Maker(seed)
    store.begin(Run(f"made-{seed}", "made", now(), "0", ("made",)))
    written, numbers = 0, count(1)
    while written < claims:
        outcomes = []
        for number in islice(numbers, COMMITTED):
            record = maker.document(number)
            written += len(record.claims)
            key = text_sha256(f"{record.doc.id} {record.doc.text}")[:KEY_LENGTH]
            stored = store.encode(StoredDocument(key, f"i{number}", record, len(record.doc.text or "") // 5))
            outcomes.append(Outcome(f"i{number}", f"made/{number}", (stored,), claims=len(record.claims)))
            if written >= claims:
                break
        store.commit(outcomes)
        if say:
            print(f"\r{written:,} claims in {number:,} documents", end="", flush=True)
    store.finish("complete")
    store.close()
    return number


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("database", type=Path)
    parser.add_argument("--claims", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    fill(str(options.database), options.claims, options.seed)
    print()


if __name__ == "__main__":
    main()
