"""The dependency parser, run on the sentences that may hold a claim.

A sentence outside the body, or with fewer than two things in it that a list, the recogniser or the number grammar
found, says nothing that a claim is made of. It is left as a flat tree under its first token, labelled `dep`.

Reads: doc.tensor (the shared token vectors), sentence bounds, doc.spans. Writes: token.head, token.dep.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from spacy.attrs import DEP, HEAD, ORTH, SENT_START, SPACY
from spacy.language import Language
from spacy.pipeline import DependencyParser
from spacy.tokens import Doc
from spacy.util import minibatch
from thinc.api import Model

from claimstake.attributes import BODY, DATES, GAZETTEER, MEASURES, RECOGNISED

SHORTEST = 3  # tokens; two words have no structure that a rule asks for
FLAT = "dep"  # label of tokens in sentences that were not parsed: dependency unknown
FEWEST = 2  # things found in a sentence; a claim has two ends
TELLING = (GAZETTEER, RECOGNISED, MEASURES, DATES)
MODEL_CONFIG: dict[str, Any] = {
    "@architectures": "spacy.TransitionBasedParser.v2",
    "state_type": "parser",
    "extra_state_tokens": False,
    "hidden_width": 64,
    "maxout_pieces": 2,
    "use_upper": True,
    "nO": None,
    "tok2vec": {"@architectures": "spacy.Tok2VecListener.v1", "width": 64, "upstream": "tok2vec"},
}


@Language.factory(
    "claimstake_parser",
    assigns=["token.dep", "token.head"],
    requires=["doc.tensor", "doc.sents"],
    default_config={
        "model": MODEL_CONFIG,
        "moves": None,
        "update_with_oracle_cut_size": 100,
        "learn_tokens": False,
        "min_action_freq": 30,
        "everything": False,
        "scorer": {"@scorers": "spacy.parser_scorer.v1"},
    },
    default_score_weights={"dep_uas": 0.5, "dep_las": 0.5, "dep_las_per_type": None},
)
def make_parser(
    nlp: Language,
    name: str,
    model: Model,
    moves: Any,
    update_with_oracle_cut_size: int,
    learn_tokens: bool,
    min_action_freq: int,
    everything: bool,
    scorer: Any,
) -> SelectiveParser:
    return SelectiveParser(
        nlp.vocab,
        model,
        name,
        moves=moves,
        update_with_oracle_cut_size=update_with_oracle_cut_size,
        learn_tokens=learn_tokens,
        min_action_freq=min_action_freq,
        scorer=scorer,
        everything=everything,
    )


class SelectiveParser(DependencyParser):
    """spaCy's transition-based parser, given only the sentences worth it; sentence bounds must be set.

    Args:
        everything: parse every sentence, as for training and for measuring what the selection costs.
        args, kwargs: as `DependencyParser`.
    """

    def __init__(self, *args: Any, everything: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.everything = everything

    def __call__(self, doc: Doc) -> Doc:
        return next(self.pipe([doc], batch_size=1))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Parse docs in batches of `batch_size`; order is kept."""
        for docs in minibatch(stream, size=batch_size):
            chosen = [self._chosen(doc) for doc in docs]
            parts = [self._extract(doc, tokens) for doc, tokens in zip(docs, chosen, strict=True) if len(tokens)]
            if parts:
                self.set_annotations(parts, self.predict(parts))
            parsed = iter(parts)
            for doc, tokens in zip(docs, chosen, strict=True):
                if len(doc):
                    _insert(doc, tokens, next(parsed) if len(tokens) else None)
            yield from docs

    def _chosen(self, doc: Doc) -> np.ndarray:
        """Indices of the tokens whose sentences are parsed, ascending."""
        if self.everything or not any(key in doc.spans for key in TELLING):
            return np.arange(len(doc))
        telling = np.zeros(len(doc), dtype="int64")  # 1 where something found begins
        for key in TELLING:
            telling[[span.start for span in doc.spans.get(key, ())]] = 1
        body = np.zeros(len(doc), dtype=bool)
        for span in doc.spans[BODY] if BODY in doc.spans else [doc[:]]:
            body[span.start : span.end] = True
        starts = np.flatnonzero(doc.to_array([SENT_START]) == 1)
        ends = np.append(starts[1:], len(doc))
        counts = np.add.reduceat(telling, starts)
        keep = (counts >= FEWEST) & body[starts] & (ends - starts >= SHORTEST)
        return np.flatnonzero(np.repeat(keep, ends - starts))

    def _extract(self, doc: Doc, tokens: np.ndarray) -> Doc:
        """A doc of the chosen sentences, with their token vectors."""
        if len(tokens) == len(doc):
            return doc
        read = doc.to_array([ORTH, SPACY, SENT_START])[tokens]
        starts = (read[:, 2] == 1).tolist()
        part = Doc(self.vocab, words=read[:, 0].tolist(), spaces=read[:, 1].astype(bool).tolist(), sent_starts=starts)
        part.tensor = doc.tensor[tokens]
        return part


def _insert(doc: Doc, tokens: np.ndarray, part: Doc | None) -> None:
    """Bring the parse of the chosen sentences into the doc; the others hang flat from their first tokens."""
    if part is doc:
        return
    starts = np.flatnonzero(doc.to_array([SENT_START]) == 1)
    ends = np.append(starts[1:], len(doc))
    values = np.zeros((len(doc), 2), dtype="uint64")
    # a token without any label counts as unparsed, and spaCy would join its sentence to the one before
    values[:, 1] = doc.vocab.strings.add(FLAT)
    values[starts, 1] = doc.vocab.strings.add("ROOT")
    values[:, 0] = (np.repeat(starts, ends - starts) - np.arange(len(doc))).astype("uint64")
    if part is not None:
        values[tokens] = part.to_array([HEAD, DEP])
    doc.from_array([HEAD, DEP], values)
