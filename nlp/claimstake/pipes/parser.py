"""The dependency parser, run on the sentences that may hold a claim.

A sentence outside the body, or with fewer than two things in it that a list, the recogniser or the number grammar
found ("the company" is one, too), says nothing that a claim is made of. It is left as a flat tree under its first
token, labelled `dep`.

Reads: doc.tensor (the shared token vectors), sentence bounds, doc.spans. Writes: token.head, token.dep.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from spacy.attrs import DEP, HEAD, ORTH, SENT_START, SPACY
from spacy.language import Language
from spacy.ml._precomputable_affine import PrecomputableAffine
from spacy.ml.parser_model import ParserStepModel
from spacy.pipeline import DependencyParser
from spacy.tokens import Doc
from spacy.util import minibatch
from thinc.api import Model

from claimstake.attributes import DATES, GAZETTEER, MEASURES, RECOGNISED, body_mask

PIECE = 30  # tokens; sentences are parsed in pieces of at least as many, all pieces at once
SHORTEST = 3  # tokens; two words have no structure that a rule asks for
FLAT = "dep"  # label of tokens in sentences that were not parsed: dependency unknown
POINTING = ("company", "Company", "firm")  # words that stand for something named before: "the company makes X"
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
        self._pointing = [self.vocab.strings.add(word) for word in POINTING]
        self._table = np.empty(0, dtype="float32")

    def __call__(self, doc: Doc) -> Doc:
        return next(self.pipe([doc], batch_size=1))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Parse docs in batches of `batch_size`; order is kept."""
        for docs in minibatch(stream, size=batch_size):
            chosen = [self._chosen(doc) for doc in docs]
            parts = [self._extract(doc, tokens) for doc, tokens in zip(docs, chosen, strict=True)]
            if together := [piece for pieces in parts for piece in pieces]:
                self.set_annotations(together, self.predict(together))
            for doc, tokens, pieces in zip(docs, chosen, parts, strict=True):
                if len(doc):
                    _insert(doc, tokens, pieces)
            yield from docs

    def predict(self, docs: Iterable[Doc]) -> list[Any]:
        """Final states of the docs, the same as `DependencyParser.predict`'s.

        spaCy scores state by state, with a lock taken for every feature. Here a step of all docs is one gather and one
        product, which takes half the time; transitions and their validity are spaCy's.
        """
        docs = list(docs)
        if not self.model.attrs["has_upper"] or not any(map(len, docs)):
            return super().predict(docs)
        lower, upper = self.model.get_ref("lower"), self.model.get_ref("upper")
        features, width = lower.get_dim("nF"), lower.get_dim("nO")
        step = _asked_for_tokens(lower, upper)
        table = self._hidden(self.model.layers[0].predict(docs), lower)
        bias, weights = lower.get_param("b").T.reshape(-1), np.ascontiguousarray(upper.get_param("W").T)
        places = np.arange(features) + features  # row 0 is padding, asked for by token -1
        every = np.ones((1, features), dtype="float32")
        unseen = list(self.model.attrs["unseen_classes"])
        batch = self.moves.init_batch(docs)
        states = [state for state in batch if not state.is_final()]
        while states:
            asked = table.take(step.get_token_ids(states) * features + places, axis=0, mode="clip")
            hidden = np.matmul(every, asked)[:, 0]  # their sum, in half the time
            hidden += bias
            activated = hidden[:, :width]
            for start in range(width, hidden.shape[1], width):
                activated = np.maximum(activated, hidden[:, start : start + width])
            scores = activated @ weights
            scores += upper.get_param("b")
            if unseen:
                scores[:, unseen] = scores.min()
            states = self.transition_states(states, scores)
        return batch

    def _hidden(self, vectors: np.ndarray, lower: Model) -> np.ndarray:
        """What each token, and before them padding, gives to the hidden layer as each feature: a row for each of both.

        Computed as `PrecomputableAffine` does, but into memory that is kept: tens of megabytes that are new for every
        batch cost as much as the product. In a row, the units' first pieces come before their second ones.
        """
        weights = lower.get_param("W").transpose(3, 0, 2, 1)  # inputs, features, pieces, units
        row = weights[0].size
        size = (len(vectors) + 1) * row
        if size > len(self._table):
            self._table = np.empty(size, dtype="float32")
        table = self._table[:size].reshape(len(vectors) + 1, row)
        table[0] = lower.get_param("pad").transpose(0, 1, 3, 2).reshape(-1)
        np.matmul(vectors, weights.reshape(-1, row), out=table[1:])
        return table.reshape(-1, row // weights.shape[1])

    def _chosen(self, doc: Doc) -> np.ndarray:
        """Indices of the tokens whose sentences are parsed, ascending."""
        if self.everything or not any(key in doc.spans for key in TELLING):
            return np.arange(len(doc))
        telling = np.zeros(len(doc), dtype="int64")  # 1 where something found begins
        for key in TELLING:
            telling[[span.start for span in doc.spans.get(key, ())]] = 1
        starts = np.flatnonzero(doc.to_array([SENT_START]) == 1)
        ends = np.append(starts[1:], len(doc))
        words = doc.to_array(ORTH)
        for pointing in self._pointing:
            telling |= words == pointing
        counts = np.add.reduceat(telling, starts)
        keep = (counts >= FEWEST) & body_mask(doc)[starts] & (ends - starts >= SHORTEST)
        return np.flatnonzero(np.repeat(keep, ends - starts))

    def _extract(self, doc: Doc, tokens: np.ndarray) -> list[Doc]:
        """Docs of the chosen sentences, a few in each, with their token vectors."""
        if not len(tokens):
            return []
        read = doc.to_array([ORTH, SPACY, SENT_START])[tokens]
        starts = read[:, 2] == 1
        tensor = doc.tensor[tokens]
        cuts = [0]
        for start in np.flatnonzero(starts).tolist():
            if start - cuts[-1] >= PIECE:
                cuts.append(start)
        words, spaces, firsts = read[:, 0].tolist(), read[:, 1].astype(bool).tolist(), starts.tolist()
        pieces = []
        for start, end in zip(cuts, [*cuts[1:], len(tokens)], strict=True):
            kept = slice(start, end)
            piece = Doc(self.vocab, words=words[kept], spaces=spaces[kept], sent_starts=firsts[kept])
            piece.tensor = tensor[kept]
            pieces.append(piece)
        return pieces


def _asked_for_tokens(lower: Model, upper: Model) -> ParserStepModel:
    """A step model without vectors or weights: it is asked only which tokens the features of states are."""
    features, inputs = lower.get_dim("nF"), lower.get_dim("nI")
    least = PrecomputableAffine(1, inputs, features, 2)
    shapes = {"W": (features, 1, 2, inputs), "b": (1, 2), "pad": (1, features, 1, 2)}
    for name, shape in shapes.items():
        least.set_param(name, np.zeros(shape, dtype="float32"))  # initialize() would fit them to made-up states
    no_vectors = Model("no_vectors", lambda model, docs, is_train: (np.zeros((1, inputs), dtype="float32"), None))
    return ParserStepModel([], (no_vectors, least, upper), has_upper=True, train=False)


def _insert(doc: Doc, tokens: np.ndarray, pieces: list[Doc]) -> None:
    """Bring the parse of the chosen sentences into the doc; the others hang flat from their first tokens."""
    starts = np.flatnonzero(doc.to_array([SENT_START]) == 1)
    ends = np.append(starts[1:], len(doc))
    values = np.zeros((len(doc), 2), dtype="uint64")
    # a token without any label counts as unparsed, and spaCy would join its sentence to the one before
    values[:, 1] = doc.vocab.strings.add(FLAT)
    values[starts, 1] = doc.vocab.strings.add("ROOT")
    values[:, 0] = (np.repeat(starts, ends - starts) - np.arange(len(doc))).astype("uint64")
    if pieces:
        values[tokens] = np.concatenate([piece.to_array([HEAD, DEP]) for piece in pieces])
    doc.from_array([HEAD, DEP], values)
