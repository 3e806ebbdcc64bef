"""The mirror of a document says what spaCy says."""

from __future__ import annotations

import gc

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc, Span

from claimstake.attributes import add_mention, new_group
from claimstake.mirror import Mirror, Word, letters_of, mirrored, release, settle

NLP = spacy.blank("en")
WORDS = st.sampled_from(
    ["Beijing", "bans", "U.S.", "(", "-", "  ", "\n\n", "50", "a@b.com", "iPhone", "germanium", "é"]
)
DEPS = ("ROOT", "nsubj", "conj", "dobj", "prep", "pobj")


@st.composite
def docs(draw: st.DrawFn) -> Doc:
    """Tagged docs of one to four sentences, each with some tree over its words."""
    words, spaces, heads, deps = [], [], [], []
    for _ in range(draw(st.integers(1, 4))):
        size = draw(st.integers(1, 7))
        root, first = draw(st.integers(0, size - 1)), len(words)
        for i in range(size):
            words.append(draw(WORDS))
            spaces.append(draw(st.booleans()))
            # towards the root, so that there are no cycles
            heads.append(
                first
                + (i if i == root else draw(st.integers(i + 1, root)) if i < root else draw(st.integers(root, i - 1)))
            )
            deps.append("ROOT" if i == root else draw(st.sampled_from(DEPS[1:])))
    tags = [draw(st.sampled_from(["NN", "NNS", "VBD", "JJ"])) for _ in words]
    pos = [draw(st.sampled_from(["NOUN", "VERB", "ADJ"])) for _ in words]
    lemmas = [word.lower().rstrip("s") for word in words]
    return Doc(NLP.vocab, words=words, spaces=spaces, heads=heads, deps=deps, tags=tags, pos=pos, lemmas=lemmas)


@settings(max_examples=200, deadline=None)
@given(docs())
def test_words_are_as_spacy_has_them(doc: Doc) -> None:
    """Every attribute of a word, and its place in the tree, is that of the token."""
    mirror = mirrored(doc)
    names = ["text", "lower_", "lemma_", "tag_", "pos_", "dep_", "whitespace_", "text_with_ws", "i", "idx"]
    names += ["is_space", "is_punct", "is_alpha", "is_title", "is_upper", "is_lower", "is_quote", "is_bracket"]
    names += ["like_num", "ent_type_", "is_sent_start"]
    trees = ("children", "lefts", "rights", "ancestors", "subtree", "conjuncts")
    assert mirror.text == doc.text
    for token, word in zip(doc, mirror, strict=True):
        assert {name: getattr(word, name) for name in names} == {name: getattr(token, name) for name in names}
        assert word.head.i == token.head.i
        assert (word.sent.start, word.sent.end) == (token.sent.start, token.sent.end)
        assert len(word) == len(token)
        for name in trees:
            assert [w.i for w in getattr(word, name)] == [t.i for t in getattr(token, name)], name


@settings(max_examples=200, deadline=None)
@given(docs(), st.data())
def test_stretches_are_as_spacy_has_them(doc: Doc, data: st.DataObject) -> None:
    """Slices, also beyond the ends and of slices, have the bounds, text, root and sentence of the span."""
    bound = st.integers(-len(doc) - 2, len(doc) + 2)
    low, high, first, last = (data.draw(bound) for _ in range(4))
    mirror = mirrored(doc)
    for span, stretch in ((doc[low:high], mirror[low:high]), (doc[low:high][first:last], mirror[low:high][first:last])):
        assert (stretch.start, stretch.end, len(stretch)) == (span.start, span.end, len(span))
        assert (stretch.start_char, stretch.end_char, stretch.text) == (span.start_char, span.end_char, span.text)
        assert [word.i for word in stretch] == [token.i for token in span]
        if len(span):
            assert stretch.root.i == span.root.i
            assert (stretch.sent.start, stretch.sent.end) == (span.sent.start, span.sent.end)
            assert (stretch[0].i, stretch[-1].i) == (span[0].i, span[-1].i)


@settings(max_examples=200, deadline=None)
@given(docs(), st.data())
def test_characters_are_covered_as_spacy_does(doc: Doc, data: st.DataObject) -> None:
    """The words that a range of characters touches are those of `char_span` in its mode "expand"."""
    start = data.draw(st.integers(0, len(doc.text)))
    end = data.draw(st.integers(start + 1, len(doc.text) + 1))
    found = mirrored(doc).covering(start, end)
    span = doc.char_span(start, end, alignment_mode="expand") if end <= len(doc.text) else None
    bounds = [None if x is None else (x.start, x.end) for x in (found, span)]
    assert bounds[0] == bounds[1]


def sentence(words: str) -> Doc:
    tokens = words.split()
    return Doc(
        NLP.vocab,
        words=tokens,
        tags=["NN"] * len(tokens),
        lemmas=tokens,
        sent_starts=[True] + [False] * (len(tokens) - 1),
    )


