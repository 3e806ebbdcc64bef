"""Derive companies_listed.jsonl from FinanceDatabase's table of listed firms (MIT licence).

usage: derive_companies.py companies.csv [output.jsonl]

Kept: firms of the sectors that the domain is about, primary share lines only. Dropped: funds, shells, warrants, notes,
names that only shout or are cut off, and firms that companies.jsonl already has. A name is made canonical by taking its
legal form off; what is left is a safe surface only if it cannot be ordinary English, else it is `weak` and the name
with its legal form is the safe one. knowledge/data/company_stopnames.txt overrules: one surface a line, "!" before a
name that is to be left out.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from claimstake.knowledge.tables import toml

DATA = Path(__file__).resolve().parent.parent / "nlp" / "claimstake" / "knowledge" / "data"
CURATED = DATA / "gazetteers" / "companies.jsonl"
LISTED = DATA / "gazetteers" / "companies_listed.jsonl"
STOPNAMES = DATA / "company_stopnames.txt"

SIZES = ("", "Nano Cap", "Micro Cap", "Small Cap", "Mid Cap", "Large Cap", "Mega Cap")
# Industry: kind, and the smallest market capitalisation that is kept; "" keeps unknown sizes too.
KEPT = {
    "Metals & Mining": ("miner", ""),
    "Oil, Gas & Consumable Fuels": ("oil-gas", "Micro Cap"),
    "Energy Equipment & Services": ("oil-services", "Small Cap"),
    "Chemicals": ("chemicals", "Small Cap"),
    "Semiconductors & Semiconductor Equipment": ("chipmaker", "Nano Cap"),
    "Electronic Equipment, Instruments & Components": ("electronics", "Small Cap"),
    "Communications Equipment": ("telecom-equipment", "Small Cap"),
    "Technology Hardware, Storage & Peripherals": ("electronics", "Small Cap"),
    "Electrical Equipment": ("electrical", "Small Cap"),
    "Aerospace & Defense": ("defence", "Micro Cap"),
    "Automobiles": ("automaker", "Micro Cap"),
    "Auto Components": ("auto-parts", "Small Cap"),
    "Machinery": ("machinery", "Mid Cap"),
    "Marine": ("shipping", "Small Cap"),
    "Air Freight & Logistics": ("logistics", "Mid Cap"),
    "Airlines": ("airline", "Mid Cap"),
    "Construction & Engineering": ("engineering", "Mid Cap"),
    "Industrial Conglomerates": ("conglomerate", "Mid Cap"),
    "Trading Companies & Distributors": ("trader", "Mid Cap"),
    "Independent Power and Renewable Electricity Producers": ("energy", "Mid Cap"),
    "Electric Utilities": ("utility", "Mid Cap"),
    "Diversified Telecommunication Services": ("telecom", "Mid Cap"),
    "Software": ("software", "Mid Cap"),
    "IT Services": ("software", "Mid Cap"),
    "Banks": ("bank", "Large Cap"),
    "Capital Markets": ("broker", "Mid Cap"),
    "Diversified Financial Services": ("finance", "Large Cap"),
}
OTHER_SECTORS_FROM = "Mega Cap"

NO_FIRM = re.compile(
    r"\b(?:funds?|fundo|fondo|etf|etc|etn|etp|trusts?|reit|fii|warrants?|rights?|units?|preferred|preference|pref|pfd|"
    r"notes?|bonds?|debentures?|deb|depositary|certificates?|receipts?|perp|sub|frn|cum|conv|nvdr|gdr|adr|cdi|regs|"
    r"sponsored|split corp|vct|test|index|income|spac|acquisitions?|blank check|capital pool|opportunity|merger|partly|"
    r"deferred|stapled|investimento|inversion|tracker|ucits|portfolio|joint stock company \w+)\b|"
    r"\d{4}|[%<>*_#=/\\|\"]",
    re.IGNORECASE,
)
SHARE_LINE = re.compile(
    r"[\s,(-]+(?:class [a-h]|series [a-h]|common (?:stock|shares?)|ordinary (?:shares?|stock)|registered shares?|"
    r"shares?|ord|ads|reg(?: s)?|american depositary shares?|o\.?n\.?|new|[a-h])\)?$",
    re.IGNORECASE,
)
CUT_OFF = re.compile(
    r"\b(?:FINL|HLDGS?|INTL|MINLS?|RES|IND|INDS|TECHN?|GRP|PHARM|MGMT|SVCS|COS|EXPL|INH|NAM|SOC|PAR|CAP|Hldgs?|Intl|Grp)\b\.?$"
)
PLAIN = re.compile(r"[A-Za-zÀ-ž0-9&'’.,()+ -]+")
FILLERS = frozenset(
    ["the", "and", "of", "group", "holding", "holdings", "company", "co", "corp", "corporation", "inc", "ltd"]
    + ["incorporated", "limited", "plc", "ag", "sa", "se", "nv", "ab", "asa", "spa", "tbk", "pt", "pjsc", "publ", "bhd"]
    + ["berhad"]
)
COUNTRIES = {"Macedonia": "North Macedonia", "Macau": "Macao"}
JUNIOR_COUNTRIES = ("Canada", "Australia", "United Kingdom", "United States")
RESOURCE_COUNTRIES = (*JUNIOR_COUNTRIES, "South Africa", "Peru", "Chile", "Russia", "Indonesia")
STEEL_WORDS = {"steel", "steels", "ispat", "stainless", "tubes", "pipes"}
MINING_WORDS = {"mining", "mines", "mineral", "minerals", "resources", "exploration", "gold", "silver", "lithium"}
MINING_WORDS |= {"coal", "uranium"}
CHARACTERS_OF_SHORT_FORM = 5
WORDS_OF_NAME = 7
# Log probabilities of spacy-lookups-data's word table (web text): "Zijin" has none, "syrah" -18.0, "target" -9.9.
RARE_LOWER = -16.5
RARE_TITLE = -16.0
TOO_COMMON_FOR_WEAK = -11.5


@dataclass(frozen=True, slots=True)
class Listing:
    """One line of the table, its name cut into the parts that matter."""

    full: str
    stem: str
    country: str
    kind: str


@dataclass(slots=True)
class Words:
    """What is known of single words and of surfaces that are no safe names."""

    ordinary: frozenset[str]
    seen: frozenset[str]
    common: frozenset[str]
    stop: frozenset[str]
    dropped: frozenset[str]
    heads: frozenset[str]
    firm_heads: frozenset[str]


@cache
def lookup_table(name: str) -> Any:
    """A table of spacy-lookups-data."""
    with (files("spacy_lookups_data") / "data" / name).open("rb") as stream:
        return json.loads(gzip.decompress(stream.read()))


def read_words() -> Words:
    """Ordinary words by spaCy's tables, and the curated stop list."""
    probability = lookup_table("en_lexeme_prob.json.gz")
    index = lookup_table("en_lemma_index.json.gz")
    ordinary = {w for words in index.values() for w in words} | set(lookup_table("en_lemma_lookup.json.gz"))
    ordinary |= {w for w, p in probability.items() if w.islower() and p > RARE_LOWER}
    ordinary |= {w.lower() for w, p in probability.items() if w.istitle() and p > RARE_TITLE}
    common = {w for w, p in probability.items() if w.islower() and p > TOO_COMMON_FOR_WEAK}
    lines = [line.split("#")[0].strip() for line in STOPNAMES.read_text(encoding="utf-8").splitlines()]
    affixes = toml("company_affixes.toml")
    return Words(
        ordinary=frozenset(ordinary),
        seen=frozenset(w.casefold() for w in probability),
        common=frozenset(common),
        stop=frozenset(line.casefold() for line in lines if line and not line.startswith("!")),
        dropped=frozenset(comparable(line[1:]) for line in lines if line.startswith("!")),
        heads=frozenset(affixes["heads"]),
        firm_heads=frozenset(affixes["firm_heads"]),
    )


