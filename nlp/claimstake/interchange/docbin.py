"""spaCy's DocBin: documents tokenised as the program does it, with mentions as spans and everything else beside them.

Where what stands:

- `doc.spans["mentions"]`: all mentions; `span.id_` is the mention's id, `group.attrs[span.id_]` its other fields.
- `doc.ents`: the longest named mentions that do not overlap, for training a recogniser at once.
- `doc.user_data["claimstake"]`: the rest of the record (document, claims, pipeline) as plain JSON values.

A token is cut where a mention begins or ends inside it, so that every mention is a span with its exact bounds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from claimstake.errors import CorpusError
from claimstake.interchange import assembling, checking, files
from claimstake.interchange.assembling import FoundMention
from claimstake.interchange.contract import Holds, Losses
from claimstake.records import AnnotatedDocument, Entity, text_sha256

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, DocBin, Span

KEY = "claimstake"  # in doc.user_data
MENTIONS = "mentions"
USUAL = "sc"  # where spaCy's span categorizer keeps its spans
SAVED = ("ENT_IOB", "ENT_TYPE", "ENT_KB_ID", "SENT_START")
OURS = ("._.", "claims", None, None)  # in user_data of a Doc that went through the program's pipeline
RECORD = ("id", "label", "text", "start", "end")  # fields of a mention that its span says


class SpacyDocs:
    """See `contract.Format`."""

    name = "docbin"
    says = "spaCy DocBin: doc.ents to train with, doc.spans['mentions'] with all mentions, claims in doc.user_data"
    suffixes = (".spacy",)
    folder = False
    holds = Holds()

    def recognises(self, start: str) -> bool:
        """Never: it is no text."""
        return False

    def read(self, path: Path, losses: Losses) -> Iterator[AnnotatedDocument]:
        """See `contract.Format`; of others' files also doc.ents and other span groups, with default names."""
        from spacy.vocab import Vocab

        vocab = Vocab()
        found = False
        for file in files.listed(path, self.suffixes):
            try:
                packed = _opened(file)
            except CorpusError as error:
                if not path.is_dir():
                    raise
                losses.fail(str(file), str(error).removeprefix(f"{file}: "))
                continue
            for number, one in enumerate(_singles(packed), 1):
                found = True
                try:
                    doc = _unpacked(one, vocab)
                    yield _record(doc, file.stem if len(packed) == 1 else f"{file.stem}-{number}", losses)
                except CorpusError as error:
                    losses.fail(f"{file}: document {number}", str(error))
        if not found and not losses.failures:
            raise CorpusError(f"{path}: no documents in it")

    def write(self, documents: Iterable[AnnotatedDocument], path: Path, losses: Losses) -> int:
        """See `contract.Format`; all documents are in memory until the last one is packed, as DocBin is made."""
        from spacy.tokens import DocBin

        nlp = _tokenizing()
        packed = DocBin(attrs=SAVED, store_user_data=True)
        for document in documents:
            files.tried(losses, document.doc.id, lambda document=document: packed.merge(_packed(nlp, document)))
        with files.appearing(path) as stream:
            stream.write(packed.to_bytes())
        return len(packed)


@cache
def _tokenizing() -> Language:
    """An empty pipeline that divides texts as the program does."""
    import spacy

    from claimstake import tokenizer

    nlp = spacy.blank("en")
    tokenizer.customise(nlp)
    return nlp


def _packed(nlp: Language, document: AnnotatedDocument) -> DocBin:
    """A DocBin of one document: one that cannot be packed spoils no other.

    Raises:
        CorpusError: the record does not fit together, or holds values that msgpack has no form for.
        UnicodeEncodeError: half a surrogate pair in it.
    """
    from spacy.tokens import DocBin

    checking.check(document)
    try:
        return DocBin(attrs=SAVED, store_user_data=True, docs=[_doc(nlp, document)])
    except (OverflowError, TypeError) as error:
        raise CorpusError(f"{document.doc.id}: has a value that DocBin cannot hold ({error})") from error


def _doc(nlp: Language, document: AnnotatedDocument) -> Doc:
    from spacy.tokens import Doc, Span, SpanGroup
    from spacy.util import filter_spans

    text = checking.text_of(document)
    words = list(_words(nlp, text, document.entities))
    doc = Doc(nlp.vocab, words=[word for word, _ in words], spaces=[space for _, space in words])
    first = {token.idx: token.i for token in doc}
    behind = {token.idx + len(token): token.i + 1 for token in doc}
    group = SpanGroup(doc, name=MENTIONS, attrs={})
    named = []
    for entity in document.entities:
        span = Span(
            doc, first[entity.start], behind[entity.end], entity.label, kb_id=entity.kb_id or "", span_id=entity.id
        )
        group.append(span)
        group.attrs[entity.id] = entity.model_dump(mode="json", exclude_none=True, exclude=set(RECORD))
        if entity.mention == "name" and entity.text == entity.text.strip():  # spaCy trains on none with outer blanks
            named.append(span)
    doc.spans[MENTIONS] = group
    doc.set_ents(filter_spans(named))
    rest = document.model_copy(update={"doc": document.doc.model_copy(update={"text": None}), "entities": []})
    doc.user_data[KEY] = rest.to_json()
    return doc


