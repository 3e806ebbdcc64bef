"""How quick `claimstake serve` annotates, and whether it stands a crowd: bounded load, on loopback alone.

python tools/serve_load.py                                    4 requests at once for 20 s, articles of 500 words
python tools/serve_load.py --at-once 200 --seconds 60         a crowd: nothing but 200 and 429
python tools/serve_load.py --articles raw.jsonl.gz            real articles of 500 words, less dense than the examples
python tools/serve_load.py --address http://127.0.0.1:8321    a server that runs

Prints JSON: quantiles of the 200s in milliseconds, answers by status, processor time by process. Ends with 1 where an
answer was neither 200 nor 429, or the 95th percentile lies above --p95.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import ipaddress
import json
import math
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from urllib.parse import urlsplit

import psutil

EXAMPLES = Path(__file__).parents[1] / "corpus" / "examples"
LONGEST = 60.0  # seconds for one answer
STARTED = 120.0


@dataclass
class Tally:
    """What came back.

    Attributes:
        seconds: of each 200.
        statuses: answers by status; a connection that broke by the name of its error.
    """

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)


def texts(words: int, number: int = 40) -> list[str]:
    """Articles of so many words, made of the bundled examples' paragraphs in turn."""
    files = (path.read_text(encoding="utf-8") for path in sorted(EXAMPLES.glob("*.txt")))
    paragraphs = [part for text in files for part in text.split("\n\n") if len(part.split()) > 12]
    found = []
    for first in range(number):
        parts: list[str] = []
        for place in count(first):
            parts.append(paragraphs[place % len(paragraphs)])
            whole = "\n\n".join(parts)
            if len(whole.split()) >= words:
                break
        while len(whole.split()) > words:
            whole = whole.rpartition(" ")[0]
        found.append(whole)
    return found


def articles(path: Path, words: int, number: int = 200) -> list[str]:
    """Texts of a .jsonl or .jsonl.gz that have about so many words (a tenth more or less), as they are."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        read = (json.loads(line)["text"] for line in lines)
        return list(islice((text for text in read if abs(len(text.split()) - words) <= words / 10), number))


async def load(address: str, bodies: list[bytes], at_once: int, seconds: float, pause: float) -> Tally:
    """Ask again and again, on so many connections, for so long."""
    tally, numbers = Tally(), count()
    until = time.monotonic() + seconds
    host, port = urlsplit(address).hostname, urlsplit(address).port
    assert host is not None
    assert port is not None

    async def client() -> None:
        while time.monotonic() < until:
            try:
                reader, writer = await asyncio.open_connection(host, port)
            except OSError as error:
                tally.statuses[type(error).__name__] += 1
                await asyncio.sleep(pause)
                continue
            try:
                await asked(reader, writer)
            except (OSError, EOFError, TimeoutError) as error:
                tally.statuses[type(error).__name__] += 1
            finally:
                writer.close()

    async def asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while time.monotonic() < until:
            began = time.perf_counter()
            writer.write(bodies[next(numbers) % len(bodies)])
            status, closes = await asyncio.wait_for(_answer(reader), LONGEST)
            tally.statuses[str(status)] += 1
            if status == 200:
                tally.seconds.append(time.perf_counter() - began)
            else:
                await asyncio.sleep(pause)
            if closes:
                return

    await asyncio.gather(*(client() for _ in range(at_once)))
    return tally


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = head.partition("content-length:")[2].partition("\r\n")[0].strip()
    if not length:
        raise EOFError("an answer without a length")
    await reader.readexactly(int(length))
    return int(head.split(" ", 2)[1]), "connection: close" in head


def request(address: str, text: str) -> bytes:
    """The bytes of a request."""
    body = json.dumps({"text": text}).encode()
    host = urlsplit(address).netloc
    head = f"POST /v1/annotate HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def quantile(ordered: list[float], share: float) -> float | None:
    """In milliseconds: the smallest value that so large a share does not exceed."""
    return round(1000 * ordered[max(0, math.ceil(share * len(ordered)) - 1)], 1) if ordered else None


@contextmanager
def server(workers: int) -> Iterator[tuple[str, int]]:
    """Address and process id of a server of our own, on an empty database."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "claimstake", "serve", "--db", f"{folder}/load.db", "--port", "0", "--json"]
        process = subprocess.Popen([*command, "--workers", str(workers)], stdout=subprocess.PIPE)
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["ready"], process.pid
        finally:
            process.terminate()
            process.wait(STARTED)


def processor(pid: int | None) -> dict[int, float]:
    """Seconds of processor time so far of a server and of each of its workers."""
    if pid is None:
        return {}
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return {one.pid: sum(one.cpu_times()[:2]) for one in family}


def measure(address: str, pid: int | None, asked: argparse.Namespace) -> dict[str, object]:
    """Warm up, then load, and say how it went."""
    taken = articles(asked.articles, asked.words) if asked.articles else texts(asked.words)
    bodies = [request(address, text) for text in taken]
    asyncio.run(load(address, bodies, min(asked.at_once, 4), 2.0, asked.pause))
    before, own, began = processor(pid), time.process_time(), time.monotonic()
    tally = asyncio.run(load(address, bodies, asked.at_once, asked.seconds, asked.pause))
    took, spent = time.monotonic() - began, processor(pid)
    ordered, good = sorted(tally.seconds), max(1, len(tally.seconds))
    used = {one: 1000 * (seconds - before.get(one, 0)) / good for one, seconds in spent.items()}
    return {
        "at_once": asked.at_once,
        "seconds": round(took, 1),
        "words": asked.words,
        "answers": dict(sorted(tally.statuses.items())),
        "per_second": round(len(ordered) / took, 1),
        "ms": {f"p{round(100 * share)}": quantile(ordered, share) for share in (0.5, 0.95, 0.99, 1.0)},
        "processor_ms_per_200": {
            "server": round(used.get(pid or 0, 0), 1),
            "workers": round(sum(ms for one, ms in used.items() if one != pid), 1),
            "client": round(1000 * (time.process_time() - own) / good, 1),
        },
    }


def main() -> int:
    """Parse, load, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--address", help="of a server that runs, without a login; starts its own otherwise")
    parser.add_argument("--at-once", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--words", type=int, default=500)
    parser.add_argument(
        "--articles", type=Path, help=".jsonl of texts, such as real articles; else the examples' words"
    )
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--pause", type=float, default=0.1, help="seconds after an answer other than 200")
    parser.add_argument("--p95", type=float, help="milliseconds that the 95th percentile may not exceed")
    asked = parser.parse_args()
    if asked.address:
        if not ipaddress.ip_address(urlsplit(asked.address).hostname or "").is_loopback:
            parser.error("loads loopback alone")
        found = measure(asked.address, None, asked)
    else:
        with server(asked.workers) as (address, pid):
            found = measure(address, pid, asked)
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    late = asked.p95 is not None and (found["ms"]["p95"] is None or found["ms"]["p95"] > asked.p95)
    return 1 if late or set(found["answers"]) - {"200", "429"} else 0


if __name__ == "__main__":
    sys.exit(main())
