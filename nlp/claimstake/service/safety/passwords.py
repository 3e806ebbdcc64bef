"""Passwords: what may be one, and what is kept of it (scrypt, with its salt and parameters)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import unicodedata
from functools import lru_cache

from claimstake.errors import ConfigError

LOG_N, R, P = 15, 8, 3  # 32 MB and a quarter of a second
MEMORY = 256 * 1024 * 1024  # bytes that a kept password may ask for
SALT, LENGTH = 16, 32  # bytes
SHORTEST, LONGEST = 12, 1_000  # characters


def checked(password: str, name: str) -> str:
    """A password that may be set.

    Raises:
        ConfigError: it is too short, too long, or easily guessed; the message does not repeat it.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise ConfigError(f"a password has {SHORTEST} to {LONGEST:,} characters; take another, such as five words")
    plain = password.casefold()
    if len(set(plain)) < 4 or plain.replace(name.casefold(), "").strip("0123456789!?.-_ ") == "":
        raise ConfigError("that password is easily guessed; take another, such as five words")
    return password


def hashed(password: str) -> str:
    """What is kept of a password: "scrypt$15$8$3$salt$hash"."""
    salt = os.urandom(SALT)
    return "$".join(("scrypt", *map(str, (LOG_N, R, P)), _text(salt), _text(_derived(password, salt, LOG_N, R, P))))


def matches(password: str, kept: str) -> bool:
    """Whether what is kept is of this password; a damaged one is of none."""
    try:
        kind, log_n, r, p, salt, digest = kept.split("$")
        if kind != "scrypt":
            return False
        found = _derived(password, base64.b64decode(salt), int(log_n), int(r), int(p))
        return hmac.compare_digest(found, base64.b64decode(digest))
    except ValueError:
        return False


@lru_cache(1)
def decoy() -> str:
    """What stands in where there is no account, so that an answer takes as long."""
    return hashed(_text(os.urandom(LENGTH)))


def _derived(password: str, salt: bytes, log_n: int, r: int, p: int) -> bytes:
    plain = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(plain, salt=salt, n=1 << min(log_n, 24), r=r, p=p, maxmem=MEMORY, dklen=LENGTH)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
