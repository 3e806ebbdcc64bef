"""Takes the mentions of labels that the user has switched off out of a Doc; nothing is found here.

Stands after the mentions are decided, so that a label that is off still keeps others from taking its words.
"""

from __future__ import annotations

from collections.abc import Iterable

from spacy.language import Language
from spacy.tokens import Doc

from claimstake.attributes import MENTIONS, add_mention, new_group
from claimstake.pipes.component import RuleComponent

NAME = "claimstake_without"


@Language.factory(
    NAME,
    requires=["doc.spans", "doc.ents"],
    assigns=["doc.spans", "doc.ents"],
    default_config={"labels": []},
)
def make_without(nlp: Language, name: str, labels: list[str]) -> Without:
    return Without(name, labels=labels)


class Without(RuleComponent):
    """Rewrites doc.spans["mentions"] and doc.ents without mentions of `labels`; the others keep their attributes."""

    def __init__(self, name: str = NAME, *, labels: Iterable[str]) -> None:
        self.name, self.labels = name, frozenset(labels)

    def __call__(self, doc: Doc) -> Doc:
        if MENTIONS in doc.spans:
            old = doc.spans[MENTIONS]
            kept = [(s.start, s.end, s.label_, old.attrs.get(s.id_, {})) for s in old if s.label_ not in self.labels]
            group = new_group(doc, MENTIONS)
            for start, end, label, attrs in kept:
                add_mention(group, start, end, label, **attrs)
        doc.ents = [e for e in doc.ents if e.label_ not in self.labels]
        return doc
