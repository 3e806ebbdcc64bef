"""Claimstake: news and regulatory articles in, structured and sourced claims out."""

__version__ = "0.1.0"