def slug(text: str) -> str:
    """Lower-case ascii words joined by hyphens."""
    plain = text.replace("&", " and ").replace("ø", "o").replace("ß", "ss").replace("'", "")
    ascii_text = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")


def comparable(name: str) -> str:
    """A name without the words and signs in which two listings of one firm differ."""
    words = [w for w in slug(name).split("-") if w not in FILLERS]
    return "".join(words) or slug(name)


@cache
def form_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Patterns for one legal form at the end of a name, and for one before it."""
    affixes = toml("company_affixes.toml")
    keep = {"Group", "Bancorp", "Company", "& Company", "NL"}
    trailing = "|".join(re.escape(f) for f in affixes["legal_forms"] if f not in keep)
    leading = "|".join(re.escape(f) for f in affixes["leading_forms"] if f.isupper() or "Stock" in f)
    more = r"NL|Public Company|Co\.,?\s?Ltd\.?|\(publ\)|publ"
    at_end = re.compile(rf"(?:,\s*|\s+)\(?(?:{trailing}|{more})\)?[.,]?$", re.IGNORECASE)
    return at_end, re.compile(rf"^(?:{leading})\s+")


def stem_of(full: str) -> str:
    """The name without its legal forms; forms may stack ("Holdings, Inc.")."""
    trailing, leading = form_patterns()
    name, before = leading.sub("", full), None
    while name != before:
        before, name = name, trailing.sub("", name).strip(" ,.-")
    name = re.sub(r"\s*\((?:India|Thailand|Holdings|Publ|publ|Malaysia|Singapore|China|HK|Hong Kong)\)$", "", name)
    return name.removeprefix("The ").strip()


def is_clean(name: str) -> bool:
    """Whether a name is written out in mixed case and is no fund, shell or debt line."""
    letters = [c for c in name if c.isalpha()]
    if len(letters) < 3 or NO_FIRM.search(name) or CUT_OFF.search(name) or not PLAIN.fullmatch(name):
        return False
    return any(c.islower() for c in letters) and len(name.split()) <= WORDS_OF_NAME + 3


def kind_of(row: dict[str, str], stem: str) -> str | None:
    """The kind of firm, or None where its trade or size is not of the domain."""
    size = SIZES.index(row["market_cap"]) if row["market_cap"] in SIZES else 0
    kind, least = KEPT.get(row["industry"], ("", OTHER_SECTORS_FROM))
    if size < SIZES.index(least) or not row["country"]:
        return None
    if kind == "miner":
        return miner_kind(stem, row["country"], size)
    return kind or "company"


def miner_kind(stem: str, country: str, size: int) -> str:
    """Metals and mining by the words of the name and the size of the firm."""
    words = set(stem.lower().split())
    if words & STEEL_WORDS:
        return "steelmaker"
    if country not in RESOURCE_COUNTRIES and not words & MINING_WORDS:
        return "metals"
    junior = size <= SIZES.index("Micro Cap") and country in JUNIOR_COUNTRIES
    return "junior-miner" if junior else "miner"


def read_listings(path: Path, words: Words) -> Iterator[Listing]:
    """Listings worth keeping, in the table's order.

    Raises:
        OSError: the table cannot be read.
    """
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            full = SHARE_LINE.sub("", SHARE_LINE.sub("", " ".join(row["name"].split())))
            if not is_clean(full):
                continue
            stem = stem_of(full)
            kind = kind_of(row, stem)
            if kind and is_clean(stem) and len(stem.split()) <= WORDS_OF_NAME and comparable(stem) not in words.dropped:
                yield Listing(full, stem, slug(COUNTRIES.get(row["country"], row["country"])), kind)


def curated_names() -> frozenset[str]:
    """Every surface of companies.jsonl, made comparable."""
    rows = [json.loads(line) for line in CURATED.read_text(encoding="utf-8").splitlines()]
    names = (re.sub(r"\s*\([^()]*\)$", "", r["name"]) for r in rows)
    others = (s for r in rows for s in [*r.get("aliases", []), *r.get("weak", [])])
    return frozenset(comparable(s) for s in (*names, *others))


def distinct(listings: Iterable[Listing], known: frozenset[str]) -> list[Listing]:
    """One listing for each firm that is not known yet, the one whose name is written best."""
    best: dict[str, Listing] = {}
    for one in listings:
        key = comparable(one.stem)
        if key in known:
            continue
        if key not in best or (one.full.count("."), len(one.full)) < (best[key].full.count("."), len(best[key].full)):
            best[key] = one
    return list(best.values())


def is_ordinary(word: str, words: Words) -> bool:
    """Whether a word is English, a place, a person's name or a figure: no mark of a firm alone."""
    lower = word.casefold().strip(".,()'")
    parts = [p for p in re.split(r"[-.'’]", lower) if p]
    whole = lower in words.ordinary or lower in words.stop
    return whole or all(len(p) < 3 or p in words.ordinary or p in words.stop for p in parts)


