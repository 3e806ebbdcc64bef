"""What a reader asks the ledger for, and which statements and measures answer it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from claimstake import ontology
from claimstake.errors import ConfigError
from claimstake.ledger import calendar
from claimstake.ledger.knowing import Knowledge
from claimstake.ledger.model import Measure, Statement, Thing
from claimstake.ledger.rows import measure_predicates
from claimstake.ledger.values import LIMIT

NEAR = 0.7  # likeness of a name that may have been meant
NEAR_NAMES = 3
NARROW = "narrow it with --about, --actor or --predicate"


@dataclass(frozen=True)
class Question:
    """What is asked; empty parts ask for everything.

    Args:
        about: names of things, any of which may be subject or object; their kinds are meant with them, and whatever
            bears the words in its name.
        actor: name of the actor; a country's ministries and instruments are meant with it.
        predicates: names of predicates.
        since, until: EDTF dates; measures of which something happened, or was seen, in between.
    """

    about: tuple[str, ...] = ()
    actor: str | None = None
    predicates: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None

    def check(self) -> None:
        """See that predicates and dates are such.

        Raises:
            ConfigError: one is not; says what comes near.
        """
        known = ontology.default().predicates
        for name in filter(None, (*self.about, self.actor)):
            if "\0" in name:  # PostgreSQL takes none
                raise ConfigError(f"no thing here is called {name!r}")
        for name in self.predicates:
            if name not in known:
                raise ConfigError(f"no predicate is called {name!r}{_meant(name, known)}; see claimstake ontology")
        for name, value in (("--since", self.since), ("--until", self.until)):
            if value is not None and calendar.days(value) is None:
                raise ConfigError(f"{name} {value!r} is no date; write 2025, 2025-07 or 2025-07-15")


def context_predicates() -> frozenset[str]:
    """What else is read of the documents that answer: measures adopted together, their instruments and limits."""
    return measure_predicates() | {"covers", LIMIT}


class Answer:
    """Decides which statements and measures answer a question.

    Args:
        question: what is asked.
        known: who speaks for whom, and what is a kind of what.
    """

    def __init__(self, question: Question, known: Knowledge) -> None:
        self.question, self.known = question, known
        self._about = [(_words(known, name), with_kinds(known.ids_named(name), known)) for name in question.about]
        self.ids = {id_ for _, ids in self._about for id_ in ids}
        self.actors = speakers(known.ids_named(question.actor), known) if question.actor else set()

    def is_about(self, thing: Thing) -> bool:
        """Whether a thing is asked for: by id, as a kind of it, or by the words of its name."""
        if not self._about:
            return True
        name = f" {self.known.key(thing.name)} "
        return any(thing.kb_id in ids or words in name for words, ids in self._about)

    @property
    def stems(self) -> list[str]:
        """For each name asked about letters that are in every name of such a thing, in small letters."""
        longest = (max(words.split(), key=len, default="") for words, _ in self._about)
        return [word[: max(3, len(word) - 1)] for word in longest]

    def is_actor(self, thing: Thing) -> bool:
        """Whether a subject is, or speaks for, the actor asked for."""
        if not self.question.actor:
            return True
        if thing.kb_id in self.actors or self.known.key(thing.name) == self.known.key(self.question.actor):
            return True
        return self.known.authority(thing).kb_id in self.actors

    def takes(self, statement: Statement) -> bool:
        """Whether a statement answers the question itself."""
        wanted = self.question.predicates
        return (
            (not wanted or statement.predicate in wanted)
            and (self.is_about(statement.subject) or self.is_about(statement.object))
            and self.is_actor(statement.subject)
        )

    def in_time(self, measure: Measure) -> bool:
        """Whether something of it happened, or was reported, in the time asked for."""
        since, until = calendar.days(self.question.since), calendar.days(self.question.until)
        if not since and not until:
            return True
        asked = (since or ("0000",))[0], (until or (None, "9999"))[1]
        dates = [step.date for step in measure.life] + [d.published for d in measure.documents]
        return any(calendar.overlap(span, asked) for span in map(calendar.days, dates) if span)


def near(name: str, names: Iterable[str]) -> list[str]:
    """Names that may have been meant, the likeliest first."""
    by_case = {n.casefold(): n for n in names}
    found = difflib.get_close_matches(name.casefold(), by_case, NEAR_NAMES, NEAR)
    return [by_case[n] for n in found]


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """A clause for a message, empty where nothing comes near."""
    return _meant(name, names)


def _meant(name: str, names: Iterable[str]) -> str:
    found = near(name, names)
    return f", did you mean {' or '.join(repr(n) for n in found)}?" if found else ""


def _words(known: Knowledge, name: str) -> str:
    return f" {known.key(re.sub(r'[*%]', ' ', name))} "


def with_kinds(ids: set[str], known: Knowledge) -> set[str]:
    """These ids, and those of their kinds."""
    kinds = (
        {id_ for id_, entry in known.entries.items() if entry.broader and ids & known.classes(id_)} if ids else set()
    )
    return ids | kinds


def speakers(ids: set[str], known: Knowledge) -> set[str]:
    """Ids of actors and of all who speak for them."""
    states = {known.authority(known.named(id_)).kb_id for id_ in ids if known.named(id_).label == "PLACE"}
    return ids | {id_ for own in states for id_ in known.speaking_for(own or "")}
