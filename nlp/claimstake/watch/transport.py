"""Connections: to checked addresses alone, and every one within its time and its number of bytes."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpcore
import httpx

from claimstake.watch.contract import LATER, Bounds, UnfetchedError
from claimstake.watch.guard import Guard

TRIED = 3  # addresses of a host that are tried, at most


@dataclass
class Budget:
    """What is left to one request.

    Attributes:
        wire: bytes received.
    """

    bounds: Bounds
    wire: int = 0
    began: float = field(default_factory=time.monotonic)

    def seconds(self, most: float | None = None) -> float:
        """Time for the next step, `most` at most.

        Raises:
            UnfetchedError: there is none left.
        """
        left = self.began + self.bounds.total - time.monotonic()
        if left <= 0:
            raise UnfetchedError(f"takes longer than {self.bounds.total:g} s", LATER)
        return left if most is None else min(left, most)

    def count(self, received: int) -> None:
        """Note bytes that came.

        Raises:
            UnfetchedError: they are too many.
        """
        self.wire += received
        if self.wire > self.bounds.size:
            raise too_long(self.bounds)


def too_long(bounds: Bounds) -> UnfetchedError:
    """The error for an answer above `Bounds.size`."""
    return UnfetchedError(f"sends more than {bounds.size:,} bytes", "failed", mend="raise --max-size if it is meant")


class _Stream(httpcore.NetworkStream):
    """A connection that counts."""

    def __init__(self, inner: httpcore.NetworkStream, budget: Budget) -> None:
        self._inner, self._budget = inner, budget

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._inner.read(max_bytes, self._budget.seconds(timeout))
        self._budget.count(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._budget.seconds(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, self._budget.seconds(timeout))
        return _Stream(inner, self._budget)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class CheckedBackend(httpcore.NetworkBackend):
    """Resolves, checks, and connects to the very address that was checked."""

    def __init__(self, guard: Guard, budget: Budget) -> None:
        self._guard, self._budget, self._inner = guard, budget, httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        error: Exception | None = None
        for address in self._guard.addresses(host, port)[:TRIED]:
            try:
                seconds = self._budget.seconds(timeout)
                inner = self._inner.connect_tcp(address, port, seconds, local_address, socket_options)
                return _Stream(inner, self._budget)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                error = failed
        assert error is not None, "a host has one address at least"
        raise error

    def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
        raise httpcore.ConnectError("sockets of files are not connected to")


class _Body(httpx.SyncByteStream):
    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        yield from self._inner

    def close(self) -> None:
        self._inner.close()


class CheckedTransport(httpx.BaseTransport):
    """One request over one connection of its own: no proxy, nothing kept open, nothing from the environment.

    Errors are httpcore's, and `UnfetchedError`.
    """

    def __init__(self, guard: Guard, budget: Budget, tls: ssl.SSLContext) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls, network_backend=CheckedBackend(guard, budget), max_connections=1
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        asked = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=[*request.headers.raw, (b"Connection", b"close")],
            content=request.stream,
            extensions=request.extensions,
        )
        answer = self._pool.handle_request(asked)
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer.stream), extensions=answer.extensions
        )

    def close(self) -> None:
        self._pool.close()