def is_distinctive(surface: str, words: Words) -> bool:
    """Whether a surface can only be a name: some word of it is no English word, and it is long enough."""
    if surface.casefold() in words.stop:
        return False
    parts = surface.split()
    if len(parts) == 1 and (len(surface) < CHARACTERS_OF_SHORT_FORM or surface.isupper() or not surface[0].isalpha()):
        return False
    if len(parts) == 1 and is_ordinary(surface.removesuffix("s"), words):  # a text's "Sara" would pass for "Saras"
        return False
    return any(not is_ordinary(p, words) for p in parts)


def is_coined(short: str, words: Words) -> bool:
    """Whether a short form is safe: several words, or one that the web's million commonest words do not have."""
    return is_distinctive(short, words) and (" " in short or short.casefold() not in words.seen)


def is_firm_phrase(stem: str, words: Words) -> bool:
    """Whether ordinary words make a firm's name by the head that ends them ("Surge Mines"; not "Wind Energy")."""
    *before, head = stem.split()
    if stem.casefold() in words.stop or head not in words.heads:
        return False
    plain = [w for w in before if w not in words.heads and w.casefold() not in words.stop]
    return len(plain) >= (1 if head in words.firm_heads else 2)


def without_heads(stem: str, words: Words) -> str:
    """The part of a name before the heads that end it ("Lomiko" of "Lomiko Metals")."""
    parts = stem.split()
    while len(parts) > 1 and (parts[-1] in words.heads or parts[-1] in ("and", "&", "of")):
        parts.pop()
    if len(parts) < len(stem.split()) and not all(is_ordinary(p, words) for p in parts):
        while is_ordinary(parts[-1], words):
            parts.pop()
    return " ".join(parts)