def _words(nlp: Language, text: str, mentions: Iterable[Entity]) -> Iterator[tuple[str, bool]]:
    """Tokens, and whether a blank follows, cut so that every mention begins and ends with one."""
    starts, ends = set(), set()
    for mention in mentions:
        starts.add(mention.start)
        ends.add(mention.end)
    for token in nlp.tokenizer(text):
        begin, end, blank = token.idx, token.idx + len(token), bool(token.whitespace_)
        cuts = [begin, *(i for i in range(begin + 1, end) if i in starts or i in ends), end]
        own = blank and (end in starts or end + 1 in ends)  # the blank is part of a mention: a token of its own
        for low, high in zip(cuts, cuts[1:], strict=False):
            yield text[low:high], blank and not own and high == end
        if own:
            yield text[end : end + 1], False


def _opened(path: Path) -> DocBin:
    """Raises CorpusError: not to be read, or no DocBin."""
    from spacy.tokens import DocBin

    try:
        packed = DocBin().from_disk(path)
        if not len(packed) == len(packed.spaces) == len(packed.cats) == len(packed.span_groups) == len(packed.flags):
            raise ValueError("its parts are of different lengths")
    except OSError as error:
        raise CorpusError(f"{path}: {files.damage(error)}") from error
    except Exception as error:  # noqa: BLE001 - msgpack and numpy fail in a dozen ways on what is no DocBin
        raise CorpusError(f"{path}: is damaged or no DocBin ({error or type(error).__name__})") from error
    return packed


def _singles(packed: DocBin) -> Iterator[DocBin]:
    """A DocBin for each document, so that a damaged one spoils no other."""
    from spacy.tokens import DocBin

    for i in range(len(packed)):
        one = DocBin()
        one.attrs = packed.attrs
        one.strings = packed.strings if i == 0 else set()  # the vocabulary has them by then
        one.tokens, one.spaces = [packed.tokens[i]], [packed.spaces[i]]
        one.cats, one.flags, one.span_groups = [packed.cats[i]], [packed.flags[i]], [packed.span_groups[i]]
        one.user_data = packed.user_data[i : i + 1]
        yield one


def _unpacked(one: DocBin, vocab: Any) -> Doc:
    try:
        return next(iter(one.get_docs(vocab)))
    except Exception as error:  # noqa: BLE001 - as in `_opened`
        raise CorpusError(f"is damaged ({error or type(error).__name__})") from error


def _record(doc: Doc, name: str, losses: Losses) -> AnnotatedDocument:
    """Raises CorpusError: it says that claimstake wrote it, but what stands there is no record."""
    if KEY in doc.user_data:
        return _own(doc, losses)
    if OURS in doc.user_data:
        from claimstake import output

        return output.document(doc, text=True)
    return _foreign(doc, name, losses)


def _own(doc: Doc, losses: Losses) -> AnnotatedDocument:
    """What `write` wrote, with what was changed in its spans since then."""
    try:
        plain = json.loads(json.dumps(doc.user_data[KEY]))  # DocBin makes tuples of lists
        rest = AnnotatedDocument.model_validate(plain)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise CorpusError(f"user_data[{KEY!r}] is no record: {place}: {first['msg']}") from error
    group = doc.spans.get(MENTIONS, ())
    mentions = [_mention(span, dict(group.attrs.get(span.id_, {})), span.id_) for span in group]
    info = rest.doc.model_copy(update={"text": doc.text, "sha256": text_sha256(doc.text)})
    found = assembling.assembled(info, mentions, [], losses, any_label=True, pipeline=rest.pipeline)
    there = {mention.id for mention in mentions} & {entity.id for entity in found.entities}
    claims = [claim for claim in rest.claims if {claim.subject, claim.object} <= there]
    for claim in rest.claims:
        if claim not in claims:
            losses.add("claim without its mentions", rest.doc.id, claim.predicate)
    return found.model_copy(update={"claims": claims})


def _foreign(doc: Doc, name: str, losses: Losses) -> AnnotatedDocument:
    keys = [key for key in doc.spans if len(doc.spans[key])]
    taken = next(([key] for key in (MENTIONS, USUAL) if key in keys), keys)
    for key in keys:
        if key not in taken:
            losses.add("span group", name, key)
    for kind, values in (("category", doc.cats), ("user data", doc.user_data)):
        for key in values:
            losses.add(kind, name, str(key))
    mentions: dict[tuple[int, int, str], FoundMention] = {}
    for span in [*(span for key in taken for span in doc.spans[key]), *doc.ents]:
        attrs = doc.spans[MENTIONS].attrs.get(span.id_, {}) if taken == [MENTIONS] and span.id_ else {}
        mention = _mention(span, dict(attrs), None)
        known = mentions.setdefault((mention.start, mention.end, mention.label), mention)
        known.about = {**mention.about, **known.about}
    ordered = assembling.in_text_order(mentions.values())
    return assembling.assembled(assembling.info(name, doc.text), ordered, [], losses)


def _mention(span: Span, attrs: dict[str, Any], id_: str | None) -> FoundMention:
    about = {k: v for k, v in attrs.items() if k in Entity.model_fields and k not in RECORD}
    if span.kb_id_:
        about.setdefault("kb_id", span.kb_id_)
    return FoundMention(span.start_char, span.end_char, span.label_, id_, about)
