"""The server: it listens on a socket that is bound early, says when it is ready, and ends what it began."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from claimstake.errors import ConfigError
from claimstake.service.app import create_app
from claimstake.service.desk import Desk
from claimstake.service.protocol import patient

BACKLOG = 512
GRACE = 20  # seconds for requests that are being answered when the service is to end


@dataclass(frozen=True)
class Certificate:
    """For https.

    Args:
        chain, key: PEM files; None where `chain` holds the key too.
    """

    chain: Path
    key: Path | None = None


def bound(host: str, port: int) -> socket.socket:
    """A socket of that address, which nobody can connect to before the server listens.

    Raises:
        ConfigError: there is no such address here, or another program listens there.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # The protocol by its name: asyncio sets TCP_NODELAY on such sockets alone, else a body waits 40 ms for an ACK.
        found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
    except OSError as error:
        mend = "choose another --port, or --port 0 for a free one" if port else "name an address of this machine"
        raise ConfigError(f"cannot listen on {host}, port {port}: {error.strerror or error} ({mend})") from error
    return found


def address_of(listener: socket.socket, *, secure: bool) -> str:
    """Where a browser finds it."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"{'https' if secure else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


def serve(
    desk: Desk, listener: socket.socket, *, certificate: Certificate | None = None, ready: Callable[[], Any]
) -> None:
    """Serve until SIGTERM or Ctrl-C, then finish what was begun.

    Args:
        listener: bound; is closed.
        ready: is called once requests are answered.

    Raises:
        KeyboardInterrupt: it was Ctrl-C.
        ClaimstakeError: workers could not be started.
    """
    files = {"ssl_certfile": certificate.chain, "ssl_keyfile": certificate.key} if certificate else {}
    app = create_app(desk)
    config = uvicorn.Config(
        app,
        http=patient(desk.settings.limits.request),
        ws="none",
        lifespan="off",
        backlog=BACKLOG,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE,
        **files,
    )
    with listener, suppress(_Terminated):
        before = signal.signal(signal.SIGTERM, _terminated)
        try:
            asyncio.run(_serve(desk, _Server(config, ready), listener))
        finally:
            signal.signal(signal.SIGTERM, before)


class _Terminated(BaseException):
    """SIGTERM."""


def _terminated(*_: object) -> None:
    raise _Terminated


async def _serve(desk: Desk, server: _Server, listener: socket.socket) -> None:
    try:
        await desk.workers.start()
        await server.serve([listener])
    finally:
        await desk.workers.close()


class _Server(uvicorn.Server):
    """Tells when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], Any]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()
