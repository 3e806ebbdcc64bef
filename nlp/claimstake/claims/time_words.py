"""Words that stand before and over dates, and what they tell of them: a term, a start, an end, another date."""

from __future__ import annotations

import re

LIMITING = re.compile(
    r"\b(?:until|by|before|no later than|not later than|through|prior to)(?:\s+(?:the|at|end|of|least))*\s*$"
)
STARTING = re.compile(
    r"\b(?:effective|starting|beginning|from|as of|as from|since|effect|force|effective from)"
    r"(?:\s+(?:on|from|in|the|at|as|of|start))*\s*$"
)
CLOSING = re.compile(r"\b(?:ending|ends|ended|closes|closing|closed|due|expiring)(?:\s+(?:on|by|in|at))?\s*$")
IN_FORCE = re.compile(
    r"\b(?:(?:takes?|took|taking|taken) (?:legal |full |immediate |formal )?effect"
    r"|(?:enters?|entered|comes?|came|coming|entering|goes|went|going) into (?:force|effect)"
    r"|(?:is|are|was|were|becomes?|became|be) effective|kicks? in|appl(?:y|ies|ied) from|shall apply"
    r"|be in force|effective date)\b",
    re.I,
)
ENDING = frozenset({"expire", "lapse", "end", "suspend", "pause", "extend", "last", "exempt", "halt"})
LEADING = {
    "effective": re.compile(r"\b(?:from|as of|starting|on):\s*$", re.I),
    "deadline": re.compile(r"\b(?:by|until|before):\s*$", re.I),
}
DECLARING = frozenset(
    {"announce", "unveil", "publish", "release", "propose", "publicise", "publicize", "float", "issue", "declare"}
)
RISING = frozenset({"rise", "increase", "raise", "double", "triple", "jump", "go", "climb", "impose", "apply"})
ADOPTING = frozenset({"adopt", "amend", "enact", "gazette", "approve", "revise"})
UNTIL = re.compile(r"\b(?:until|through|till)(?:\s+(?:the|at|end|of|least))*\s*$")
REVISING = re.compile(
    r"\b(?:tightened|expanded|extended|widened|eased|relaxed|amended|updated|revised|broadened)\b", re.I
)
SPOKEN_OF = re.compile(
    r"\b(?:the|these|those|this|its|their)\s+(?:[\w-]+\s+){0,3}?(?:proposals?|drafts?|rules?|regulations?|measures?|orders?|curbs?"
    r"|restrictions?|controls?|bans?|quotas?|tariffs?|duties|duty|levy|levies|changes?|requirements?|amendments?|notice|consultation"
    r"|polic(?:y|ies)|licensing|list|decision|moratorium|suspension|royalt(?:y|ies)|hikes?|increases?|sanctions)\b"
    r"|\bcomments?\b|\bcomment period\b"
    r"|^\s*(?:it|they|both|all)\s+(?:is|are|will|takes?|took|came|comes?|went|goes|apply|applies)\b",
    re.I,
)
COMMENTS = re.compile(r"\b(?:comments?|consultation|feedback|submissions?)\b", re.I)
FIRST_SINCE = re.compile(
    r"\b(?:first|last|only|lowest|highest|biggest|largest|most|more|less)\b.{0,30}\bsince\s*$", re.I
)
COMPARED = re.compile(
    r"\b(?:up from|down from|compared (?:with|to)|versus|(?<!later )(?<!earlier )than|below|above|over)\b[^,;]{0,40}$",
    re.I,
)
SINCE = re.compile(r"\b(?:from|as of|starting|with effect from|on and after)(?: the)?\s*$")
BY = re.compile(r"\b(?:by|before|no later than|not later than)(?: the)?\s*$")
PAPERWORK = frozenset({"submit", "date", "receive", "file", "request", "supplement", "resubmit"})  # days of papers
WHEN = frozenset(
    [
        "in",
        "on",
        "by",
        "since",
        "until",
        "till",
        "from",
        "before",
        "after",
        "during",
        "through",
        "at",
        "around",
        "early",
    ]
)
