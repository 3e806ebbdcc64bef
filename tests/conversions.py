"""Documents to convert there and back, and what differs between what went in and what came out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from spacy.language import Language

from claimstake import batch
from claimstake.interchange import losing
from claimstake.interchange.contract import Format, Losses
from claimstake.ontology import default
from claimstake.records import (
    AnnotatedDocument,
    Claim,
    DocumentInfo,
    Entity,
    Measure,
    Qualifiers,
    Span,
    Time,
    text_sha256,
)
from claimstake.training import inline

ROOT = Path(__file__).resolve().parents[1]
# What the corpus's format has where a record has none.
ALWAYS = {losing.DOCUMENT["language"], losing.BODY, "qualifier status", "qualifier measure"}
VALUED = ("DATE", "QUANTITY")
PIECES = [
    *("\n", "\r\n", "\t", " ", "  ", "\u2028", "\u00a0", "\ufeff", "\x0b", "\x00", "😀", "e\u0301", "稀土", "😀😀"),
    *("[", "]", "|", "{{", "}}", "\\", "; json: {", "=== text", "canonical: ", "; value: ", "evidence 1-2: "),
    *("China", "gallium", "bans. ", "up to 60%", "No. 5", "\n\n", "# document = ", "B-PLACE", "-DOCSTART-"),
    *('"', "; ", "#", "O"),
]


def corpus(every: int = 1) -> list[AnnotatedDocument]:
    """Every nth document of the corpus."""
    found = sorted((ROOT / "corpus" / "articles").rglob("*.md"))[::every]
    assert found
    return [inline.read(path).record for path in found]


def programs(nlp: Language) -> list[AnnotatedDocument]:
    """What the program writes of the example articles: nominals, knowledge base ids, confidences, metadata."""
    found = list(batch.run(nlp, [ROOT / "corpus" / "examples"], batch.Options(text=True)))
    assert len(found) == 4
    return [one.record for one in found]


def as_records(documents: Iterable[AnnotatedDocument]) -> list[dict[str, Any]]:
    """Documents as JSON values."""
    return [document.to_json() for document in documents]


odd_texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=12).map("".join)
names = st.sampled_from(PIECES).flatmap(lambda piece: st.text(max_size=6).map(lambda more: piece + more))
numbers = st.floats(-1e12, 1e12, allow_nan=False).map(float) | st.integers(0, 10**6).map(float)
measures = st.builds(
    Measure, comparator=st.sampled_from(["=", "<=", ">="]), value=numbers, unit=st.sampled_from(["%", "mAh/g", "t"])
) | st.builds(Measure, comparator=st.just(".."), value=st.tuples(numbers, numbers), unit=st.just("USD"))
dates = st.sampled_from(["2025-07-15", "2025", "XXXX-07-15", "2025-07/2025-09", "202X"])
levels = st.none() | st.floats(0, 1)
qualifiers = st.builds(
    Qualifiers,
    status=st.sampled_from([None, "proposed", "in_force"]),
    polarity=st.sampled_from([None, "affirmed", "negated"]),
    certainty=st.sampled_from([None, "asserted", "hedged"]),
    measure=st.sampled_from([None, "ban", "restriction"]),
    target=st.none() | names,
    condition=st.none() | names,
    time=st.none() | st.lists(st.builds(Time, kind=st.sampled_from(["event", "deadline"]), value=dates), min_size=1),
)


@st.composite
def documents(draw: st.DrawFn, *, tidy: bool = False) -> AnnotatedDocument:
    """A document of odd text, with mentions and claims anywhere.

    Args:
        tidy: no mention begins or ends in white space, and no two stand at the same place.
    """
    text = draw(odd_texts)
    places: list[tuple[int, int]] = []
    for start, length in draw(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12)), max_size=6)):
        start, end = min(start, len(text)), min(start + length, len(text))
        if tidy:
            inside = text[start:end]
            start, end = start + len(inside) - len(inside.lstrip()), end - len(inside) + len(inside.rstrip())
        places += [(start, end)] if start < end else []
    places = list(dict.fromkeys(places)) if tidy else places
    entities = [
        draw(_entities(number, text, *place))
        for number, place in enumerate(sorted(places, key=lambda p: (p[0], -p[1])))
    ]
    claims = draw(st.lists(_claims(text, entities), max_size=4)) if entities else []
    info = DocumentInfo(
        id=draw(st.sampled_from(["d1", "news/2025 no. 7", "É", "a;b: c"])),
        sha256=text_sha256(text),
        title=draw(st.none() | names),
        published=draw(st.none() | dates),
        language=draw(st.sampled_from(["en", "de", None])),
        text=text,
        body=draw(st.none() | st.just([Span(start=0, end=len(text))])),
    )
    numbered = [claim.model_copy(update={"id": f"c{number}"}) for number, claim in enumerate(claims, 1)]
    return AnnotatedDocument(
        doc=info, entities=entities, claims=numbered, pipeline=draw(st.none() | st.just({"a": [1]}))
    )


@st.composite
def _entities(draw: st.DrawFn, number: int, text: str, start: int, end: int) -> Entity:
    label = draw(st.sampled_from(["PLACE", "MINERAL", "DATE", "QUANTITY"]))
    return Entity(
        id=f"e{number + 1}",
        label=label,
        text=text[start:end],
        start=start,
        end=end,
        canonical=draw(names | st.just(text[start:end])),
        kb_id=draw(st.none() | names),
        mention=draw(st.sampled_from(["name", "name", "nominal"])),
        value=draw(st.none() | dates if label == "DATE" else st.none() | measures) if label in VALUED else None,
        confidence=draw(levels),
        extractor=draw(st.none() | names),
    )


@st.composite
def _claims(draw: st.DrawFn, text: str, entities: list[Entity]) -> Claim:
    start = draw(st.integers(0, len(text) - 1))
    ends = st.sampled_from([entity.id for entity in entities])
    return Claim(
        id="c1",
        predicate=draw(st.sampled_from(list(default().predicates))),
        subject=draw(ends),
        object=draw(ends),
        qualifiers=draw(qualifiers),
        evidence=Span(start=start, end=draw(st.integers(start + 1, len(text)))),
        confidence=draw(levels),
        extractor=draw(st.none() | names),
    )


def target(one: Format, folder: Path) -> Path:
    """Where a format writes to: a folder, or a file that is not packed."""
    return folder / ("out" if one.folder else f"out{next(s for s in one.suffixes if not s.endswith(('.gz', '.zip')))}")


def there_and_back(
    one: Format, documents: Iterable[AnnotatedDocument], path: Path
) -> tuple[list[AnnotatedDocument], Losses, Losses]:
    """Write and read documents; what came back, what the writer counted, what the reader counted."""
    written, read = Losses(), Losses()
    count = one.write(documents, path, written)
    back = list(one.read(path, read))
    assert len(back) + len(read.failures) == count
    return back, written, read


def difference(before: AnnotatedDocument, after: AnnotatedDocument) -> Counter[str]:
    """What of a document is lacking or different in another one, in the words of `interchange.losing`.

    Ids of mentions are numbers without meaning and are not compared, nor is the evidence's text, which repeats the
    document's. Raises AssertionError where there is something that was not there before.
    """
    lost: Counter[str] = Counter()
    lost[losing.TEXT] += before.doc.text != after.doc.text
    assert before.doc.id == after.doc.id
    for key, kind in losing.DOCUMENT.items():
        lost[kind] += _lost(getattr(before.doc, key), getattr(after.doc, key), kind)
    lost[losing.BODY] += _lost(before.doc.body, after.doc.body, losing.BODY)
    lost[losing.PIPELINE] += _lost(before.pipeline, after.pipeline, losing.PIPELINE)
    for was, now in _paired(before.entities, after.entities, _place):
        if now is None:
            lost[losing.MENTION[was.mention]] += 1
            continue
        for key, kind in losing.PARTS_OF_MENTION.items():
            lost[kind] += _lost(getattr(was, key), getattr(now, key), kind, renamed=key == "canonical")
    return +(lost + _of_claims(before, after))


def _of_claims(before: AnnotatedDocument, after: AnnotatedDocument) -> Counter[str]:
    """A claim may have moved to other mentions of the same names; one that was not there before is an error."""
    lost: Counter[str] = Counter()
    rest = list(after.claims)
    lacking = []
    for was in before.claims:
        same = next((c for c in rest if _ends(after, c, _place) == _ends(before, was, _place)), None)
        if same is None:
            lacking.append(was)
        else:
            rest.remove(same)
            lost += _of_claim(was, same)
    for was in lacking:
        moved = next((c for c in rest if _ends(after, c, _named) == _ends(before, was, _named)), None)
        if moved is None:
            lost[losing.CLAIM] += 1
        else:
            rest.remove(moved)
            lost[losing.MOVED] += 1
            lost += _of_claim(was, moved)
    assert not rest, f"came from nowhere: {rest[:3]}"
    return lost


def _of_claim(was: Claim, now: Claim) -> Counter[str]:
    lost: Counter[str] = Counter()
    lost["claim id"] += was.id != now.id
    lost["evidence"] += (was.evidence.start, was.evidence.end) != (now.evidence.start, now.evidence.end)
    for key in ("confidence", "extractor"):
        kind = losing.PARTS_OF_CLAIM[key]
        lost[kind] += _lost(getattr(was, key), getattr(now, key), kind)
    for key in type(was.qualifiers).model_fields:
        kind = losing.QUALIFIER.format(key)
        lost[kind] += _lost(getattr(was.qualifiers, key), getattr(now.qualifiers, key), kind)
    return lost


def _lost(was: Any, now: Any, kind: str, *, renamed: bool = False) -> bool:
    """Whether something is not as it was; nothing may become something else, but white space in titles and names."""
    renamed |= isinstance(was, str) and isinstance(now, str) and was.split() == now.split()
    assert was == now or now is None or renamed or kind in ALWAYS, f"{kind}: {was!r} became {now!r}"
    return was != now


def _place(entity: Entity) -> Hashable:
    return entity.start, entity.end, entity.label, entity.mention


def _named(entity: Entity) -> Hashable:
    return entity.label, entity.canonical


def _ends(document: AnnotatedDocument, claim: Claim, what: Callable[[Entity], Hashable]) -> Hashable:
    ends = {entity.id: what(entity) for entity in document.entities}
    return claim.predicate, ends[claim.subject], ends[claim.object]


def _paired(
    before: list[Entity], after: list[Entity], key: Callable[[Entity], Hashable]
) -> list[tuple[Entity, Entity | None]]:
    """Mentions that are the same by a key, in their order; what is only in the second is an error."""
    found: defaultdict[Hashable, list[Entity]] = defaultdict(list)
    for mention in after:
        found[key(mention)].append(mention)
    pairs = [(mention, found[key(mention)].pop(0) if found[key(mention)] else None) for mention in before]
    assert not any(found.values()), f"came from nowhere: {[t for left in found.values() for t in left][:3]}"
    return pairs
