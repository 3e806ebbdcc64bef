"""The trained named entity recogniser: our own labels, for names that no list and no pattern has.

A BILUO tag per token by softmax over the shared token vectors and their neighbours; spans are read off greedily,
which costs a tenth of a transition system and loses little where spans do not overlap. The body alone is read.

Writes: doc.spans["recognised"] (attrs: probability) and doc.ents, which `claimstake_names` reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np
import srsly
from spacy import util
from spacy.attrs import ENT_IOB, ENT_TYPE, IS_SPACE, ORTH
from spacy.errors import Errors
from spacy.language import Language
from spacy.pipeline.trainable_pipe import TrainablePipe
from spacy.scorer import get_ner_prf
from spacy.tokens import Doc, Token
from spacy.training import Example, validate_get_examples
from spacy.util import registry
from spacy.vocab import Vocab
from thinc.api import Maxout, Model, Softmax_v2, chain, expand_window, set_dropout_rate, with_array
from thinc.types import Floats2d

from claimstake.attributes import PROBABILITIES, RECOGNISED, add_mention, body_mask, new_group
from claimstake.pipes.networks import Reading, in_parts, softmax, window_layers

OUTSIDE = "O"
IOB = {name: place for place, name in enumerate(Token.iob_strings())}
PARTS = "BILU"  # of a span: its beginning, inside, last token; a span of one token
BEGINNING, ENDING, ALONE = 0, 2, 3  # places in PARTS; from ENDING on a span is over
MODEL_CONFIG: dict[str, Any] = {
    "@architectures": "claimstake.Recognizer.v1",
    "hidden_width": 64,
    "maxout_pieces": 2,
    "nO": None,
    "tok2vec": {"@architectures": "spacy.Tok2VecListener.v1", "width": 64, "upstream": "tok2vec"},
}


@registry.architectures("claimstake.Recognizer.v1")
def recognizer_model(
    tok2vec: Model[list[Doc], list[Floats2d]],
    hidden_width: int,
    maxout_pieces: int,
    nO: int | None = None,  # noqa: N803
) -> Model[list[Doc], list[Floats2d]]:
    """Token vectors and their two neighbours, a maxout layer, a softmax over tags.

    Args:
        tok2vec: gives a (tokens, width) array for each doc.
        hidden_width: units of the maxout layer.
        maxout_pieces: pieces of each unit.
        nO: number of tags; None until `initialize`.
    """
    width = tok2vec.get_dim("nO")
    softmax = Softmax_v2(nO, hidden_width, normalize_outputs=True)
    hidden = chain(
        expand_window(window_size=1), Maxout(hidden_width, width * 3, nP=maxout_pieces, normalize=True, dropout=0.0)
    )
    model = chain(tok2vec, with_array(chain(hidden, softmax), pad=1))
    model.set_ref("tok2vec", tok2vec)
    model.set_ref("softmax", softmax)
    return model


def recognizer_scorer(examples: Iterable[Example], **_: Any) -> dict[str, Any]:
    """Precision, recall and F1 of doc.ents, all together and by label."""
    return get_ner_prf(examples)


@registry.scorers("claimstake_recognizer_scorer.v1")
def make_recognizer_scorer() -> Any:
    return recognizer_scorer


@Language.factory(
    "claimstake_recognizer",
    assigns=["doc.ents", "doc.spans"],
    default_config={"model": MODEL_CONFIG, "scorer": {"@scorers": "claimstake_recognizer_scorer.v1"}},
    default_score_weights={"ents_f": 1.0, "ents_p": 0.0, "ents_r": 0.0, "ents_per_type": None},
)
def make_recognizer(nlp: Language, name: str, model: Model, scorer: Any) -> Recognizer:
    return Recognizer(nlp.vocab, model, name, scorer=scorer)


class Recognizer(TrainablePipe):
    """Tags tokens with BILUO labels and reads spans off them.

    Args:
        vocab: of the pipeline.
        model: from docs to one (tokens, tags) array of probabilities each.
        name: of the component.
    """

    def __init__(
        self,
        vocab: Vocab,
        model: Model,
        name: str = "claimstake_recognizer",
        *,
        scorer: Callable | None = recognizer_scorer,
    ) -> None:
        self.vocab, self.model, self.name, self.scorer = vocab, model, name, scorer
        self.cfg: dict[str, Any] = {"labels": []}
        self._row: dict[str, int] = {}

    @property
    def labels(self) -> tuple[str, ...]:
        """Entity labels."""
        return tuple(self.cfg["labels"])

    @property
    def tags(self) -> list[str]:
        """O, then B-, I-, L- and U- of each label: the columns of the model's output."""
        return [OUTSIDE, *(f"{part}-{label}" for label in self.labels for part in PARTS)]

    def add_label(self, label: str) -> int:
        """Add a label before `initialize`; 1 if it is new.

        Raises:
            ValueError: the model already has its output layer.
        """
        if label in self.labels:
            return 0
        if self.model.get_ref("softmax").has_dim("nO"):
            raise ValueError(f"{self.name}: the model is already initialized, no label can be added: {label!r}")
        self.cfg["labels"].append(label)
        self.vocab.strings.add(label)
        return 1

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        labels: Iterable[str] | None = None,
    ) -> None:
        """Set the labels (from the examples where none are given) and the model's shape."""
        validate_get_examples(get_examples, "Recognizer.initialize")
        sample = []
        for example in get_examples():
            if len(sample) < 10:
                sample.append(example.x)
            if labels is None:
                for ent in example.reference.ents:
                    self.add_label(ent.label_)
        for label in labels or ():
            self.add_label(label)
        if not self.labels:
            raise ValueError(Errors.E143.format(name=self.name))
        self.model.get_ref("softmax").set_dim("nO", len(self.tags))
        self.model.initialize(X=sample)
        self._index()

    def _index(self) -> None:
        self._row = {tag: i for i, tag in enumerate(self.tags)}

    def predict(self, docs: Iterable[Doc]) -> list[np.ndarray]:
        """Probabilities, a (tokens, tags) array for each doc: in the body the model's, beside it zeros."""
        docs = list(docs)
        reading = Reading(docs, margin=1)
        if not any(map(len, reading.tokens)):
            return [np.zeros((len(doc), len(self.tags)), dtype="float32") for doc in docs]
        (layer,) = window_layers(self.model)
        output = self.model.get_ref("softmax")
        weights, bias = output.get_param("W").T, output.get_param("b")
        vectors = reading.gathered(self.model.get_ref("tok2vec").predict(docs))
        return reading.spread(in_parts(vectors, 1, lambda rows: softmax(layer(rows) @ weights + bias)))

    def set_annotations(self, docs: Iterable[Doc], scores: Iterable[np.ndarray]) -> None:
        """Write the spans of each doc."""
        for doc, probabilities in zip(docs, scores, strict=True):
            group = new_group(doc, RECOGNISED)
            doc.user_data[PROBABILITIES] = (probabilities, self.labels)
            ents = np.zeros((len(doc), 2), dtype="uint64")  # what `doc.ents` sets token by token
            ents[:, 0] = IOB["O"]
            inside = body_mask(doc)
            for start, end, label, probability in spans(probabilities, self.labels):
                if not inside[start]:
                    continue
                add_mention(group, start, end, label, probability=round(probability, 4))
                ents[start, 0], ents[start + 1 : end, 0] = IOB["B"], IOB["I"]
                ents[start:end, 1] = self.vocab.strings[label]
            doc.from_array([ENT_IOB, ENT_TYPE], ents)

    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Any = None,
        losses: dict[str, float] | None = None,
    ) -> dict[str, float]:
        """One step of training on a batch; returns `losses` with this component's added."""
        losses = {} if losses is None else losses
        losses.setdefault(self.name, 0.0)
        examples = list(examples)
        if not any(len(eg.predicted) for eg in examples):
            return losses
        set_dropout_rate(self.model, drop)
        scores, backprop = self.model.begin_update([eg.predicted for eg in examples])
        loss, gradient = self.get_loss(examples, scores)
        backprop(gradient)
        if sgd not in (None, False):
            self.finish_update(sgd)
        losses[self.name] += loss
        return losses

    def get_loss(self, examples: Iterable[Example], scores: list[Floats2d]) -> tuple[float, list[Floats2d]]:
        """Categorical cross-entropy's loss and gradient; tokens without gold count nothing."""
        loss, gradients = 0.0, []
        for example, given in zip(examples, scores, strict=True):
            gold = gold_tags(example)
            rows = [i for i, tag in enumerate(gold) if tag in self._row]
            gradient = np.zeros_like(given)
            if rows:
                columns = [self._row[gold[i]] for i in rows]
                gradient[rows] = given[rows]
                gradient[rows, columns] -= 1.0
                loss -= float(np.log(np.maximum(given[rows, columns], 1e-9)).sum())
            gradients.append(gradient)
        return loss, gradients

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        return util.to_bytes({"cfg": lambda: srsly.json_dumps(self.cfg), "model": self.model.to_bytes}, exclude)

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> Self:
        util.from_bytes(
            data,
            {"cfg": lambda b: self._configure(srsly.json_loads(b)), "model": lambda b: self.model.from_bytes(b)},
            exclude,
        )
        return self

    def to_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> None:
        """Write labels (cfg) and weights (model)."""
        util.to_disk(
            util.ensure_path(path),
            {"cfg": lambda p: srsly.write_json(p, self.cfg), "model": lambda p: self.model.to_disk(p)},
            exclude,
        )

    def from_disk(self, path: Path | str, *, exclude: Iterable[str] = ()) -> Self:
        """Read labels and weights."""
        util.from_disk(
            util.ensure_path(path),
            {"cfg": lambda p: self._configure(srsly.read_json(p)), "model": lambda p: self.model.from_disk(p)},
            exclude,
        )
        return self

    def _configure(self, cfg: dict[str, Any]) -> None:
        self.cfg = cfg
        self.model.get_ref("softmax").set_dim("nO", len(self.tags))
        self._index()


