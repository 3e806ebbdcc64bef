"""What requests share: the database, judgements, the workers, settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import Request

from claimstake.queries.contract import Reader
from claimstake.review.contract import Judgements
from claimstake.service.settings import Settings

if TYPE_CHECKING:
    from claimstake.service.workers import Workers


@dataclass
class Desk:
    """One per process, in `app.state.desk`.

    Attributes:
        reader: of the database.
        judgements: of the same.
        workers: annotate; see `workers.Workers.annotate`.
        safety: accounts, sessions and audit; see `safety`.
        keeper: writes annotated documents into the database; see `keeping`.
    """

    settings: Settings
    reader: Reader
    judgements: Judgements
    workers: Workers
    safety: Any = None
    keeper: Any = None


def desk(request: Request) -> Desk:
    """The desk of a request; for `Depends`."""
    return request.app.state.desk


@dataclass(frozen=True)
class Analyst:
    """Who asks: set by the safety middleware as `request.state.analyst`.

    Attributes:
        name: of the account, or of the user of this machine.
        csrf: token that forms and scripts of this session send back ("" for API tokens, which need none).
        session: logged in by a password, so that there is something to log out of.
    """

    name: str
    csrf: str = ""
    session: bool = False


def analyst(request: Request) -> Analyst:
    """Who asks; for `Depends`. Requests of nobody do not come so far."""
    return request.state.analyst
