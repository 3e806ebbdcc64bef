"""HTTP connections that do not wait for ever: neither for a request to begin nor for an answer to be read."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

LATE = json.dumps({"error": {"what": "the head of the request came too slowly", "mend": "send it again, in one go"}})


class PatientProtocol(H11Protocol):
    """uvicorn's, with a time limit for each request's head, and for a client that stops reading.

    The head's timer runs from the connection, or the first byte, until the head is whole; single bytes now and then do
    not move it. Bodies are timed where they are read (`safety.bodies`), and here where they have been answered before
    they came.
    """

    arriving = 20.0  # seconds for a head
    reading = 60.0  # seconds without a byte being taken of an answer

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._timer: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unwatch()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self._stalled or self.loop.call_later(self.reading, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._stalled:
            self._stalled.cancel()
            self._stalled = None

    def _watch(self) -> None:
        """See that the timer runs while it has to."""
        answered = self.conn.our_state in (h11.DONE, h11.MUST_CLOSE) and self.conn.their_state is h11.SEND_BODY
        if not (self.conn.their_state is h11.IDLE or answered):
            self._unwatch()
        elif not self._timer and not self.transport.is_closing():
            self._timer = self.loop.call_later(self.arriving, self._late)

    def _unwatch(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        """Close; say so where a head has begun."""
        if self.transport.is_closing():
            return
        if self.conn.our_state is h11.IDLE and self.conn.trailing_data[0]:
            headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
            answer = h11.Response(status_code=408, headers=headers, reason=b"Request Timeout")
            for event in (answer, h11.Data(data=LATE.encode()), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


def patient(seconds: float) -> type[PatientProtocol]:
    """The protocol for heads that may take so many seconds to arrive."""
    return type("Patient", (PatientProtocol,), {"arriving": seconds})
