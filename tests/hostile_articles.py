"""Articles that try to be more than text: markup, scripts, styles, templates, formulas, odd characters, everywhere."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import archive_sources

SAYS = "China banned exports of {} to Japan, the ministry said on May 5, 2025. {} Indonesia will limit exports of {}."
OWNED = "claimstakeOwned"  # what a script sets that should never run; also part of addresses that nobody should ask for
SUM, TOTAL = "31337*3", "94011"  # what a template that is evaluated comes to

PAYLOADS = (
    f"<script>window.{OWNED}=1</script>",
    f"</script><script>{OWNED}=1</script>",
    f"<img src=/{OWNED}.png onerror={OWNED}=1>",
    f'"><svg onload={OWNED}=1><!--',
    f"' onmouseover='{OWNED}=1' autofocus onfocus='{OWNED}=1",
    f"</textarea></title></style></template><iframe src=/{OWNED} srcdoc='<script>parent.{OWNED}=1</script>'>",
    f"<style>@import '/{OWNED}.css'; body {{ background: url(/{OWNED}.gif) }}</style>",
    f'<p style="background:url(/{OWNED}); width: expression({OWNED}=1)">x</p>',
    f'<a href="javascript:{OWNED}=1" ping=/{OWNED}>click</a><base href=//{OWNED}.example/>',
    f"<meta http-equiv=refresh content='0;url=/{OWNED}'><link rel=stylesheet href=/{OWNED}.css>",
    f"<form action=/{OWNED}><input name=csrf><button formaction=javascript:{OWNED}=1>",
    f"<math><mtext><option><mglyph><style><img src=/{OWNED} onerror={OWNED}=1></style>",
    f"{{{{{SUM}}}}} {{% for x in (1,2) %}}{SUM}{{% endfor %}} ${{{SUM}}} #{{{SUM}}} <%= {SUM} %> {{#- -#}}",
    "{{ self.__init__.__globals__ }} {{ request.app.state.desk.settings }} {% include 'base.html' %}",
    f"&lt;script&gt;{OWNED}=1&lt;/script&gt; &#60;script&#62; \\u003cscript\\u003e %3Cscript%3E",
    f"\u202e<txet\u202d\u2066\u2067\u200f\u200b\ufeff <b onclick={OWNED}=1>\u2028\u2029",
    '=HYPERLINK("http://evil.example";"gallium")',
    "' OR 1=1; DROP TABLE claims; -- %_\\",
    "../../../../etc/passwd\\..\\..",
)
ADDRESSES = (
    f"javascript:{OWNED}=1",
    f"JaVaScRiPt\t:{OWNED}=1//https://news.example/",
    f"data:text/html,<script>{OWNED}=1</script>",
    "vbscript:msgbox(1)",
    "//evil.example/a",
    f'https://news.example/a" onclick="{OWNED}=1',
    "https://user:pass@news.example/?q=<script>&a='\"",
    "file:///etc/passwd",
)
LONG = "gallium" * 9_000  # one word


def records() -> list[dict[str, str]]:
    """One article a payload, in every field that an article has."""
    found = []
    for number, payload in enumerate(PAYLOADS):
        text = SAYS.format(f"gallium {payload}", payload, "graphite")
        address = ADDRESSES[number % len(ADDRESSES)]
        fields = {"id": f"h{number} {payload}", "title": payload, "publisher": payload, "author": payload}
        found.append({**fields, "text": text, "url": address, "language": "en", "published": "2025-05-06"})
    found.append({"id": "long", "title": LONG[:5_000], "text": SAYS.format("gallium", LONG, "tin")})
    found.append({"id": "nul", "title": "a\0b\x1b[31m", "text": SAYS.format("gallium", "\x07\x1b[2J\x9b", "tin")})
    return found


def add(database: Path) -> Path:
    """Archive the articles into a database, and write payloads into what the program itself would not have put there.

    So pages must not rely on what comes before them: addresses of articles, names and ids of things, predicates.
    """
    source = database.with_name("hostile.jsonl")
    source.write_text("".join(json.dumps(record) + "\n" for record in records()), encoding="utf-8")
    done = archive_sources.run(source, "--to", database, "--quiet", "-j", 1)
    assert done.returncode == 0, done.stderr
    with closing(sqlite3.connect(database)) as connection, connection:
        _poison(connection)
    return database


def _poison(connection: sqlite3.Connection) -> None:
    keys = [key for (key,) in connection.execute("SELECT key FROM documents WHERE doc_id LIKE 'h%' ORDER BY doc_id")]
    assert len(keys) == len(PAYLOADS)
    for number, key in enumerate(keys):
        payload, address = PAYLOADS[number], ADDRESSES[number % len(ADDRESSES)]
        connection.execute("UPDATE documents SET url = ?, source = ? WHERE key = ?", (address, payload, key))
        thing = f"COMPANY:{payload}"
        mention = connection.execute("SELECT id FROM mentions WHERE document = ? LIMIT 1", (key,)).fetchone()[0]
        connection.execute(
            "INSERT OR IGNORE INTO entities VALUES (?, ?, ?, ?, '')", (thing, "COMPANY", payload, payload)
        )
        connection.execute(
            "UPDATE mentions SET entity = ?, text = ? WHERE document = ? AND id = ?", (thing, payload, key, mention)
        )
        connection.execute(
            "UPDATE claims SET subject_entity = ?, attribution = ?, target = ? WHERE document = ?",
            (thing, payload, payload, key),
        )
        connection.execute("UPDATE evidence SET text = ? WHERE document = ?", (payload, key))
