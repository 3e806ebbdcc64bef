"""Sources into articles: one module per format, no spaCy. `read` is the way in."""

from claimstake.readers.base import Failure, Limits
from claimstake.readers.reading import read

__all__ = ["Failure", "Limits", "read"]
