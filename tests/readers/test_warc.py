"""Web archives: what is a page, how it was sent, what is damaged."""

from __future__ import annotations

import gzip
import io
import random
import zlib
from pathlib import Path

import brotli
import pytest
from fastwarc.warc import WarcRecord, WarcRecordType

from claimstake.readers import Failure, Limits, read
from claimstake.readers.items import Item
from claimstake.readers.position import Position
from claimstake.readers.streaming import articles, items, measure
from claimstake.records import Article

TEXT = "The ministry put graphite under export licensing from December."


def page(number: int, extra: str = "") -> bytes:
    noise = random.Random(number).randbytes(800).hex()
    return f"<html><body><p>{TEXT} Notice {number}.</p><!-- {noise} -->{extra}</body></html>".encode()


def http(body: bytes, headers: dict[str, str] | None = None, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", *(f"{k}: {v}" for k, v in ({"Content-Type": "text/html"} | (headers or {})).items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def record(
    url: str, block: bytes, kind: WarcRecordType = WarcRecordType.response, content_type: str | None = None
) -> bytes:
    made = WarcRecord()
    made.init_headers(kind)
    made.headers["WARC-Target-URI"] = url
    made.headers["WARC-Date"] = "2024-05-14T10:00:00Z"
    if content_type:
        made.headers["Content-Type"] = content_type
    else:
        made.is_http = True
    made.set_bytes_content(block)
    held = io.BytesIO()
    made.write(held)
    return held.getvalue()


def pages(count: int) -> list[bytes]:
    return [record(f"https://a.example/{i}", http(page(i))) for i in range(count)]


def packed(records: list[bytes], *, gzipped: bool) -> bytes:
    return b"".join(gzip.compress(one) if gzipped else one for one in records)


def listed(path: Path, limits: Limits | None = None) -> list[Item | Failure]:
    return list(items([path], limits=limits))


def urls(found: list[Item | Failure]) -> list[str]:
    return [one.id.removeprefix("https://a.example/") if isinstance(one, Item) else "!" for one in found]


GZIPPED = pytest.mark.parametrize("gzipped", [False, True], ids=["warc", "warc.gz"])


@GZIPPED
def test_pages(write, gzipped: bool) -> None:
    """Items are named by their address, whatever file they lie in; their articles know it."""
    path = write("a.warc.gz" if gzipped else "a.warc", packed(pages(3), gzipped=gzipped))
    found = listed(path)
    assert [item.id for item in found] == [f"https://a.example/{i}" for i in range(3)]
    assert found[0].source == f"{path}: https://a.example/0"
    (article,) = articles(found[2])
    assert (article.id, article.url) == ("https://a.example/2", "https://a.example/2")
    assert f"{TEXT} Notice 2." in article.text
    assert [a.id for a in read([path])] == [item.id for item in found]


def test_keys_do_not_depend_on_the_file(write) -> None:
    """A crawl that was packed again is the same work."""
    here, there = write("a.warc", packed(pages(3), gzipped=False)), write("b/c.gz", packed(pages(3), gzipped=True))
    assert [i.key for i in listed(here)] == [i.key for i in listed(there)]


def test_what_is_a_page(write) -> None:
    """Only answers with status 200, resources and conversions of HTML, text and PDF; all else is passed over."""
    kinds = WarcRecordType
    records = [
        record("https://a.example/", http(page(0)), kinds.request),
        record("https://a.example/gone", http(page(1), status="404 Not Found")),
        record("https://a.example/moved", http(page(1), status="301 Moved Permanently")),
        record("https://a.example/image", http(b"\xff\xd8\xff", {"Content-Type": "image/jpeg"})),
        record("https://a.example/script", http(b"x = 1", {"Content-Type": "text/javascript"})),
        record("https://a.example/robots.txt", http(b"Disallow: /", {"Content-Type": "text/plain"})),
        record("https://a.example/nothing", http(b"")),
        record("dns:a.example", b"20240514 a.example", kinds.response, "text/dns"),
        record("metadata://a.example/log", b"log", kinds.resource, "text/plain"),
        record("https://a.example/revisit", http(b""), kinds.revisit),
        record("https://a.example/note", b"x: y", kinds.metadata, "application/warc-fields"),
        record("https://a.example/html", http(page(1), {"Content-Type": "Text/HTML; Charset=UTF-8"})),
        record("https://a.example/text", http(TEXT.encode(), {"Content-Type": "text/plain"})),
        record("https://a.example/pdf", http(b"%PDF-1.4", {"Content-Type": "application/pdf"})),
        record("https://a.example/mislabelled", http(b"%PDF-1.4")),
        record("https://a.example/xhtml", http(page(2), {"Content-Type": "application/xhtml+xml"})),
        record("<https://a.example/resource>", page(3), kinds.resource, "text/html"),
        record("https://a.example/wet", TEXT.encode(), kinds.conversion, "text/plain"),
    ]
    found = listed(write("a.warc", packed(records, gzipped=False)))
    assert [(item.id.rpartition("/")[2], item.format) for item in found] == [
        ("html", "html"),
        ("text", "text"),
        ("pdf", "pdf"),
        ("mislabelled", "pdf"),
        ("xhtml", "html"),
        ("resource", "html"),
        ("wet", "text"),
    ]


