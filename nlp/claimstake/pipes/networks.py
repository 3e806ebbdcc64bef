"""The networks when they only read: which tokens they are given, and their layers in memory that fits into the cache.

Networks read the body alone; a third of a scraped page is none. The layers give what thinc's give, which makes new
arrays, and keeps what learning would ask for, at every step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
from spacy.tokens import Doc
from thinc.api import Model

from claimstake.attributes import BODY, body_mask

ROWS = 1024  # that go through all layers together; the arrays of more do not fit into a processor's cache
LEAST = np.float32(1e-8)  # added to a variance, as in thinc


class Reading:
    """The tokens of docs that are read, and their rows in one array in which docs have empty rows between them.

    Args:
        docs: all of them, also those without a body.
        margin: tokens beside the body that the vector of a token in it is made of; as many rows are empty.

    Attributes:
        tokens: the indices read of each doc, ascending.
        rows: where they stand in the array.
        size: rows of the array.
    """

    def __init__(self, docs: Sequence[Doc], margin: int = 0) -> None:
        self.docs = docs
        self.tokens = [tokens_read(doc, margin) for doc in docs]
        self.rows: list[slice] = []
        self.size = margin
        for tokens in self.tokens:
            self.rows.append(slice(self.size, self.size + len(tokens)))
            self.size += len(tokens) + margin

    @cached_property
    def filled(self) -> np.ndarray:
        """Indices of the rows that are not empty."""
        return np.concatenate([np.arange(rows.start, rows.stop) for rows in self.rows])

    def gathered(self, arrays: Sequence[np.ndarray]) -> np.ndarray:
        """The rows of one array for each doc, (tokens, width) each, as one array of `size` rows."""
        together = np.zeros((self.size, arrays[0].shape[1]), dtype=arrays[0].dtype)
        for array, tokens, rows in zip(arrays, self.tokens, self.rows, strict=True):
            together[rows] = array[tokens]
        return together

    def spread(self, together: np.ndarray) -> list[np.ndarray]:
        """An array of `size` rows as one array for each doc; tokens that were not read have zeros."""
        arrays = []
        for doc, tokens, rows in zip(self.docs, self.tokens, self.rows, strict=True):
            array = np.zeros((len(doc), together.shape[1]), dtype=together.dtype)
            array[tokens] = together[rows]
            arrays.append(array)
        return arrays


def tokens_read(doc: Doc, margin: int = 0) -> np.ndarray:
    """Indices of the tokens in the body, and of `margin` tokens on both sides of its stretches, ascending."""
    if BODY not in doc.spans:
        return np.arange(len(doc))
    read = body_mask(doc)
    for span in doc.spans[BODY] if margin else ():
        read[max(0, span.start - margin) : span.start] = True
        read[span.end : span.end + margin] = True
    return np.flatnonzero(read)


def in_parts(rows: np.ndarray, margin: int, network: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """What a network gives for rows, of which it is given some at a time.

    Args:
        rows: (rows, inputs).
        margin: rows on both sides that the network's answer for a row depends on.
        network: from (some, inputs) to (some, outputs).
    """
    parts = []
    for start in range(0, len(rows), ROWS):
        before = max(0, start - margin)
        parts.append(network(rows[before : start + ROWS + margin])[start - before :][:ROWS])
    return np.concatenate(parts)


class WindowLayer:
    """A maxout layer over each row and its two neighbours, normalised: expand_window, Maxout and LayerNorm of thinc.

    Args:
        maxout, norm: the layers of thinc with the weights.
    """

    def __init__(self, maxout: Model, norm: Model) -> None:
        weights = maxout.get_param("W")
        self.width, self.pieces, self.inputs = weights.shape
        # the units' first pieces beside each other, then their second ones, so that the greatest is found row by row
        self._weights = np.ascontiguousarray(weights.transpose(2, 1, 0).reshape(self.inputs, -1))
        self._bias = maxout.get_param("b").T.reshape(-1)
        self._gain, self._shift = norm.get_param("G"), norm.get_param("b")
        self._window = np.empty((0, self.inputs), dtype="float32")
        self._hidden = np.empty((0, self._weights.shape[1]), dtype="float32")

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """(rows, width) of float32 from (rows, inputs / 3); beyond both ends are zeros."""
        hidden = np.matmul(self._windows(rows), self._weights, out=self._hidden[: len(rows)])
        hidden += self._bias
        best = hidden[:, : self.width]
        for piece in range(1, self.pieces):
            best = np.maximum(best, hidden[:, piece * self.width : (piece + 1) * self.width])
        best -= best.mean(axis=1, keepdims=True)
        variance = np.einsum("ij,ij->i", best, best) / np.float32(self.width)
        best *= ((variance + LEAST) ** np.float32(-0.5))[:, None]
        best *= self._gain
        best += self._shift
        return best

    def _windows(self, rows: np.ndarray) -> np.ndarray:
        count, width = rows.shape
        if count > len(self._window):
            self._window = np.empty((count, self.inputs), dtype="float32")
            self._hidden = np.empty((count, self._weights.shape[1]), dtype="float32")
        window = self._window[:count]
        window[:1, :width] = 0
        window[1:, :width] = rows[:-1]
        window[:, width : 2 * width] = rows
        window[:-1, 2 * width :] = rows[1:]
        window[-1:, 2 * width :] = 0
        return window


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities of (rows, outcomes) scores, written over them."""
    scores -= scores.max(axis=1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores


def window_layers(model: Model) -> list[WindowLayer]:
    """The window layers of a model, from the first to the last."""
    maxouts, norms = ([node for node in model.walk() if node.name == name] for name in ("maxout", "layernorm"))
    return [WindowLayer(maxout, norm) for maxout, norm in zip(maxouts, norms, strict=True)]
