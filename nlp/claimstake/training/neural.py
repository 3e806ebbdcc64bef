"""Training of the neural base: a student learns from silver, then its copies are fine-tuned on the corpus.

Stage 1: a small tok2vec (width 64, 3 layers) under tagger, parser and recogniser is distilled from the silver
annotations. 8,250 steps of 2,000 tokens over 3.3 million silver tokens took half an hour on a core and gave, against
the teacher on held-out passages, tags 0.951, unlabelled attachment 0.859, mentions F1 0.770.

Stage 2: on the corpus' train split, augmented, with silver rehearsed in every batch so that tagger, parser and what
the corpus lacks are not forgotten. 1,500 steps: mentions F1 0.733 on the dev split (0.599 before), parser unchanged.
Three more copies each leave out a third of the train articles: parts that learn from the recogniser's output must see
what it makes of articles that it has not learned.

Steps are counted, never minutes, and every random choice has a seed: the same inputs give the same weights. Learning
rates warm up and then fall linearly; what is kept are the weights' running averages (Polyak and Juditsky 1992).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.lookups import load_lookups
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import fix_random_seed
from thinc.api import Adam

from claimstake.attributes import MENTIONS
from claimstake.errors import CorpusError
from claimstake.tokenizer import customise
from claimstake.training.silver import Chunk, Passage, example, passage

WIDTH, DEPTH, PIECES = 64, 3, 2
EMBEDDED = {"NORM": 12000, "PREFIX": 2000, "SUFFIX": 4000, "SHAPE": 2000}  # rows of each hash table
HIDDEN = 64
DECAYED = 0.05  # share of the learning rate at the last step
SAMPLE = 3000  # examples that shapes and labels are read from

Watch = Callable[[dict[str, Any]], None]  # told how far training is: step, at, of, and scores where it was measured
Change = Callable[[Passage], Passage]


@dataclass(frozen=True)
class Plan:
    """How long and how fast.

    Attributes:
        steps: updates.
        rate: highest learning rate.
        dropout: share of units left out.
        warm_up: steps in which the rate rises.
        every: steps between measurements.
        seed: of everything random.
    """

    steps: int
    rate: float = 0.001
    dropout: float = 0.1
    warm_up: int = 50
    every: int = 300
    seed: int = 7

    def rate_at(self, step: int) -> float:
        """Learning rate of a step, counted from 0."""
        if step < min(self.warm_up, self.steps // 4):
            return self.rate * (step + 1) / min(self.warm_up, self.steps // 4)
        return self.rate * max(DECAYED, 1 - step / self.steps)


@dataclass(frozen=True)
class Source:
    """Chunks to learn from.

    Attributes:
        chunks: what is drawn, in a new order each time round.
        tokens: how many of each batch come from here.
        first_tokens: how many in the first `GROWING` steps.
        change: augmentation.
    """

    chunks: Sequence[Chunk]
    tokens: int
    first_tokens: int | None = None
    change: Change | None = None


GROWING = 400  # steps with smaller batches: many small steps at first reach the same sooner


def student(labels: Iterable[str], teacher: Path, sample: Sequence[Example]) -> Language:
    """A student with weights at random, its shapes and labels set.

    Args:
        labels: the recogniser's.
        teacher: folder of tagger.json and parser.json, the `label_data` of the teacher's.
        sample: some examples.
    """
    nlp = spacy.blank("en")
    customise(nlp)
    _set_norms(nlp)
    embed = {"width": WIDTH, "attrs": list(EMBEDDED), "rows": list(EMBEDDED.values()), "include_static_vectors": False}
    encode = {"width": WIDTH, "depth": DEPTH, "window_size": 1, "maxout_pieces": PIECES}
    tok2vec = {
        "@architectures": "spacy.Tok2Vec.v2",
        "embed": {"@architectures": "spacy.MultiHashEmbed.v2", **embed},
        "encode": {"@architectures": "spacy.MaxoutWindowEncoder.v2", **encode},
    }
    shared = {"@architectures": "spacy.Tok2VecListener.v1", "width": WIDTH, "upstream": "tok2vec"}
    tags = {"@architectures": "spacy.Tagger.v2", "nO": None, "normalize": False, "tok2vec": shared}
    sizes = {"hidden_width": HIDDEN, "maxout_pieces": PIECES, "nO": None, "tok2vec": shared}
    moves = {"state_type": "parser", "extra_state_tokens": False, "use_upper": True, **sizes}
    parse = {"@architectures": "spacy.TransitionBasedParser.v2", **moves}
    names = {"@architectures": "claimstake.Recognizer.v1", **sizes}
    pipes = {"tok2vec": tok2vec, "tagger": tags, "parser": parse, "claimstake_recognizer": names}
    for name, model in pipes.items():
        nlp.add_pipe(name, config={"model": model})
    # the parser's table has an empty label, which no config can hold, so files are named
    read = {"@readers": "spacy.read_labels.v1", "require": True}
    given: dict[str, Any] = {n: {"labels": {**read, "path": str(teacher / f"{n}.json")}} for n in ("tagger", "parser")}
    nlp.config["initialize"]["components"] = given | {"claimstake_recognizer": {"labels": sorted(labels)}}
    nlp.initialize(lambda: sample)
    nlp.config["initialize"]["components"] = {}
    return nlp


def _set_norms(nlp: Language) -> None:
    norms = load_lookups("en", ["lexeme_norm"]).get_table("lexeme_norm")
    if nlp.vocab.lookups.has_table("lexeme_norm"):
        nlp.vocab.lookups.remove_table("lexeme_norm")
    nlp.vocab.lookups.add_table("lexeme_norm", dict(norms))


def distil(
    silver: Sequence[Chunk],
    held_out: Sequence[Chunk],
    labels: Iterable[str],
    teacher: Path,
    plan: Plan,
    *,
    change: Change | None = None,
    batch: tuple[int, int] = (1000, 2000),
    watch: Watch | None = None,
) -> tuple[Language, list[dict[str, Any]]]:
    """Stage 1: a student from silver annotations.

    Args:
        silver: what it learns.
        held_out: silver that it is measured on.
        labels, teacher: see `student`.
        change: augmentation.
        batch: tokens of a batch, at first and later.
        watch: see `Watch`.

    Returns:
        The student, with spaCy's own parser, and its measurements.

    Raises:
        CorpusError: there is nothing to learn from.
    """
    if not silver:
        raise CorpusError("there is no silver text to learn from")
    fix_random_seed(plan.seed)
    vocab = silver[0].doc.vocab
    nlp = student(labels, teacher, [example(vocab, passage(chunk)) for chunk in silver[:SAMPLE]])
    source = Source(silver, batch[1], batch[0], change)
    return nlp, fit(nlp, [source], plan, {"silver": held_out}, watch)


def fine_tune(
    nlp: Language,
    sources: Sequence[Source],
    held_out: dict[str, Sequence[Chunk]],
    plan: Plan,
    watch: Watch | None = None,
) -> list[dict[str, Any]]:
    """Stage 2: go on training a student, or a run-time base, in place.

    Args:
        nlp: trained.
        sources: each gives its tokens to every batch.
        held_out: what is measured on, by name.

    Returns:
        The measurements, the first from before training.
    """
    fix_random_seed(plan.seed)
    before = {"at": 0, "of": plan.steps, **scores(nlp, held_out)}
    return [before, *fit(nlp, sources, plan, held_out, watch)]


def fit(
    nlp: Language,
    sources: Sequence[Source],
    plan: Plan,
    held_out: dict[str, Sequence[Chunk]],
    watch: Watch | None = None,
) -> list[dict[str, Any]]:
    """Update all components of a pipeline and leave the averaged weights in it.

    Returns:
        A measurement every `plan.every` steps and at the end: at, of, losses, and `scores`.
    """
    chance = random.Random(plan.seed)
    optimizer = Adam(plan.rate, L2=0.01, grad_clip=1.0, L2_is_weight_decay=True, use_averages=True)
    streams = [_drawn(source, nlp, chance) for source in sources if source.chunks]
    history: list[dict[str, Any]] = []
    for step in range(plan.steps):
        optimizer.learn_rate = plan.rate_at(step)
        losses: dict[str, float] = {}
        nlp.update([eg for stream in streams for eg in next(stream)], sgd=optimizer, losses=losses, drop=plan.dropout)
        event = {"at": step + 1, "of": plan.steps, "losses": {k: round(float(v), 3) for k, v in losses.items()}}
        if (step + 1) % plan.every == 0 or step + 1 == plan.steps:
            with nlp.use_params(optimizer.averages):
                history.append({**event, **scores(nlp, held_out)})
            event = history[-1]
        if watch is not None:
            watch(event)
    _keep(nlp, optimizer.averages)
    return history


def _drawn(source: Source, nlp: Language, chance: random.Random) -> Iterator[list[Example]]:
    """Batches without end; each is of about the source's number of tokens."""
    order: list[Chunk] = []
    step = 0
    while True:
        wanted = source.first_tokens if source.first_tokens and step < GROWING else source.tokens
        batch: list[Example] = []
        size = 0
        while size < wanted:
            if not order:
                order = list(source.chunks)
                chance.shuffle(order)
            given = passage(order.pop())
            batch.append(example(nlp.vocab, source.change(given) if source.change else given))
            size += max(1, len(given.words))
        step += 1
        yield batch


