"""Turns a trained student into the statistical base that the pipeline stands on.

Training needs spaCy's own parser; at run time ours parses chosen sentences only, and one lookup takes the place of
attribute ruler and lemmatizer. Weights are taken over unchanged.
"""

from __future__ import annotations

import spacy
from spacy.language import Language

from claimstake import __version__
from claimstake.tokenizer import customise
from claimstake.training.base import SOURCE_VERSION, assemble

TRAINED = ("tagger", "claimstake_recognizer")


def runtime(student: Language) -> Language:
    """The base as it is used: tok2vec, tagger, recogniser, selective parser, words.

    Args:
        student: with trained tok2vec, tagger, parser and claimstake_recognizer.
    """
    teacher = assemble()
    nlp = spacy.blank("en", vocab=student.vocab)
    customise(nlp)
    vectors = nlp.add_pipe(
        "claimstake_vectors", name="tok2vec", config={"model": student.config["components"]["tok2vec"]["model"]}
    )
    vectors.from_bytes(student.get_pipe("tok2vec").to_bytes(exclude=["vocab"]), exclude=["vocab"])
    for name in TRAINED:
        nlp.add_pipe(name, source=student)
    config = student.config["components"]["parser"]
    parser = nlp.add_pipe("claimstake_parser", config={"model": config["model"], "moves": None})
    parser.from_bytes(student.get_pipe("parser").to_bytes(exclude=["vocab"]), exclude=["vocab"])
    words = nlp.add_pipe("claimstake_words")
    words.ruler.from_bytes(teacher.get_pipe("attribute_ruler").to_bytes())
    words.lemmatizer.lookups = teacher.get_pipe("lemmatizer").lookups
    nlp.meta.update(name="claimstake_base", version=__version__, description="Statistical base of claimstake")
    nlp.meta.update(author="claimstake", url="", email="", license="MIT")
    nlp.meta["sources"] = [f"en_core_web_sm {SOURCE_VERSION} (MIT), distilled"]
    return nlp
