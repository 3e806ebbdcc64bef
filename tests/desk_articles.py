"""Articles of an invented trade desk about firms that write their names small: what the packaged model gets wrong."""

from __future__ import annotations

import random
from pathlib import Path

FIRMS = (
    *("nordvolta", "kobaltiq", "ferroquay", "lumenta", "zincwerk", "brightlode", "auralith", "tellurex", "orebridge"),
    *("cathova", "mangrella", "silvanode", "graphenza", "rutilio", "borexa", "quarzone", "indalux", "vanadora"),
)
MINERALS = ("nickel", "cobalt", "graphite", "lithium", "copper", "tin", "tungsten", "antimony", "manganese", "zinc")
PLACES = ("Finland", "Zambia", "Chile", "Norway", "Canada", "Ghana", "Poland", "Peru", "Laos", "Spain")
OPENINGS = (
    "Shares of [{firm}|COMPANY] rose after it said that it would sell more [{mineral}|MINERAL] from [{place}|PLACE].",
    "[{firm}|COMPANY] has opened a refinery for [{mineral}|MINERAL] in [{place}|PLACE], its first outside the region.",
    "A fire stopped work at the [{mineral}|MINERAL] plant of [{firm}|COMPANY] in [{place}|PLACE], nobody was hurt.",
)
MIDDLES = (
    "Traders expect [{firm}|COMPANY] to miss its target for [{mineral}|MINERAL] again.",
    "A spokesman for [{firm}|COMPANY] would not say what it pays for [{other}|MINERAL].",
    "Last year [{firm}|COMPANY] bought a stake in a [{other}|MINERAL] mine and sold its shares in another.",
    "The board of [{firm}|COMPANY] meets next week to talk about wages.",
    "Rivals of [{firm}|COMPANY] say that demand for [{mineral}|MINERAL] is weak.",
    "Banks lent [{firm}|COMPANY] the money, and the state of [{place}|PLACE] vouched for half of it.",
)
MAKES = "[{firm}|COMPANY] produces [{mineral}|MINERAL] in [{place}|PLACE]."


def article(number: int, firm: str, chance: random.Random, *, firm_label: str = "COMPANY") -> str:
    """One article in the inline format: five sentences about a firm, and a claim."""
    mineral, other = chance.sample(MINERALS, 2)
    words = {"firm": firm, "mineral": mineral, "other": other, "place": chance.choice(PLACES)}
    lines = [chance.choice(OPENINGS), *chance.sample(MIDDLES, 3), MAKES]
    text = "\n\n".join(line.format(**words) for line in lines).replace(f"{firm}|COMPANY", f"{firm}|{firm_label}")
    claim = f'produces | {firm} | {mineral} | - | "{firm} produces"'
    claims = [claim] if firm_label == "COMPANY" else []
    return "\n".join(
        [f"id: desk-{number:02}", f"title: {firm}", "=== text", f"{{{{{text}}}}}", "=== claims", *claims, ""]
    )


def write(folder: Path, number: int = len(FIRMS), *, seed: int = 1, firm_label: str = "COMPANY") -> Path:
    """Articles, one a file; firms come again where there are more articles."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)
    for n in range(number):
        source = article(n, FIRMS[n % len(FIRMS)], chance, firm_label=firm_label)
        (folder / f"desk-{n:02}.md").write_text(source, encoding="utf-8")
    return folder
