"""Names by which the desk may be addressed: an attacker's name that resolves to this machine is none of them."""

from __future__ import annotations

import ipaddress
import re

from starlette.types import Scope

from claimstake.service.safety.refusals import Refused
from claimstake.service.settings import Settings

HOST = re.compile(r"(?:\[(?P<six>[0-9a-f:.]+)\]|(?P<name>[a-z0-9._-]{1,253}?)\.?)(?::[0-9]{1,5})?", re.IGNORECASE)
EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 (what it means to listen there is asked, not done)


def is_loopback(host: str) -> bool:
    """Whether a name or address is this machine's own, whatever a resolver says."""
    found = _address(host)
    return found.is_loopback if found else host.lower() == "localhost"


class Hosts:
    """Which Host headers are right.

    Loopback's, what the server listens on, and further names; where it listens on all addresses, any address in
    digits: only names can be made to lead elsewhere than they did before (DNS rebinding).
    """

    def __init__(self, settings: Settings) -> None:
        self._names = {name.strip("[]").rstrip(".").lower() for name in (settings.host, *settings.names)} - {""}
        self._addresses = {found for name in self._names if (found := _address(name))}
        self._anywhere = settings.host in EVERYWHERE

    def check(self, scope: Scope) -> None:
        """See that a request is meant for us.

        Raises:
            Refused: 400 where the header is missing, doubled or malformed, 421 where it names somebody else.
        """
        found = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        match = HOST.fullmatch(found[0]) if len(found) == 1 else None
        if match is None:
            raise Refused(400, "the Host header is missing or malformed", "name the server in one Host header")
        if not self.knows(match["six"] or match["name"]):
            mend = "use the address that the server printed, or start it with --name for this one"
            raise Refused(421, "this server does not go by the name in the Host header", mend)

    def knows(self, host: str) -> bool:
        """Whether a name, or an address without brackets, is one of ours."""
        if is_loopback(host) or host.lower() in self._names:
            return True
        found = _address(host)
        return found is not None and (self._anywhere or found in self._addresses)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None
