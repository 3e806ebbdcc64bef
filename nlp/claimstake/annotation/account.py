"""Who logs in, and where: addresses that are safe to send a password to."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from claimstake.errors import ConfigError

LOCAL = "http://127.0.0.1:8000"  # where `claimstake doccano up` puts its server


@dataclass(frozen=True)
class Account:
    """An account on a doccano server.

    Args:
        address: of the server, with http:// or https://, as a browser has it; a slash at its end is dropped.
        user: name of the account.
        password: shown by nothing.
        insecure: let the password go over plain http to another machine.

    Raises:
        ConfigError: the address is none, holds a password, or would send one in the clear.
    """

    address: str
    user: str
    password: str = field(repr=False)
    insecure: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "address", checked_address(self.address, insecure=self.insecure))
        if not self.user:
            raise ConfigError("no account is named; give --user, or set CLAIMSTAKE_DOCCANO_USER")
        if not self.password:
            raise ConfigError(f"no password for {self.user}; set CLAIMSTAKE_DOCCANO_PASSWORD, or run it in a terminal")

    @property
    def local(self) -> bool:
        """Whether the server runs on this machine."""
        return is_loopback(urlsplit(self.address).hostname or "")


def checked_address(address: str, *, insecure: bool = False) -> str:
    """The address without a slash at its end.

    Raises:
        ConfigError: as `Account`.
    """
    try:
        parts = urlsplit(address.strip())
        parts.port  # noqa: B018 - raises where it is no number
    except ValueError as error:
        raise ConfigError(f"{address!r} is no address of a server: {error}; write it as {LOCAL}") from None
    if "@" in parts.netloc:
        raise ConfigError("the address of a server must not hold a name or a password; give --user and a password")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ConfigError(f"{address!r} is no address of a server; write it as {LOCAL}")
    if parts.scheme == "http" and not insecure and not is_loopback(parts.hostname):
        raise ConfigError(
            f"{address} would send the password in the clear; use https://, "
            "or --insecure where you trust the network between here and there"
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def is_loopback(host: str) -> bool:
    """Whether a host's name or number means this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
