"""The shared token vectors, with the part that only a word's form decides computed once for each form.

Embedding and mixing the four features of a word (norm, prefix, suffix, shape) takes longer than the convolutions over
its neighbours, and gives the same vector wherever the word stands. spaCy computes it for every token.

Writes: doc.tensor.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from spacy.language import Language
from spacy.pipeline import Tok2Vec
from spacy.pipeline.tok2vec import DEFAULT_TOK2VEC_MODEL
from spacy.tokens import Doc
from thinc.api import Model

from claimstake.pipes.networks import Reading, WindowLayer, in_parts, window_layers

REMEMBERED = 100_000  # forms; then the memory is begun anew, so that it stays flat over an archive
SPREAD = np.uint64(0x9E3779B97F4A7C15)  # odd, so that features in another order give another key


@Language.factory("claimstake_vectors", assigns=["doc.tensor"], default_config={"model": DEFAULT_TOK2VEC_MODEL})
def make_vectors(nlp: Language, name: str, model: Model) -> Vectors:
    return Vectors(nlp.vocab, model, name)


class Vectors(Tok2Vec):
    """spaCy's Tok2Vec, which remembers the embeddings of forms while its weights stay as they are.

    Args:
        args, kwargs: as `Tok2Vec`. The model is a chain of MultiHashEmbed (without static vectors) and an encoder.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._forget(None)

    def predict(self, docs: Sequence[Doc]) -> list[np.ndarray]:
        """One (tokens, width) array for each doc; in the body, and everywhere in a doc without one, as `Tok2Vec`'s."""
        docs = list(docs)
        layers = window_layers(self.model.layers[1])
        reading = Reading(docs, len(layers) + 1)
        if not any(map(len, reading.tokens)):
            return [np.zeros((len(doc), self.model.get_dim("nO")), dtype="float32") for doc in docs]
        return reading.spread(in_parts(self._embedded(reading), len(layers), partial(_encoded, layers)))

    def _embedded(self, reading: Reading) -> np.ndarray:
        """What the forms of the tokens that are read give, where `reading` has them; zeros in its empty rows."""
        embed = self.model.layers[0]
        weights = self._weights(embed)
        if weights != self._made_with or len(self._rows) > REMEMBERED:
            self._forget(weights)
        extract, *rest = embed.layers
        columns = extract.attrs["columns"]
        features = np.concatenate(
            [doc.to_array(columns)[tokens] for doc, tokens in zip(reading.docs, reading.tokens, strict=True)]
        )
        keys = np.zeros(len(features), dtype="uint64")
        for column in features.T:
            keys = (keys ^ column) * SPREAD
        forms, first, place = np.unique(keys, return_index=True, return_inverse=True)
        listed = forms.tolist()
        new = [i for i, form in enumerate(listed) if form not in self._rows]
        if new:
            made: Any = [features[first[new]]]
            for layer in rest:
                made = layer.predict(made)
            self._remember([listed[i] for i in new], made[0])
        known = np.fromiter(map(self._rows.__getitem__, listed), dtype="int64", count=len(listed))
        rows = np.zeros(reading.size, dtype="int64")
        rows[reading.filled] = known[place]
        return self._known[rows]

    def _remember(self, forms: list[int], vectors: np.ndarray) -> None:
        begin, end = len(self._rows) + 1, len(self._rows) + 1 + len(forms)
        if end > len(self._known):
            self._known = np.resize(self._known, (2 * end, vectors.shape[1]))
        self._known[begin:end] = vectors
        self._rows.update(zip(forms, range(begin, end), strict=True))

    def _forget(self, weights: float | None) -> None:
        self._made_with = weights
        self._rows: dict[int, int] = {}
        # row 0 is that of no form
        self._known = np.zeros((1, self.model.maybe_get_dim("nO") or 1), dtype="float32")

    def _weights(self, embed: Model) -> float:
        """A number that another training or another set of averages changes."""
        arrays = [node.get_param(name) for node in embed.walk() for name in node.param_names if name != "E"]
        return float(sum(float(array.sum()) for array in arrays))


def _encoded(layers: Sequence[WindowLayer], rows: np.ndarray) -> np.ndarray:
    """Rows through all layers, each of which is added to what it is given."""
    for layer in layers:
        rows = layer(rows) + rows
    return rows
