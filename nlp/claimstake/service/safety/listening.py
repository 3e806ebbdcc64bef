"""What has to hold before the desk listens where others can reach it."""

from __future__ import annotations

from collections.abc import Callable

from claimstake.errors import ConfigError
from claimstake.service.safety.hosts import is_loopback
from claimstake.service.settings import Settings
from claimstake.store.opening import shown


def accounts_needed(settings: Settings) -> bool:
    """Whether clients have to log in: always where another machine may be at the other end."""
    outside = [name for name in (settings.host, *settings.names) if not is_loopback(name)]
    return settings.accounts or settings.proxied or bool(outside)


def ensure(settings: Settings, anybody: Callable[[], bool]) -> None:
    """See that nobody gets in, and no password goes about, who should not.

    Args:
        anybody: whether there is an account that may log in.

    Raises:
        ConfigError: there is none where one is needed, or passwords would cross a network in the clear.
    """
    if not accounts_needed(settings):
        return
    if not anybody():
        command = f"claimstake account add NAME --db {shown(settings.database)}"
        raise ConfigError(f"nobody could log in: there is no account yet; make one with `{command}`")
    if not (is_loopback(settings.host) or settings.secure or settings.proxied or settings.insecure):
        raise ConfigError(
            f"passwords would go to {settings.host} in the clear; give --certificate and --key, or --behind-proxy "
            "where a proxy of yours speaks https, or --insecure on a network that you trust"
        )
