"""A doccano server of one's own: installed apart, reachable from this machine only, with accounts that must log in."""

from claimstake.annotation.server.accounts import NewAccount, RefusedAccountError
from claimstake.annotation.server.local import PORT, TIMEOUT, Server, Started, Status

__all__ = ["PORT", "TIMEOUT", "NewAccount", "RefusedAccountError", "Server", "Started", "Status"]
