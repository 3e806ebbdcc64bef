"""Speech in running text: which sentences stand in quotation marks, whether the marks hold speech, and whose turn it
is in an interview or a transcript."""

from __future__ import annotations

import re

from claimstake.claims.view import View
from claimstake.mirror import Mirror, Sentence

MARKS = frozenset({"“", "”", '"', "``", "''"})
SPEECH = 9  # words in quotation marks from which on they are speech without a verb
CLAUSE = 3  # words from which on they are speech with one
FINITE = ("VBD", "VBZ", "VBP", "MD")
QUOTATION_MARK = re.compile('[“”"]')
HONORIFIC = re.compile(r"(?:(?:Mr|Ms|Mrs|Dr|Prof|Professor|Senator|Minister)\.?\s+)?")
TURN = re.compile(r"(?:,? [^:.\n]{1,50})?: ?(?=[^\s“\"])")  # between a speaker's name and what he says
QUOTED = re.compile(r"[“\"]([^“”\"]{2,2000})(?:[”\"]|$)")


def quotes_speech(sent: Sentence) -> bool:
    """Whether a sentence quotes speech; words set in quotation marks ("dual-use", a list's name) are no speech."""
    for match in QUOTED.finditer(sent.text):
        words = sent.doc.covering(sent.start_char + match.start(1), sent.start_char + match.end(1))
        spoken = words is not None and len(words) >= CLAUSE and any(t.tag_ in FINITE for t in words)
        if spoken or (words is not None and len(words) >= SPEECH):
            return True
    return False


def new_paragraph(sent: Sentence) -> bool:
    """Whether a sentence opens a paragraph."""
    if sent.start == 0:
        return True
    before = sent.doc.words[sent.start - 1]
    return "\n\n" in before.text_with_ws or (before.is_space and "\n" in before.text and sent.start > 1)


def quoted_sentences(doc: Mirror) -> list[bool]:
    """For each sentence whether it lies inside a quotation (from an opening mark not yet closed)."""
    out, depth = [], False
    for sent in doc.sents:
        text = sent.text
        if "\n\n" in text.rstrip() or text.startswith("\n"):
            depth = False
        starts_open = text.lstrip().startswith(("“", '"'))
        out.append(depth or starts_open)
        for mark in QUOTATION_MARK.findall(text):
            depth = not depth if mark == '"' else mark == "“"
        if text.endswith("\n\n"):
            depth = False
    return out


def closes_quotation(sent: Sentence) -> bool:
    """Whether a sentence opens no quotation before it closes one."""
    text = sent.text.lstrip()
    return "”" in text and not text.startswith(("“", '"')) and "“" not in text[: text.index("”")]


def dialogue(view: View, sents: list[Sentence]) -> dict[int, str]:
    """Whose turn sentences are, by their starts, in a text that names its speakers before what they say ("Kaye: We
    mine gallium."). Who is named but once is no speaker in a dialogue."""
    turns: list[tuple[str, list[int]]] = []
    name: str | None = None
    for sent in sents:
        if new_paragraph(sent):
            name = _turn_of(view, sent)
            turns += [(name, [])] if name is not None else []
        if name is not None:
            turns[-1][1].append(sent.start)
    named = [speaker for speaker, _ in turns]
    return {start: speaker for speaker, starts in turns if named.count(speaker) > 1 for start in starts}


def _turn_of(view: View, sent: Sentence) -> str | None:
    text = sent.text
    if ":" not in text[:120]:
        return None
    first = next((m for m in view.within(sent) if m.label == "PERSON"), None)
    if first is None or not HONORIFIC.fullmatch(text, 0, first.span.start_char - sent.start_char):
        return None
    return first.canonical if TURN.match(text, first.span.end_char - sent.start_char) else None
