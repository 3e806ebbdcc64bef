"""Canonical names of things that no list has.

Singular common nouns, firms without legal form, bodies with their country, normal forms of technologies.
"""

from __future__ import annotations

import re
from functools import cache

from claimstake.knowledge.surfaces import singular
from claimstake.knowledge.tables import toml
from claimstake.pipes.propagation import without_legal_form

ARTICLES = re.compile(r"^(?:the|a|an)\s+", re.IGNORECASE)
SPACES = re.compile(r"\s+")
BRACKETS = re.compile(r"\s*\([^()]{1,12}\)")
QUOTES = re.compile('["“”‘’]')
TAIL = re.compile(
    r"(?:technolog(?:y|ies)|techniques?|process(?:es)?|methods?)\s+(?:used\s+|needed\s+|required\s+)?(?:for|to|of)\s+(?P<verb>[a-z]+)\s+(?P<objects>.+)"
)
USED_IN = re.compile(
    r"(?:technolog(?:y|ies)|techniques?|know-how)\s+(?:used|needed|required|involved)?\s*(?:for|in|behind)\s+"
    r"(?P<process>[\w -]+(?:ing|tion|ment|sis|raphy))"
)
ACTION = re.compile(r"(?P<action>[a-z]+(?:ing|tion|sis|ment))\s+of\s+(?P<objects>.+)")


def common_noun(text: str) -> str:
    """Lower-case singular of a common noun: "Electric Vehicles" is "electric vehicle"; acronyms keep their capitals."""
    plain_text = BRACKETS.sub("", QUOTES.sub("", ARTICLES.sub("", text)))
    words = SPACES.sub(" ", plain_text).strip().split(" ")
    words = [w if _is_acronym(w) else w.lower() for w in words]
    last = words[-1]
    if _is_acronym(last):
        words[-1] = last[:-1] if last.endswith("s") and last[:-1].isupper() else last
    else:
        head, dash, tail = last.rpartition("-")
        words[-1] = head + dash + singular(tail)
    return " ".join(words)


def _is_acronym(word: str) -> bool:
    return sum(c.isupper() for c in word) > 1 or (any(c.isdigit() for c in word) and any(c.isupper() for c in word))


def technology(text: str) -> str:
    """Normal form: "technologies for extracting lithium and gallium" is "lithium and gallium extraction technology"."""
    name = common_noun(text)
    lowered = SPACES.sub(" ", text.strip()).lower()
    found = TAIL.fullmatch(lowered)
    if found and found["verb"] in _verbs():
        process = f"{_verbs()[found['verb']]} technology"
        return process if found["objects"] in _pronouns() else f"{common_noun(found['objects'])} {process}"
    found = USED_IN.fullmatch(lowered)
    if found:
        return f"{found['process']} technology"
    found = ACTION.fullmatch(lowered)
    if found:
        return f"{common_noun(found['objects'])} {found['action']}"
    return name


def technology_key(name: str) -> str:
    """What two names of one technology share: "gallium extraction method" and "gallium extraction technology"."""
    words = name.split(" ")
    plain = frozenset(toml("clusters.toml")["technology"]["plain"])
    if len(words) > 2 and words[-1] in plain:
        words = words[:-1]
    return " ".join(words)


@cache
def odd_forms() -> re.Pattern[str]:
    """Legal forms with full stops and small words inside, at the end of a name."""
    return re.compile(r",?\s(?:" + "|".join(toml("names.toml")["odd_forms"]["patterns"]) + r")$")


@cache
def _pronouns() -> frozenset[str]:
    return frozenset(toml("clusters.toml")["technology"]["pronouns"])


@cache
def _verbs() -> dict[str, str]:
    return dict(toml("clusters.toml")["technology"]["verbs"])


def company(text: str) -> str:
    """A firm's name without its legal form."""
    words = SPACES.sub(" ", odd_forms().sub("", text)).strip().split(" ")
    bare = without_legal_form([w.rstrip(",") if k == len(words) - 1 else w for k, w in enumerate(words)])
    return " ".join(bare).rstrip(",")


def body(text: str, country: str | None, country_id: str | None) -> str:
    """A government body's name with its country."""
    name = SPACES.sub(" ", ARTICLES.sub("", text)).strip()
    if country is None or country in name:
        return name
    opener = name.split(" ")[0]
    if country_id == "united-states" and opener == "Department":
        return f"United States {name}"
    if opener in toml("clusters.toml")["ministry"]["bracketed"]:
        return f"{name} ({country})"
    return name


def plain(text: str) -> str:
    """A name as it stands, white space and article tidied."""
    return SPACES.sub(" ", ARTICLES.sub("", text)).strip()
