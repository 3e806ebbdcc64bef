"""How the service runs, and what it refuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Limits:
    """What a client may ask for.

    Args:
        body: bytes of a request that brings documents.
        words: bytes of any other: checking one costs the event loop far more than reading it.
        batch: documents in one request.
        characters: of one text.
        waiting: requests for annotation that wait for a worker; the next is told to come again (429).
        annotating: seconds for one document, then its worker is replaced.
        request: seconds for a request's head and body to arrive.
        page: rows of a page at most.
    """

    body: int = 10_000_000
    words: int = 100_000
    batch: int = 64
    characters: int = 1_000_000
    waiting: int = 32
    annotating: float = 30.0
    request: float = 20.0
    page: int = 500


@dataclass(frozen=True)
class Settings:
    """How `claimstake serve` was started.

    Args:
        database: what `store.opening.open_sql` takes.
        host, port: where it listens; 0 takes a free port.
        names: further names by which clients may address it (Host header), beside loopback's and `host`.
        user: name that judgements bear where no account is needed (loopback).
        accounts: whether clients have to log in; always so where `host` is not loopback.
        secure: it is reached by https, so that cookies are sent there alone.
        proxied: a proxy of ours stands before it, whose X-Forwarded-* headers say who asks.
        insecure: passwords may go over http:// from other machines, in the clear.
        workers: processes that annotate.
        configs: users' files, as `extend.read` takes them.
        limits: what is refused.
    """

    database: str
    host: str = "127.0.0.1"
    port: int = 8321
    names: tuple[str, ...] = ()
    user: str = "analyst"
    accounts: bool = False
    secure: bool = False
    proxied: bool = False
    insecure: bool = False
    workers: int = 2
    configs: tuple[Path, ...] = ()
    limits: Limits = field(default_factory=Limits)
