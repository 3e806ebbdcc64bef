"""Exceptions a caller may want to catch.

A message says what happened, to which file or value, and what to do about it.
"""


class ClaimstakeError(Exception):
    """Base of every error that claimstake raises on purpose."""


class ReadError(ClaimstakeError):
    """A source could not be turned into an article.

    Args:
        source: path or name of the source, shown to the user.
        problem: what is wrong with it, in one clause.
        mend: what the user can do about it.
    """

    def __init__(self, source: str, problem: str, mend: str = "") -> None:
        self.source, self.problem, self.mend = str(source), problem, mend
        super().__init__(f"{source}: {problem}" + (f" ({mend})" if mend else ""))


class StoreError(ClaimstakeError):
    """A store of documents cannot be written or read; what was committed before is still whole.

    Args:
        store: path or address, shown to the user.
        problem: what is wrong with it, in one clause.
        mend: what the user can do about it.
    """

    def __init__(self, store: object, problem: str, mend: str = "") -> None:
        self.store, self.problem, self.mend = str(store), problem, mend
        super().__init__(f"{store}: {problem}" + (f" ({mend})" if mend else ""))


class ServerError(ClaimstakeError):
    """A doccano server, or what it takes to run one, cannot be had, or it refuses what it is asked.

    Args:
        problem: what is wrong with what, in one clause.
        mend: what the user can do about it.
    """

    def __init__(self, problem: str, mend: str = "") -> None:
        self.problem, self.mend = problem, mend
        super().__init__(problem + (f" ({mend})" if mend else ""))


class WorkerError(ClaimstakeError):
    """Worker processes cannot be kept running; what was committed before is still whole."""


class KnowledgeError(ClaimstakeError):
    """A row of a data file (gazetteer, units, cues, triggers) is wrong; the message names file and line."""


class ConfigError(ClaimstakeError):
    """A user's configuration asks for something that does not exist."""


class ModelError(ClaimstakeError):
    """A trained part is missing, damaged, or made for another version."""


class CorpusError(ClaimstakeError, ValueError):
    """An annotated document does not parse or does not fit together; the message begins with file and line."""
