"""The gate of triage: what it lets in, how fast, and that its reasons are true. All texts are our own."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest
import spacy

from claimstake import extend
from claimstake.errors import ModelError
from claimstake.training import splits
from claimstake.training.check import check
from claimstake.triage.gate import Gate, words_of

ROOT = Path(__file__).resolve().parents[2]
FLOORS = json.loads((ROOT / "tests" / "data" / "triage_floors.json").read_text(encoding="utf-8"))
GALA = """\
The Harbour Street Players open their autumn season on Saturday with a comedy about a wedding cake. Our volunteers
have painted the scenery, sewn every costume and rehearsed since June. Tickets are on sale at the bakery and
online, and children under twelve get in free. "We are thrilled to welcome families back to our little theatre,"
said the director, who invites you to stay for coffee and live music after the show. Our community partners make
all of this possible, and we are proud to share our passion for the stage with guests of every age. Book your seats
today and discover an unforgettable night. Visit our website to learn more about the team, our mission and our
award-winning kids' workshops; we can't wait to share the experience with your friends and family.
"""
SPA = """\
Treat yourself this weekend! Our new wellness lounge offers yoga, massage and mindfulness for busy parents, brides and
athletes. Download the app, follow our stories and tag your friends to win a free spa day. Our friendly therapists love
helping guests relax, recharge and feel beautiful. Whether you are a fitness lover or a first-time visitor, we create
personal experiences with passion, creativity and care. Book online, bring a friend, and enjoy a smoothie on us.
"""
NOTICE = "The ministry said on Tuesday that shipments of gallium would need a licence from 1 August."
RULE = """\
This rule amends the list of goods for which a licence is required. It adds two entries, revises the note to a
third and moves the date on which the requirement begins. The agency received nine comments on its proposal and
answers them below.
"""
GERMAN = """\
Der Verein Harfenklang lädt am Samstag zu seinem Herbstkonzert in die alte Mühle ein. Gespielt werden Lieder aus
drei Jahrhunderten, dazu gibt es Kuchen und Kaffee im Garten. Der Eintritt kostet acht Euro, Kinder zahlen nichts.
Wer mag, kann sein eigenes Instrument mitbringen und nach der Pause mit den anderen spielen. Die Kapelle freut sich
auf viele Gäste und auf einen schönen Abend unter den Bäumen, sofern das Wetter hält; sonst wird in der Scheune
gespielt.
"""


@pytest.fixture(scope="module")
def gate() -> Gate:
    return Gate.load()


@pytest.mark.parametrize("text", [NOTICE, RULE, "Tariff on copper raised", "", "Minister travels"])
def test_let_in(gate: Gate, text: str) -> None:
    """What is of the subject, and what is too short to be judged."""
    assert gate.relevant(text)


@pytest.mark.parametrize("text", [GALA, GERMAN, GALA * 8, "日本語の記事です。" * 60])
def test_not_let_in(gate: Gate, text: str) -> None:
    """What is of another subject, or in another language."""
    assert not gate.relevant(text)


def test_one_paragraph_among_many(gate: Gate) -> None:
    """A word that always lets in does so however much else there is."""
    assert gate.relevant(GALA * 10 + NOTICE + GALA * 10)
    assert gate.relevant(GALA * 10 + "They agreed on\nrare  Earths. " + GALA * 10)


def test_a_passage_of_a_long_text(gate: Gate) -> None:
    """A round-up is read for one passage without such a word, and the verdict says so."""
    around = (GALA + SPA) * 6
    assert not gate.relevant(around)
    assert gate.relevant(around + RULE * 16 + around)
    assert gate.explain(around + RULE * 16 + around).reason == "passage"


def test_corpus_is_let_in(gate: Gate) -> None:
    """Recall of articles with claims that the weights were not learned from."""
    parts = splits.read(ROOT / "corpus" / "splits.tsv")
    found = [d for d in check([ROOT / "corpus" / "articles"]).documents.values() if d.record.claims]
    for part in ("dev", "test"):
        passed = [gate.relevant(d.article["text"]) for d in found if parts[d.article["id"]] == part]
        assert sum(passed) / len(passed) >= FLOORS["recall"]


@pytest.mark.shared
def test_other_articles_are_let_in(gate: Gate) -> None:
    """Recall of real articles with claims, and of the seeds."""
    shared = ROOT.parent / "shared"
    if not (shared / "dev").is_dir():
        pytest.skip("the evaluation data do not lie beside the checkout")
    rows = [json.loads(line) for line in (shared / "dev" / "articles.jsonl").read_text(encoding="utf-8").splitlines()]
    texts = [row["text"] for row in rows] + [p.read_text(encoding="utf-8") for p in (shared / "seeds").glob("*.txt")]
    assert sum(map(gate.relevant, texts)) / len(texts) >= FLOORS["recall"]


def test_faster_than_the_tokenizer(gate: Gate) -> None:
    """Tokens a second of the gate are several times those of the bare tokenizer on the same texts."""
    texts = [GALA * 4, RULE * 8] * 100
    tokenizer = spacy.blank("en").tokenizer
    began = time.perf_counter()
    tokens = sum(len(tokenizer(text)) for text in texts)
    bare = time.perf_counter() - began
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        for text in texts:
            gate.relevant(text)
        taken.append(time.perf_counter() - began)
    assert tokens / min(taken) > FLOORS["times the tokenizer"] * tokens / bare


def test_reasons(gate: Gate) -> None:
    """`explain` says the same as `relevant`, and why."""
    texts = [GALA, NOTICE, RULE, GERMAN, "", "Minister travels", GALA * 10 + NOTICE]
    reasons = {text: gate.explain(text) for text in texts}
    assert all(reasons[text].relevant == gate.relevant(text) for text in texts)
    assert [reasons[text].reason for text in (NOTICE, GALA, GERMAN, "")] == ["word", "evidence", "language", "short"]
    assert [word for word, _ in reasons[NOTICE].words] == ["gallium"]
    assert reasons[GALA].score == gate.score(GALA) < reasons[GALA].threshold
    assert [abs(w) for _, w in reasons[GALA].words] == sorted((abs(w) for _, w in reasons[GALA].words), reverse=True)


def test_order_of_words_does_not_matter(gate: Gate) -> None:
    """Weights are whole numbers: the score of the same words is the same to the last bit."""
    words = GALA.split()
    random.Random(1).shuffle(words)
    assert gate.score(" ".join(words)) == gate.score(GALA)


def test_pages(gate: Gate) -> None:
    """A page is let in where its text is, and what only scripts or attributes say does not count."""

    def page(text: str, head: str = "") -> bytes:
        return f"<html><head>{head}</head><body><p>{text}</p><a href='/tariffs/gallium'>more</a></body></html>".encode()

    assert gate.relevant_html(page(GALA + NOTICE))
    assert gate.relevant_html(page(RULE))
    script = "<SCRIPT>var tags = 'gallium tariff'; if (1 < 2) {}</script ><style>.gallium{}</style><!-- gallium -->"
    assert not gate.relevant_html(page(GALA * 2, script))
    assert gate.relevant_html(page(GALA * 2).decode().encode("utf-16"))


def test_broken_pages_take_linear_time(gate: Gate) -> None:
    """Marks that are opened a hundred thousand times and never closed are passed over quickly."""
    for part in (b"<script", b"<!--", b"<", b"<svg <", b"&#", b"</"):
        began = time.perf_counter()
        gate.relevant_html(part * 400_000)
        assert time.perf_counter() - began < 2


def test_users_words(tmp_path: Path) -> None:
    """Names and triggers of a configuration let documents in."""
    (tmp_path / "own.toml").write_text(
        """
        [[entity]]
        id = "example-bakery"
        label = "COMPANY"
        name = "Harbour Street Players"

        [[frame]]
        id = "own-paint"
        predicate = "produces"
        kind = "verb"
        lemmas = ["sew", "invite"]
        """,
        encoding="utf-8",
    )
    own = Gate.load(config=extend.read([tmp_path / "own.toml"]))
    assert own.relevant(GALA)
    assert [word for word, _ in own.explain(GALA).words] == ["harbour street players", "invites"]
    assert own.digest != Gate.load().digest == Gate.load().digest


def test_words() -> None:
    """Runs of letters and digits, in lower case; what is not ASCII parts them."""
    assert words_of("China’s HS-8112 Zürich 3A001") == ["china", "s", "hs", "8112", "z", "rich", "3a001"]


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"weights": {}}', '{"weights": {"a": "x"}, "bias": 1, "threshold": 0}']
)
def test_damaged_model(tmp_path: Path, content: str) -> None:
    """A file that is no gate is refused with its name."""
    path = tmp_path / "triage.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=r"triage\.json: no gate of triage there"):
        Gate.load(path)