def chunked(body: bytes) -> bytes:
    parts = [body[i : i + 700] for i in range(0, len(body), 700)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


SENT = {
    "plain": ({}, page(1)),
    "chunked": ({"Transfer-Encoding": "chunked"}, chunked(page(1))),
    "gzip": ({"Content-Encoding": "gzip"}, gzip.compress(page(1))),
    "deflate": ({"Content-Encoding": "deflate"}, zlib.compress(page(1))),
    "brotli": ({"Content-Encoding": "br"}, brotli.compress(page(1))),
    "gzip in chunks": ({"Content-Encoding": "gzip", "Transfer-Encoding": "chunked"}, chunked(gzip.compress(page(1)))),
    "brotli in chunks": ({"Content-Encoding": "br", "Transfer-Encoding": "chunked"}, chunked(brotli.compress(page(1)))),
    "x-gzip": ({"Content-Encoding": "x-gzip"}, gzip.compress(page(1))),
    "gzip that is none": ({"Content-Encoding": "gzip"}, page(1)),
    "brotli that is none": ({"Content-Encoding": "br"}, page(1)),
    "chunks that are none": ({"Transfer-Encoding": "chunked"}, page(1)),
    "no encoding": ({"Content-Encoding": "identity"}, page(1)),
}


@pytest.mark.parametrize("name", SENT)
def test_payloads_are_decoded(write, name: str) -> None:
    """However a page was sent, and whatever its header wrongly says, its text is read."""
    headers, body = SENT[name]
    (item,) = listed(write("a.warc", record("https://a.example/1", http(body, headers))))
    (article,) = articles(item)
    assert isinstance(article, Article), article
    assert f"{TEXT} Notice 1." in article.text


@pytest.mark.parametrize("stated", ["text/html; charset=windows-1251", 'text/html;charset="cp1251"'])
def test_character_set_of_the_server(write, stated: str) -> None:
    """It counts where the bytes are no UTF-8."""
    text = "Министерство вводит лицензирование экспорта графита с первого декабря текущего года."
    body = f"<html><body><p>{text}</p></body></html>".encode("cp1251")
    (item,) = listed(write("a.warc", record("https://a.example/1", http(body, {"Content-Type": stated}))))
    (article,) = articles(item)
    assert text in article.text


def test_same_address_twice(write, tmp_path: Path) -> None:
    """A page that changed between two visits is two documents; `read` gives the second an id of its own."""
    records = [record("https://a.example/1", http(page(i))) for i in (1, 2)]
    path = write("a.warc", packed(records, gzipped=False))
    assert len({item.key for item in listed(path)}) == 2
    first, second = read([path])
    assert (first.id, second.id) == ("https://a.example/1", "https://a.example/1-2")


# Damage


@GZIPPED
@pytest.mark.parametrize("into", [30, 700])
def test_cut_file(write, gzipped: bool, into: int) -> None:
    """Records before the cut come, then one failure that names file and offset."""
    records = [gzip.compress(one) if gzipped else one for one in pages(5)]
    at = sum(map(len, records[:3]))
    path = write("a.warc.gz" if gzipped else "a.warc", b"".join(records)[: at + into])
    *found, failure = listed(path)
    assert urls(found) == ["0", "1", "2"]
    assert (failure.source, bool(failure.mend)) == (str(path), True)
    assert "is damaged at byte" in failure.problem


@GZIPPED
@pytest.mark.parametrize("damage", ["scrambled", "hole"])
@pytest.mark.parametrize("into", [0, 1, 600])
def test_damage_in_the_middle(write, gzipped: bool, damage: str, into: int) -> None:
    """Every record that the damage does not touch comes, and one failure in its place."""
    records = [gzip.compress(one) if gzipped else one for one in pages(6)]
    at = sum(map(len, records[:2])) + into
    data = bytearray(b"".join(records))
    data[at : at + 120] = b"\xff" * 120 if damage == "scrambled" else b""
    found = urls(listed(write("a.warc.gz" if gzipped else "a.warc", bytes(data))))
    without = [url for url in found if url != "!"]
    assert set("01345" if not (damage == "hole" and not gzipped) else "0145") <= set(without)
    assert without == sorted(without)
    # A scrambled page in an uncompressed file is a page like any other.
    assert found.count("!") == (0 if not gzipped and damage == "scrambled" and into == 600 else 1)


@pytest.mark.parametrize(
    "data", [b"", b"no crawl at all", gzip.compress(b"no crawl", mtime=0), b"\x1f\x8b\x08 no gzip", bytes(9999)]
)
def test_no_warc(write, data: bytes) -> None:
    """One failure, at most, and nothing else."""
    found = listed(write("a.warc.gz", data))
    assert [type(one) for one in found] == [Failure], found


def test_bombs(write) -> None:
    """Pages and records that unpack to far too much are failures, in bounded time and memory."""
    limits = Limits(max_bytes=3_000_000, max_chars=300_000)
    sent = http(gzip.compress(bytes(300_000_000)), {"Content-Encoding": "gzip"})
    failure, kept = listed(
        write("a.warc", packed([record("https://a.example/0", sent), *pages(1)], gzipped=False)), limits
    )
    assert failure.source.endswith("a.warc: https://a.example/0")
    assert "more than 3,000,000 bytes" in failure.problem
    assert isinstance(kept, Item)
    found = listed(
        write("b.warc.gz", packed([record("https://a.example/0", http(bytes(300_000_000)))], gzipped=True)), limits
    )
    assert "times what it is packed in" in found[-1].problem


def test_long_records_are_passed_over(write) -> None:
    """A film is skipped, a page that is too long is named."""
    limits = Limits(max_bytes=100_000)
    film = http(random.Random(1).randbytes(300_000), {"Content-Type": "video/mp4"})
    book = http(random.Random(2).randbytes(300_000))
    records = [record("https://a.example/film", film), record("https://a.example/book", book), *pages(1)]
    for gzipped in (False, True):
        failure, kept = listed(write("a.warc", packed(records, gzipped=gzipped)), limits)
        assert failure.source.endswith("https://a.example/book")
        assert kept.id == "https://a.example/0"


def test_position(write) -> None:
    """Bytes done rise within the file, up to its size."""
    path = write("a.warc.gz", packed(pages(2_000), gzipped=True))
    watch = Position(measure([path]))
    seen = [watch.done for _ in items([path], watch=watch)]
    assert seen == sorted(seen)
    assert len(set(seen)) > 10
    assert watch.done == watch.total == path.stat().st_size


def test_in_an_archive_and_through_a_pipe(write, monkeypatch) -> None:
    """A crawl in a ZIP archive, or from standard input, is read all the same."""
    import zipfile

    for gzipped in (False, True):
        data = packed(pages(2), gzipped=gzipped)
        with zipfile.ZipFile(write("a.zip", b""), "w") as archive:
            archive.writestr("crawl/a.warc.gz" if gzipped else "crawl/a.warc", data)
            path = archive.filename
        assert urls(listed(path)) == ["0", "1"]
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(data))))
        assert urls(listed("-")) == ["0", "1"]


