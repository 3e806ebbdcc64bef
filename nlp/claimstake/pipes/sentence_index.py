"""Where every token's sentence begins and ends, and whether it is set like a title; computed once per document."""

from __future__ import annotations

from claimstake.mirror import Mirror

TITLE_SHARE = 0.7  # a sentence with more capitalised words than this is set like a title
LONG_WORD = 4  # letters; shorter words are small ones in titles
FEWEST = 3  # words; a shorter sentence is no evidence


class SentenceIndex:
    """Constant-time answers where `token.sent` would walk through the sentence.

    Args:
        doc: with sentence boundaries.
    """

    def __init__(self, doc: Mirror) -> None:
        self.doc = doc
        self.first: list[int] = []
        self.stop: list[int] = []
        for sent in doc.sents:
            self.first += [sent.start] * len(sent)
            self.stop += [sent.end] * len(sent)
        self._titled: dict[int, bool] = {}

    def titled(self, i: int) -> bool:
        """Whether the sentence of token i is set like a title."""
        first = self.first[i]
        found = self._titled.get(first)
        if found is None:
            forms = self.doc.letters.forms[first : self.stop[i]]
            words = [form.text for form in forms if form.is_alpha and len(form.text) >= LONG_WORD]
            capital = sum(1 for word in words if word[0].isupper())
            found = self._titled[first] = len(words) >= FEWEST and capital > TITLE_SHARE * len(words)
        return found
