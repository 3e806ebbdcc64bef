"""HTTP connections that do not wait for ever: neither for a request to arrive nor for an answer to be read."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

LATE = b'{"error": {"what": "the request took too long to arrive", "mend": "send it faster, or in parts"}}'


class PatientProtocol(H11Protocol):
    """uvicorn's, with a time limit for each request's head and body together, and for a client that stops reading.

    A timer runs from the first byte (or the connection) until the request is whole; single bytes now and then do not
    move it.
    """

    arriving = 20.0  # seconds for a request
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
        self.resume_writing()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self._stalled or self.loop.call_later(self.reading, self.transport.abort)

    def resume_writing(self) -> None:
        if self._stalled:
            self._stalled.cancel()
            self._stalled = None
        super().resume_writing()

    def _watch(self) -> None:
        """See that the timer runs while a request is arriving."""
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._unwatch()
        elif not self._timer and not self.transport.is_closing():
            self._timer = self.loop.call_later(self.arriving, self._late)

    def _unwatch(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        """Say so where an answer has not begun, and close; whoever waits for the body sees a client that has gone."""
        if self.transport.is_closing():
            return
        begun = self.conn.their_state is h11.SEND_BODY or bool(self.conn.trailing_data[0])
        if begun and self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
            answer = (h11.Response(status_code=408, headers=headers, reason=b"Request Timeout"), h11.Data(data=LATE))
            for event in (*answer, h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        if self.cycle and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()


def patient(seconds: float) -> type[PatientProtocol]:
    """The protocol for requests that may take so many seconds to arrive."""
    return type("Patient", (PatientProtocol,), {"arriving": seconds})