# ARC


def arc(fetched: list[tuple[str, bytes]], version: int = 1) -> list[bytes]:
    more = [b"", b"200 - - 77 a.arc "][version - 1]
    about = b"%d 0 Crawler\nURL IP-address Archive-date and so on\n" % version
    made = [b"filedesc://a.arc 0.0.0.0 20010101000000 text/plain %s%d\n%s" % (more, len(about), about)]
    for url, block in fetched:
        line = b"\n%s 192.0.2.1 20010102030405 text/html %s%d\n" % (url.encode(), more, len(block))
        made.append(line + block)
    return made


ARC_PAGES = [(f"http://a.example/{i}", http(page(i))) for i in range(3)] + [("http://a.example/a b", http(page(3)))]


@GZIPPED
@pytest.mark.parametrize("version", [1, 2])
def test_arc(write, gzipped: bool, version: int) -> None:
    """Both versions, addresses with spaces too."""
    path = write("a.arc.gz" if gzipped else "a.arc", packed(arc(ARC_PAGES, version), gzipped=gzipped))
    found = listed(path)
    assert [item.id for item in found] == [url for url, _ in ARC_PAGES]
    (article,) = articles(found[1])
    assert f"{TEXT} Notice 1." in article.text


@GZIPPED
def test_damaged_arc(write, gzipped: bool) -> None:
    """Pages before the damage come, then one failure."""
    made = arc(ARC_PAGES)
    for broken in ([*made[:3], b"\nno page\n", made[3]], [*made[:3], made[3][:500]]):
        *found, failure = listed(write("a.arc.gz" if gzipped else "a.arc", packed(broken, gzipped=gzipped)))
        assert [item.id for item in found] == [url for url, _ in ARC_PAGES[:2]]
        assert "is damaged at byte" in failure.problem


# Real files, good and bad

SAMPLES = {
    "example.warc": (1, 0),
    "example.warc.gz": (1, 0),
    "example.arc": (1, 0),
    "example.arc.gz": (1, 0),
    "example-space-in-url.arc": (0, 1),  # shorter than it says
    "example-iana.org-chunked.warc": (1, 0),
    "example-resource.warc.gz": (1, 0),
    "example-wrong-chunks.warc.gz": (1, 0),
    "example-wget-bad-target-uri.warc.gz": (1, 0),
    "example-bad-non-chunked.warc.gz": (1, 0),
    "example-bad.warc.gz.bad": (1, 0),
    "example-digest.warc": (0, 0),
    "example-space-in-target-uri.warc.gz": (0, 0),
    "post-test.warc.gz": (0, 0),
    "example-trunc.warc": (1, 1),
    "bad.arc": (0, 1),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_samples(shared: Path, name: str) -> None:
    """Files of many tools, some of them malformed: how many pages and failures they give."""
    found = listed(shared / "bench" / "warc-samples" / "test" / "data" / name)
    assert (sum(isinstance(one, Item) for one in found), sum(isinstance(one, Failure) for one in found)) == SAMPLES[
        name
    ]
