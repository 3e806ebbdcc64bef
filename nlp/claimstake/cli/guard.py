"""How a command ends: exit codes, and messages for what can go wrong."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import typer

from claimstake.errors import ClaimstakeError, ConfigError, KnowledgeError

FAILED, USAGE, INTERRUPTED, BROKEN_PIPE = 1, 2, 130, 141  # exit codes; the last two as if ended by the signal


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """Turn what can go wrong into a message on standard error and an exit code."""

    @functools.wraps(command)
    def guarded(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except (ConfigError, KnowledgeError) as error:
            fail(str(error), USAGE)
        except ClaimstakeError as error:
            fail(str(error), FAILED)
        except BrokenPipeError:
            # Whoever read the output has enough; what is still buffered must not raise again at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(BROKEN_PIPE) from None
        except OSError as error:
            fail(f"{error.filename or 'output'}: {error.strerror or error}", FAILED)
        except KeyboardInterrupt:
            fail("interrupted", INTERRUPTED)

    return guarded


def fail(message: str, code: int) -> NoReturn:
    """End the program with a message on standard error.

    Raises:
        typer.Exit: with the code, always.
    """
    typer.echo(f"claimstake: {message}", err=True)
    raise typer.Exit(code)
