"""The HTTP API of a real server over a real database: what is asked for comes, what is wrong is told."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest

from claimstake.records import AnnotatedDocument
from desk_server import DeskServer

TEXT = "China suspended exports of gallium to the United States on 4 December 2024."
PAGE = f"<html><head><title>Gallium</title></head><body><article><h1>Gallium</h1><p>{TEXT}</p></article></body></html>"
EXAMPLES = Path(__file__).parents[2] / "corpus" / "examples"
LINES = {"Accept": "application/x-ndjson"}


@pytest.fixture(scope="module")
def desk_server(own_server: DeskServer) -> DeskServer:
    return own_server


@pytest.fixture(scope="module")
def api(desk_server: DeskServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=desk_server.address, timeout=60, trust_env=False) as client:
        yield client


def triples(record: dict[str, Any]) -> list[tuple[str, str, str]]:
    names = {entity["id"]: entity["canonical"] for entity in record["entities"]}
    return [(names[c["subject"]], c["predicate"], names[c["object"]]) for c in record["claims"]]


def pdf(text: str) -> bytes:
    from reportlab.pdfgen import canvas

    held = io.BytesIO()
    page = canvas.Canvas(held)
    page.drawString(40, 760, text)
    page.save()
    return held.getvalue()


def docx(text: str) -> bytes:
    from docx import Document

    held = io.BytesIO()
    document = Document()
    document.add_paragraph(text)
    document.save(held)
    return held.getvalue()


# --- annotate ---


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (json.dumps({"text": TEXT}).encode(), "application/json"),
        (json.dumps({"html": PAGE}).encode(), "application/json; charset=utf-8"),
        (TEXT.encode(), "text/plain"),
        (TEXT.encode("utf-16"), "text/plain; charset=utf-16"),
        (PAGE.encode(), "text/html"),
        (pdf(TEXT), "application/pdf"),
        (docx(TEXT), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ],
    ids=["json", "json-html", "text", "utf-16", "html", "pdf", "docx"],
)
def test_every_kind_of_document_is_annotated(api: httpx.Client, body: bytes, media: str) -> None:
    """One record comes back, and its claim is that of the text."""
    answer = api.post("/v1/annotate", content=body, headers={"Content-Type": media})
    assert answer.status_code == 200, answer.text
    record = AnnotatedDocument.model_validate(answer.json())
    assert record.doc.text is None
    assert ("China", "restricts_export_of", "gallium") in triples(answer.json())


def test_options_are_heeded(api: httpx.Client) -> None:
    """Text on demand, a date in place of the document's, and only claims as sure as asked."""
    body = {"id": "mine", "text": TEXT, "published": "2024-12-05", "title": "Gallium"}
    record = api.post("/v1/annotate", json=body, params={"text": True, "published": "2025-01-02"}).json()
    assert (record["doc"]["id"], record["doc"]["text"]) == ("mine", TEXT)
    assert (record["doc"]["published"], record["doc"]["title"]) == ("2025-01-02", "Gallium")
    assert record["claims"]
    assert api.post("/v1/annotate", json=body, params={"min_confidence": 1}).json()["claims"] == []


def test_a_bad_document_of_a_batch_is_its_own(api: httpx.Client) -> None:
    """Errors stand in the place of their documents, and the others are done."""
    documents = [{"text": TEXT}, {"text": ""}, {"texts": "x"}, 7, {"html": "<p>no</p>"}, {"id": "last", "text": TEXT}]
    found = api.post("/v1/annotate", json={"documents": documents}).json()["documents"]
    assert [entry["position"] for entry in found] == list(range(len(documents)))
    assert ["record" in entry for entry in found] == [True, False, False, False, False, True]
    assert all(entry["error"]["what"] for entry in found if "error" in entry)
    assert found[-1]["record"]["doc"]["id"] == "last"


def test_a_batch_comes_in_lines(api: httpx.Client) -> None:
    """As NDJSON each document's entry is a line, sent when it is done."""
    documents = [{"id": str(number), "text": TEXT} for number in range(8)] + [{"text": ""}]
    with api.stream("POST", "/v1/annotate", json={"documents": documents}, headers=LINES) as answer:
        assert answer.headers["content-type"] == "application/x-ndjson"
        found = [json.loads(line) for line in answer.iter_lines()]
    assert sorted(entry["position"] for entry in found) == list(range(9))
    assert sum("record" in entry for entry in found) == 8


