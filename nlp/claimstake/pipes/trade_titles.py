"""The goods of a trade case, from its title: "Certain Steel Nails From Taiwan" names the product."""

from __future__ import annotations

from collections.abc import Iterator

from claimstake.knowledge.tables import toml
from claimstake.mirror import Mirror
from claimstake.pipes.phrases import Phrases

Found = tuple[int, int, str, str]
MAX_TITLE = 16  # words of the goods' name
LABELS = ("MINERAL", "PRODUCT")


def trade_goods(doc: Mirror, phrases: Phrases, body: list[tuple[int, int]]) -> Iterator[Found]:
    """Candidates for every occurrence, in any case, of goods that a title of a trade case names.

    Args:
        doc: tagged, with sentences.
        phrases: of the same document.
        body: token ranges of the article.
    """
    table = toml("terms.toml")["trade_titles"]
    lowered = phrases.text.lower()
    if not any(cue in lowered for cue in table["cues"]):
        return
    named = {key: label for low, high in body for key, label in _titles(phrases, low, high, table)}
    if not named:
        return
    texts = doc.lowers
    firsts = {key[0] for key in named}
    for low, high in body:
        for i in range(low, high):
            if texts[i] not in firsts:
                continue
            for key, label in named.items():
                if tuple(texts[i : i + len(key)]) == key and i + len(key) <= high:
                    yield i, i + len(key), label, "trade"


def _titles(phrases: Phrases, low: int, high: int, table: dict) -> Iterator[tuple[tuple[str, ...], str]]:
    """Lower-case words and label of what stands before "From <country>" at the head of a titled sentence."""
    doc, never = phrases.doc, frozenset(table["never"])
    for i in range(low + 1, high - 1):
        if doc.words[i].text != "From" or not phrases.titled(doc.words[i]):
            continue
        place = i + 2 if doc.words[i + 1].lower_ == "the" else i + 1
        if place >= high or place not in phrases.named:
            continue
        start = max(phrases.first[i], i - MAX_TITLE, low)
        start = next(
            (k + 1 for k in range(i - 1, start - 1, -1) if doc.words[k].text in ".:;" or doc.words[k].is_space), start
        )
        start += doc.words[start].lower_ == "certain"
        end = next((k for k in range(start, i) if doc.words[k].text == ","), i)
        words = tuple(t.lower_ for t in doc[start:end])
        if words and not never & set(words) and doc.words[start].text[:1].isupper():
            kinds = phrases.goods.get(end - 1, frozenset())
            yield words, "MINERAL" if "MINERAL" in kinds and "PRODUCT" not in kinds else "PRODUCT"