def test_sentences_know_their_words() -> None:
    """The sets of a sentence are in lower case."""
    sent = mirrored(sentence("Beijing Bans Exports")).sents[0]
    assert sent.lowers == sent.lemmas == {"beijing", "bans", "exports"}


@pytest.mark.parametrize(
    ("words", "titled"),
    [
        ("Beijing Bans Exports of Gallium", True),
        ("Beijing bans exports of gallium today", False),
        ("Beijing bans", False),  # too short to tell
    ],
)
def test_titles(words: str, titled: bool) -> None:
    """A sentence most of whose longer words begin with a capital is set like a title."""
    assert mirrored(sentence(words)).sents[0].titled is titled


def test_a_mirror_is_made_once() -> None:
    """Who asks again about the same doc gets the same mirror."""
    doc = sentence("gallium is banned")
    assert mirrored(doc) is mirrored(doc)
    assert letters_of(doc) is letters_of(doc)


@pytest.mark.parametrize("name", ["tag_", "lemma_", "dep_", "pos_"])
def test_a_changed_doc_has_another_mirror(name: str) -> None:
    """A mirror does not outlive the annotations that it was made of."""
    doc = sentence("gallium is banned")
    before = getattr(mirrored(doc)[1], name)
    value = {"tag_": "VBZ", "lemma_": "be", "dep_": "ROOT", "pos_": "AUX"}[name]
    setattr(doc[1], name, value)
    assert (getattr(mirrored(doc)[1], name), before != value) == (value, True)


def test_merged_tokens_are_one_word() -> None:
    """Merging tokens makes another mirror, with other letters."""
    doc = sentence("rare earths are metals")
    assert len(mirrored(doc)) == 4
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[:2])
    assert mirrored(doc).texts == ["rare earths", "are", "metals"]


def test_span_groups_are_read_as_they_are() -> None:
    """Spans of a group come with their labels and records; a group that is replaced or grows is read anew."""
    doc = sentence("gallium and germanium")
    group = new_group(doc, "mentions")
    add_mention(group, 0, 1, "MINERAL", canonical="gallium")
    mirror = mirrored(doc)
    assert [(m.text, m.label_, m.attrs) for m in mirror.marked("mentions")] == [
        ("gallium", "MINERAL", {"canonical": "gallium"})
    ]
    add_mention(group, 2, 3, "MINERAL")
    assert [m.text for m in mirror.marked("mentions")] == ["gallium", "germanium"]
    new_group(doc, "mentions")
    assert mirror.marked("mentions") == mirror.marked("terms") == []


def test_entities_are_those_of_now() -> None:
    """A word's entity label follows doc.ents, which components replace."""
    doc = sentence("Beijing bans gallium")
    word = mirrored(doc)[0]
    assert word.ent_type_ == ""
    doc.ents = [Span(doc, 0, 1, label="PLACE")]
    assert word.ent_type_ == "PLACE"


def test_no_words() -> None:
    """An empty doc has an empty mirror."""
    doc = Doc(NLP.vocab)
    mirror = Mirror(doc, doc.to_array(["TAG", "POS", "LEMMA", "DEP", "SENT_START", "HEAD"]))
    assert (len(mirror), mirror.text, mirror.sents, mirror.covering(0, 1)) == (0, "", [], None)


def test_a_word_outside_is_an_error() -> None:
    """A stretch has no words beyond its ends."""
    stretch = mirrored(sentence("gallium is banned"))[1:2]
    with pytest.raises(IndexError, match="no word 1 among 1"):
        stretch[1]


def test_a_released_mirror_waits_for_no_collector() -> None:
    """When the pipeline has done with a doc, its mirror's words are freed at once; asking again makes another."""
    doc = Doc(NLP.vocab, words=["Zaire", "bans", "cobaltite"], heads=[1, 1, 1], deps=["nsubj", "ROOT", "dobj"])
    gc.collect()
    gc.disable()
    try:
        for released in (False, True):
            assert [word.text for word in mirrored(doc).words] == ["Zaire", "bans", "cobaltite"]
            if released:
                release(doc)
            alive = sum(isinstance(one, Word) and one.text == "cobaltite" for one in gc.get_objects())
            assert alive == (0 if released else 1)
    finally:
        gc.enable()


def test_a_settled_mirror_stands_until_it_is_released() -> None:
    """Changes are not looked for where somebody promised that there are none, and again afterwards."""
    doc = sentence("gallium is banned")
    settle(doc)
    mirror = mirrored(doc)
    doc[0].tag_ = "VBD"
    assert mirrored(doc) is mirror
    release(doc)
    assert mirrored(doc).words[0].tag_ == "VBD"
    doc[0].tag_ = "JJ"
    assert mirrored(doc).words[0].tag_ == "JJ"
