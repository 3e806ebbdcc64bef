"""Documents to convert there and back, and what differs between what went in and what came out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from claimstake.interchange import losing
from claimstake.interchange.contract import Format, Losses
from claimstake.records import AnnotatedDocument, Claim, Entity
from claimstake.training import inline

ROOT = Path(__file__).resolve().parents[1]
Thing = TypeVar("Thing")


def corpus(every: int = 1) -> list[AnnotatedDocument]:
    """Every nth document of the corpus."""
    found = sorted((ROOT / "corpus" / "articles").rglob("*.md"))[::every]
    assert found
    return [inline.read(path).record for path in found]


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
    for was, now in _paired(before.claims, after.claims, _ends(before), _ends(after)):
        if now is None:
            lost[losing.CLAIM] += 1
        else:
            lost += _of_claim(was, now)
    return +lost


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
    assert was == now or now is None or renamed, f"{kind}: {was!r} became {now!r}"
    return was != now


def _place(entity: Entity) -> Hashable:
    return entity.start, entity.end, entity.label, entity.mention


def _ends(document: AnnotatedDocument) -> Callable[[Claim], Hashable]:
    places = {entity.id: _place(entity) for entity in document.entities}
    return lambda claim: (claim.predicate, places[claim.subject], places[claim.object])


def _paired(
    before: list[Thing],
    after: list[Thing],
    key: Callable[[Thing], Hashable],
    key_after: Callable[[Thing], Hashable] | None = None,
) -> list[tuple[Thing, Thing | None]]:
    """Things that are the same by a key, in their order; what is only in the second is an error."""
    found: defaultdict[Hashable, list[Thing]] = defaultdict(list)
    for thing in after:
        found[(key_after or key)(thing)].append(thing)
    pairs = [(thing, found[key(thing)].pop(0) if found[key(thing)] else None) for thing in before]
    assert not any(found.values()), f"came from nowhere: {[t for left in found.values() for t in left][:3]}"
    return pairs
