"""Which hosts may be connected to: none by a private, local or otherwise closed address unless the user names it.

The check is made on addresses of the network, when a connection is opened and for that connection: whatever a name
resolved to before or resolves to later, whatever spelling of a number or which redirect led there.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address, ip_network

import httpx

from claimstake.watch.addresses import SCHEMES, host_name, shown, table
from claimstake.watch.contract import LATER, REFUSED, UnfetchedError

Resolve = Callable[[str, int], list[str]]  # name and port to addresses, or OSError
OPEN_6 = IPv6Network("2000::/3")  # what is given out of IPv6
MOST = 16  # addresses of one name that are looked at


def is_open(address: str) -> bool:
    """Whether a server of the open net may have an address."""
    try:
        ip = ip_address(address)
    except ValueError:  # with the zone of a link, for one
        return False
    if isinstance(ip, IPv4Address):
        return not any(ip in network for network in _closed("4"))
    return ip in OPEN_6 and not any(ip in network for network in _closed("6"))


class Guard:
    """Lets requests out.

    Args:
        allowed: hosts that the user names ("intranet.example", "127.0.0.1:8080"): they may have closed addresses, and
            the port that is named with them.
        ports: further hosts with a port that the user asked for ("news.example:8443"); their addresses must be open.
        resolve: a name's addresses.
        patience: seconds that it may take.
    """

    def __init__(
        self,
        allowed: Iterable[str] = (),
        *,
        ports: Iterable[tuple[str, int]] = (),
        resolve: Resolve | None = None,
        patience: float = 10.0,
    ) -> None:
        named = [_named(name) for name in allowed]
        self._hosts = {host for host, _ in named}
        self._ports = {*((host, port) for host, port in named if port), *((host_name(h), p) for h, p in ports)}
        self._resolve, self._patience = resolve or resolved, patience

    def check(self, url: httpx.URL) -> None:
        """See that host and port of an address may be asked, as far as can be said without the network.

        Raises:
            UnfetchedError: not so.
        """
        self._check_port(host_name(url.host), url.port or SCHEMES[url.scheme])

    def addresses(self, host: str, port: int) -> list[str]:
        """Where to connect to for a host: all of its addresses, each of them checked.

        Raises:
            UnfetchedError: there is none, or one of them is closed.
        """
        name = host_name(host)
        self._check_port(name, port)
        found = list(dict.fromkeys(self._resolved(name, port)))[:MOST]
        if not found:
            raise UnfetchedError(f"{shown(name)} has no address", LATER)
        closed = [address for address in found if not is_open(address)]
        if closed and name not in self._hosts:
            problem = f"{shown(name)} is at {closed[0]}, which is no address of the open net"
            raise UnfetchedError(problem, REFUSED, mend=f"name it with --allow-host {name} if it is meant")
        return found

    def _check_port(self, name: str, port: int) -> None:
        if port not in SCHEMES.values() and (name, port) not in self._ports:
            problem = f"port {port} of {shown(name)} is neither 80 nor 443"
            raise UnfetchedError(problem, REFUSED, mend=f"name it with --allow-host {name}:{port} if it is meant")

    def _resolved(self, name: str, port: int) -> list[str]:
        """In a thread of its own: the system's resolver knows no time limit."""
        found: list[list[str] | OSError | UnicodeError] = []

        def ask() -> None:
            try:
                found.append(self._resolve(name, port))
            except (OSError, UnicodeError) as error:
                found.append(error)

        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        asking.join(self._patience)
        answer = found[0] if found else OSError("no answer in time")
        if isinstance(answer, Exception):
            said = getattr(answer, "strerror", None) or str(answer)
            raise UnfetchedError(f"{shown(name)} cannot be resolved: {said}", LATER)
        return answer


def resolved(name: str, port: int) -> list[str]:
    """What the system says."""
    return [str(found[4][0]) for found in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)]


def _named(name: str) -> tuple[str, int | None]:
    """Host and port of what the user allows; an IPv6 address with a port stands in brackets."""
    host, colon, port = name.strip().rpartition(":")
    if colon and port.isdigit() and (":" not in host or host.endswith("]")):
        return host_name(host), int(port)
    return host_name(name.strip()), None


@cache
def _closed(version: str) -> list[IPv4Network | IPv6Network]:
    return [ip_network(network) for network in table()["closed"][version]]