def _keep(nlp: Language, averages: dict[Any, Any] | None) -> None:
    """Put averaged weights in the place of the last ones; `use_params` alone would take them back."""
    if not averages:
        return
    for _, pipe in nlp.pipeline:
        if not hasattr(pipe, "model"):
            continue
        for node in pipe.model.walk():
            for name in node.param_names:
                if (node.id, name) in averages:
                    node.set_param(name, averages[node.id, name].copy())


def scores(nlp: Language, held_out: dict[str, Sequence[Chunk]]) -> dict[str, Any]:
    """Figures by name of what was held out: tag accuracy, attachment, precision, recall and F1 of mentions."""
    wanted = ("tag_acc", "dep_uas", "dep_las", "ents_p", "ents_r", "ents_f")
    out: dict[str, Any] = {}
    for name, chunks in held_out.items():
        if chunks:
            found = nlp.evaluate([example(nlp.vocab, passage(chunk)) for chunk in chunks])
            out[name] = {key: round(found[key], 4) for key in wanted if found.get(key) is not None}
            by_label = found.get("ents_per_type") or {}
            out[name]["labels"] = {label: round(one["f"], 4) for label, one in sorted(by_label.items())}
    return out


def labels_in(docs: Iterable[Doc]) -> list[str]:
    """Labels that occur among the mentions of docs, sorted."""
    return sorted({span.label_ for doc in docs for span in doc.spans[MENTIONS]})