def test_files_are_uploaded(api: httpx.Client) -> None:
    """Each is named after its file, wherever the client says that it lies."""
    files = [
        ("file", ("../../etc/gallium.html", PAGE)),
        ("file", ("C:\\news\\note.txt", TEXT)),
        ("x", ("a.zip", b"PK\3\4")),
    ]
    found = api.post("/v1/annotate", files=files).json()["documents"]
    assert [entry["record"]["doc"]["id"] for entry in found[:2]] == ["gallium", "note"]
    assert found[0]["record"]["doc"]["source"] == "gallium.html"
    assert "several documents" in found[2]["error"]["what"]
    (one,) = [api.post("/v1/annotate", files={"file": ("note.txt", TEXT)}).json()]
    assert one["doc"]["id"] == "note"


@pytest.mark.parametrize(
    ("body", "media", "status", "says"),
    [
        (b'{"text": "x"', "application/json", 400, "no JSON"),
        (b'{"text": NaN}', "application/json", 400, "no JSON"),
        (b'{"text": "\\ud800 half"}', "application/json", 400, "surrogate"),
        (b"[" * 100_000, "application/json", 400, "recursion"),
        (b'{"text":' + b"[" * 150 + b"]" * 150 + b"}", "application/json", 422, "text"),
        (b"[]", "application/json", 422, "array"),
        (b'{"text": "a", "html": "b"}', "application/json", 422, "either"),
        (b'{"text": "a\\u0000b"}', "application/json", 422, "NUL"),
        (b'{"text": "a", "title": "a\\u0000b"}', "application/json", 422, "title"),
        (b'{"text": "a", "url": "javascript:alert(1)"}', "application/json", 422, "url"),
        (b'{"documents": []}', "application/json", 422, "documents"),
        (json.dumps({"documents": [{"text": "a"}] * 65}).encode(), "application/json", 413, "64"),
        (json.dumps({"text": "word " * 200_001}).encode(), "application/json", 413, "characters"),
        (b"x" * 10_000_001, "text/plain", 413, "bytes"),
        (json.dumps(dict.fromkeys(map(str, range(101)))).encode(), "application/json", 422, "100 fields"),
        (b"", "text/plain", 422, "empty"),
        (b" \n", "text/plain", 422, "no text"),
        (b"a\0b", "text/plain", 422, "NUL"),
        (b"\xff\xfe\x00\xd8", "text/plain; charset=utf-16", 200, ""),
        (TEXT.encode(), "text/plain; charset=klingon", 200, ""),
        (b"%PDF-1.7 cut", "application/pdf", 422, ""),
        (b"PK\3\4 cut", "application/zip", 415, "application/zip"),
        (b"\x89PNG\r\n", "text/plain", 415, "format"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x", 422, "no file"),
        (b"x", "multipart/form-data", 400, "boundary"),
        (TEXT.encode(), "video/mp4", 415, "video/mp4"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told(api: httpx.Client, body: bytes, media: str, status: int, says: str) -> None:
    """A clear error in JSON, whatever comes; never one of the server's own."""
    answer = api.post("/v1/annotate", content=body, headers={"Content-Type": media})
    assert answer.status_code == status, answer.text
    if status != 200:
        assert says.lower() in answer.json()["error"]["what"].lower()


def test_fields_that_are_wrong_are_named(api: httpx.Client) -> None:
    """So that forms can show the error where it belongs."""
    answer = api.post(
        "/v1/annotate", content=TEXT, params={"min_confidence": "2"}, headers={"Content-Type": "text/plain"}
    )
    assert answer.status_code == 422
    assert [wrong["field"] for wrong in answer.json()["error"]["fields"]] == ["min_confidence"]
    assert api.get("/v1/claims", params={"actr": "China"}).json()["error"]["fields"][0]["field"] == "actr"


# --- claims, documents, entities, ledger ---


def test_pages_of_claims_are_all_claims(api: httpx.Client) -> None:
    """Cursors lead to every claim once, in the order asked, as NDJSON gives them."""
    pages, cursor = [], None
    while True:
        asked = {"limit": 7, "order": "doubtful", **({"cursor": cursor} if cursor else {})}
        page = api.get("/v1/claims", params=asked).json()
        pages.append(page["claims"])
        if not (cursor := page["next"]):
            break
    found = [(row["document"], row["id"]) for claims in pages for row in claims]
    assert len(found) == len(set(found)) > 20
    sure = [row["confidence"] for claims in pages for row in claims]
    assert sure == sorted(sure)
    lines = api.get("/v1/claims", params={"order": "doubtful"}, headers=LINES).text.splitlines()
    assert [(row["document"], row["id"]) for row in map(json.loads, lines)] == found


def test_filters_narrow_claims(api: httpx.Client) -> None:
    """Conditions hold all at once; repeated ones name several values."""
    predicates = ["restricts_export_of", "produces"]
    rows = api.get("/v1/claims", params={"predicate": predicates, "min_confidence": 0.5, "limit": 500}).json()["claims"]
    assert {row["predicate"] for row in rows} == set(predicates)
    assert all(row["confidence"] >= 0.5 for row in rows)


@pytest.mark.parametrize("form", ["csv", "parquet", "ndjson"])
def test_claims_are_downloaded(api: httpx.Client, form: str) -> None:
    """All of them, in a file of a name."""
    number = len(api.get("/v1/claims", params={"format": "ndjson"}).text.splitlines())
    answer = api.get("/v1/claims", params={"format": form})
    assert answer.headers["content-disposition"] == f'attachment; filename="claims.{form}"'
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert all(row["evidence"] and row["subject"] for row in rows)
    elif form == "parquet":
        rows = pq.read_table(io.BytesIO(answer.content)).to_pylist()
        assert all(0 <= row["confidence"] <= 1 for row in rows)
    else:
        rows = answer.text.splitlines()
    assert len(rows) == number > 20


def test_no_cell_of_a_download_is_a_formula(api: httpx.Client) -> None:
    """A title that a spreadsheet would run begins with an apostrophe."""
    record = {"id": "@SUM(1)", "text": TEXT, "title": '=HYPERLINK("http://evil.example")'}
    (kept,) = api.post("/v1/documents", json=record).json()["documents"]
    text = api.get("/v1/claims", params={"document": kept["key"], "format": "csv"}).content.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["title"], row["doc_id"]) == ("'" + record["title"], "'@SUM(1)")


def test_a_document_is_kept_once_and_found(api: httpx.Client) -> None:
    """It stands in the inbox with its record; sending it again changes nothing."""
    body = {
        "id": "paste-1",
        "text": "Chile will nationalise lithium, the president said on 3 May 2024.",
        "title": "Salt",
    }
    (kept,) = api.post("/v1/documents", json=body).json()["documents"]
    assert (kept["known"], kept["error"]) == (False, None)
    assert api.post("/v1/documents", json=body).json()["documents"] == [{**kept, "known": True}]
    stored = api.get(f"/v1/documents/{kept['key']}").json()
    assert (stored["row"]["doc_id"], stored["record"]["doc"]["text"]) == ("paste-1", body["text"])
    assert kept["key"] in [row["key"] for row in api.get("/v1/documents").json()["documents"]]
    assert api.get("/v1/documents/paste-1").json()["row"]["key"] == kept["key"]


@pytest.mark.parametrize("name", ["china-metals-licences.txt", "dutch-lithography-licence.html"])
def test_what_an_archive_run_wrote_is_known(api: httpx.Client, name: str) -> None:
    """The same file is the same document, under the same key: nothing is annotated anew."""
    (before,) = [api.get(f"/v1/documents/{name}").json()["row"]]
    (kept,) = api.post("/v1/documents", files={"file": (name, (EXAMPLES / name).read_bytes())}).json()["documents"]
    assert (kept["key"], kept["known"], kept["claims"]) == (before["key"], True, before["claims"])


def test_a_document_that_cannot_be_kept_is_told(api: httpx.Client) -> None:
    """Alone it is an error, among others it has one."""
    answer = api.post("/v1/documents", json={"text": ""})
    assert (answer.status_code, answer.json()["error"]["what"]) == (422, "holds no text under 'text'")
    found = api.post("/v1/documents", json={"documents": [{"text": ""}, {"id": "b", "text": TEXT}]}).json()["documents"]
    assert [bool(entry["key"]) for entry in found] == [False, True]


def test_claims_are_judged(api: httpx.Client) -> None:
    """A judgement bears the analyst's name, is listed, and can be taken back; a wrong one is refused."""
    (kept,) = api.post("/v1/documents", json={"id": "judged", "text": TEXT}).json()["documents"]
    claim = api.get("/v1/claims", params={"document": kept["key"]}).json()["claims"][0]["id"]
    address = f"/v1/documents/{kept['key']}/judgements"
    made = api.post(address, json={"verdict": "accepted", "claim": claim})
    assert (made.status_code, made.json()["verdict"]) == (201, "accepted")
    assert made.json()["by"]
    assert [one["id"] for one in api.get(address).json()["judgements"]] == [made.json()["id"]]
    api.post(address, json={"verdict": "undone", "claim": claim})
    assert api.get(address).json()["judgements"] == []
    assert len(api.get(address, params={"all": True}).json()["judgements"]) == 2
    assert len([one for one in api.get("/v1/judgements").text.splitlines() if json.loads(one)["claim"] == claim]) == 2
    assert api.post(address, json={"verdict": "accepted", "claim": "c0"}).status_code == 422
    assert api.put(f"/v1/documents/{kept['key']}/reading", json={"state": "done"}).json() == {"state": "done"}
    assert kept["key"] in [row["key"] for row in api.get("/v1/documents", params={"state": "done"}).json()["documents"]]


def test_things_are_found(api: httpx.Client) -> None:
    """By the beginning of a name, with what is said of them and when."""
    found = api.get("/v1/entities", params={"begins": "Chi"}).json()["entities"]
    assert "China" in [thing["name"] for thing in found]
    view = api.get("/v1/entities/china").json()
    assert view["thing"]["name"] == "China"
    assert view["counts"]
    assert api.get("/v1/entities/china/timeline").json()["moments"]


def test_the_ledger_is_asked(api: httpx.Client) -> None:
    """As the command's JSON; names of its options are those of the parameters."""
    found = api.get("/v1/ledger", params={"actor": "China"}).json()
    assert found["measures"]
    wrong = api.get("/v1/ledger", params={"since": "yesterday"})
    assert (wrong.status_code, wrong.json()["error"]["what"].split()[0]) == (422, "since")


@pytest.mark.parametrize(
    "path", ["/v1/documents/none", "/v1/entities/none", "/v1/entities/none/timeline", "/v1/none", "/docs/none"]
)
def test_what_is_not_there_is_told(api: httpx.Client, path: str) -> None:
    """Programs get JSON, and no other address than asked."""
    answer = api.get(path)
    assert answer.status_code == 404
    assert path.startswith("/docs") or answer.json()["error"]["what"]


# --- operation ---


def test_figures_tell_what_happened(api: httpx.Client) -> None:
    """Routes by their template, never by their address; workers and refusals."""
    api.get("/v1/documents/none")
    api.get("/wp-admin.php")
    api.get("/healthz", headers={"Host": "evil.example"})
    text = api.get("/metrics").text
    assert 'route="/v1/documents/{key}"' in text
    assert "wp-admin" not in text
    assert 'claimstake_refused_total{status="421"}' in text
    values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert float(values["claimstake_documents_total"]) > 0
    assert float(values["claimstake_workers_ready"]) == 1


def test_the_page_of_the_api_is_ours(api: httpx.Client) -> None:
    """Scripts and styles come from here, and none stands in the page."""
    page = api.get("/docs").text
    assert "https://" not in page.replace("https://spec.openapis.org", "")
    for path in ("/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js", "/static/docs.js", "/openapi.json"):
        assert api.get(path).status_code == 200