LEGAL_PAIRS = (("Corporation", "Corp.", "Corp"), ("Limited", "Ltd.", "Ltd"), ("Incorporated", "Inc.", "Inc"))


def legal_variants(full: str) -> list[str]:
    """The name with its legal form as newspapers may write it: full stop or none, long or short."""
    for forms in LEGAL_PAIRS:
        for form in forms:
            if full.endswith(" " + form):
                base = full[: -len(form)]
                return [full, *(base + f for f in forms if f not in (form, "Incorporated"))]
    return [full]


def as_row(one: Listing, short: str | None, words: Words) -> dict[str, object] | None:
    """The gazetteer row of a listing, or None where no surface of it is safe."""
    safe = is_distinctive(one.stem, words) or is_firm_phrase(one.stem, words)
    variants = [v for v in legal_variants(one.full) if v != one.stem]
    if not safe and not variants:
        return None
    aliases, weak = (variants[:1], []) if safe else (variants, [one.stem])
    if short and short != one.stem:
        if is_coined(short, words):
            aliases.append(short)
        elif short.casefold() not in words.common and len(short) > 2:
            weak.append(short)
    own_id = slug(one.stem) if safe and " " in one.stem else slug(one.stem) + "-company"
    lists = {k: v for k, v in (("aliases", aliases), ("weak", weak)) if v}
    row = {"id": own_id, "label": "COMPANY", "name": one.stem} | lists
    return row | {"country": one.country, "kind": one.kind, "source": "FinanceDatabase"}


def derive(path: Path) -> list[dict[str, object]]:
    """Rows of companies_listed.jsonl, sorted by id."""
    words, known = read_words(), curated_names()
    listings = distinct(read_listings(path, words), known)
    shorts = {one.stem: without_heads(one.stem, words) for one in listings}
    # a short form that two firms share, or that is another firm's whole name, is nobody's
    counts = Counter(comparable(s) for s in shorts.values()) + Counter(comparable(s) for s in shorts if shorts[s] != s)
    rows: dict[str, dict[str, object]] = {}
    for one in listings:
        short = shorts[one.stem]
        own = counts[comparable(short)] == 1 and comparable(short) not in known
        row = as_row(one, short if own else None, words)
        if row:
            rows.setdefault(str(row["id"]), row)
    return [rows[i] for i in sorted(rows)]


def main(arguments: list[str]) -> int:
    """Write the rows; returns the exit code."""
    if not 1 <= len(arguments) <= 2:
        sys.stderr.write(__doc__ or "")
        return 2
    rows = derive(Path(arguments[0]))
    output = Path(arguments[1]) if len(arguments) == 2 else LISTED
    output.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf-8")
    sys.stderr.write(f"{len(rows)} rows written to {output.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
