"""What `claimstake improve` brings with 5, 20 or 40 corrected documents: a table in Markdown.

    python tools/improve_gain.py [--documents 5,20,40] [--rounds 2]

The corpus's dev articles and the golden articles of the tests play the user's documents, which the packaged model has
not learned: fifteen are kept apart, others are drawn to be learned. Such models are measured and thrown away, for dev
articles are what real ones are judged by; test articles are only measured on. A round takes about two minutes.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from claimstake import scoring
from claimstake.annotation import improve, weighing
from claimstake.bases import base_path
from claimstake.evaluation import gate
from claimstake.evaluation.scores import Scores
from claimstake.evaluation.tables import Sheet
from claimstake.records import AnnotatedDocument
from claimstake.scoring import Documents
from claimstake.training import adapt, check, inline, retrain

GOLDEN = Path(__file__).resolve().parents[1] / "tests" / "golden"
APART = 15  # documents
FIGURES = ("entities strict F1", "entities relaxed F1", "claims F1", "claims precision")
SETS = {"apart": "kept apart", "learned": "learned", "test": "corpus, test"}


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--documents", default="5,20,40")
    asked.add_argument("--rounds", type=int, default=2)
    args = asked.parse_args()
    rows = list(table([int(n) for n in args.documents.split(",")], args.rounds))
    head = ("learned", "round", "measured on", *FIGURES)
    print(Sheet("", head, rows).to_markdown())  # noqa: T201


def table(sizes: Sequence[int], rounds: int) -> Iterator[tuple[str, ...]]:
    """A row for each size, round and set."""
    corpus = retrain.corpus_path()
    own = retrain.corpus_documents(corpus, "dev") + [inline.read(file).record for file in check.files([GOLDEN])]
    own.sort(key=lambda document: document.doc.id)
    random.Random(0).shuffle(own)
    test = weighing.documents_of(retrain.corpus_documents(corpus, "test"))
    for size in sizes:
        for seed in range(1, rounds + 1):
            learned = random.Random(seed).sample(own[APART:], min(size, len(own) - APART))
            measured = {"apart": weighing.documents_of(own[:APART]), "learned": weighing.documents_of(learned)}
            with tempfile.TemporaryDirectory() as folder:
                taught = teach(learned, Path(folder) / "model", seed)
                for name, documents in {**measured, "test": test}.items():
                    yield str(len(learned)), str(seed), SETS[name], *cells(documents, taught)


def teach(documents: Sequence[AnnotatedDocument], out: Path, seed: int) -> Path:
    """A candidate, as `improve` makes it."""
    retrain.teach(documents, out, where="measurement", seed=seed)
    corpus = retrain.corpus_documents(retrain.corpus_path(), "train")
    rehearsed = random.Random(seed).sample(corpus, adapt.REHEARSED)
    adapt.adapt(base_path(), out, *([improve.annotated(d) for d in part] for part in (documents, rehearsed)))
    return out


def cells(documents: Documents, taught: Path) -> list[str]:
    """Before, after and whether chance explains the difference, for each figure."""
    before, after = (read(documents, model) for model in (None, taught))
    verdicts = gate.compare(before, after, FIGURES)
    return [f"{v.first:.3f} → {v.second:.3f}{' *' if v.says else ''}" for v in verdicts]


def read(documents: Documents, model: Path | None) -> Scores:
    """Scores of a model's pipeline."""
    return weighing.scored(documents, weighing.reading(scoring.pipeline_of(model), documents.texts()))


if __name__ == "__main__":
    main()