def gold_tags(example: Example) -> list[str | None]:
    """The BILUO tag of each predicted token, None where the gold has no answer.

    Where both docs have the same words, as they have in our training, it is read off the reference: spaCy's alignment
    takes a third of the time of an update.
    """
    rows = example.reference.to_array([ORTH, IS_SPACE, ENT_IOB, ENT_TYPE])
    same = len(example.predicted) == len(rows) and (example.predicted.to_array(ORTH) == rows[:, 0]).all()
    if not same or not rows[:, 2].any():
        return example.get_aligned_ner()
    _, spaces, iob, labels = rows.T.tolist()
    inside = [*(value == IOB["I"] for value in iob[1:]), False]  # whether the next token goes on
    names = {label: example.reference.vocab.strings[label] for label in set(labels)}
    tags: list[str | None] = []
    for space, value, label, goes_on in zip(spaces, iob, labels, inside, strict=True):
        if value in (IOB["B"], IOB["I"]):
            part = ("B" if goes_on else "U") if value == IOB["B"] else ("I" if goes_on else "L")
            tags.append(f"{part}-{names[label]}")
        else:
            tags.append(OUTSIDE if space or value == IOB["O"] else None)
    return tags


def spans(probabilities: np.ndarray, labels: tuple[str, ...]) -> Iterator[tuple[int, int, str, float]]:
    """Spans read off tag probabilities: token start and end, label, and the least sure token's probability.

    A span begins where a token is not outside and the token before is outside, ends a span (L, U), or has another
    label, or where the token itself begins one (B, U). Impossible sequences are thus mended, not dropped.

    Args:
        probabilities: (tokens, 1 + 4 * labels), columns as `Recognizer.tags`.
        labels: entity labels, in the order of the columns.
    """
    tags = probabilities.argmax(axis=1)
    inside = np.flatnonzero(tags)
    if not len(inside):
        return
    columns, parts = np.divmod(tags[inside] - 1, 4)
    opens = np.empty(len(inside), dtype=bool)
    opens[0] = True
    opens[1:] = (inside[1:] != inside[:-1] + 1) | (parts[:-1] >= ENDING) | (columns[1:] != columns[:-1])
    opens[1:] |= (parts[1:] == BEGINNING) | (parts[1:] == ALONE)
    firsts = np.flatnonzero(opens)
    lasts = np.append(firsts[1:], len(inside)) - 1
    sure = probabilities[inside[:, None], 1 + 4 * columns[:, None] + np.arange(4)].sum(axis=1)
    least = np.minimum.reduceat(np.minimum(sure, 1 - probabilities[inside, 0]), firsts)
    for start, end, column, probability in zip(
        inside[firsts].tolist(), inside[lasts].tolist(), columns[firsts].tolist(), least.tolist(), strict=True
    ):
        yield start, end + 1, labels[column], probability
