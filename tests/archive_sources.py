"""Small archives of articles, and `claimstake archive` over them as users start it."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

MINERALS = ("gallium", "germanium", "antimony", "graphite", "tungsten", "indium", "bismuth", "dysprosium")
PLACES = ("China", "Indonesia", "Chile", "Vietnam", "Malaysia", "Australia", "Zimbabwe", "Kazakhstan")
MONTHS = ("January", "March", "May", "July", "September", "November")
OFF_TOPIC = (
    "Our community center invites you: the festival is back this week, with live bands, a lifestyle show and games. "
    "Follow our online news across all platforms, reach our marketing team and share your experiences and images. "
    "The management took positive action, and the team has helped individuals improve their health for months. "
    "She loves to cook and play tennis with friends; her original book about love is the latest release of a press "
    "in Florida, and each of our clients gives strong support toward the growth of digital services and brands.\n"
)
WITH = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"}
WITH["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)


def text(number: int) -> str:
    """A short article with a claim or two; no two numbers have the same."""
    chance = random.Random(number)
    place, other = chance.sample(PLACES, 2)
    mineral, second = chance.sample(MINERALS, 2)
    day, month = chance.randint(1, 28), chance.choice(MONTHS)
    return (
        f"{place} will ban exports of {mineral} to {other} from {month} {day}, 2025, the ministry said in notice "
        f"{number}. Shipments of {second} need a licence if their purity is above {chance.randint(90, 99)}%. "
        f"Traders in {other} expect higher prices for {mineral}.\n"
    )


def off_topic(number: int, length: int) -> str:
    """A text of some length in characters that the gate lets pass unread."""
    return f"Program {number}. " + OFF_TOPIC * (length // len(OFF_TOPIC))


def folder(path: Path, numbers: range) -> Path:
    """A folder of text files, in two folders."""
    for number in numbers:
        file = path / ("even" if number % 2 == 0 else "odd") / f"a{number:05}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text(number), encoding="utf-8")
    return path


def lines(path: Path, numbers: range) -> Path:
    """A JSON Lines file."""
    records = ({"id": f"r{n}", "text": text(n), "published": f"2025-02-{n % 28 + 1:02}"} for n in numbers)
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def bad_documents(path: Path) -> list[Path]:
    """What cannot be read: an empty file, binary data, a cut PDF, a cut zip; and in lines, one that is no JSON."""
    path.mkdir()
    (path / "empty.txt").write_bytes(b"")
    (path / "binary.txt").write_bytes(bytes(range(256)) * 40)
    (path / "cut.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n<<")
    (path / "mixed.jsonl").write_text(json.dumps({"id": "good", "text": text(90_001)}) + "\n{oops\n", encoding="utf-8")
    with zipfile.ZipFile(path / "whole.zip", "w") as file:
        for number in range(90_100, 90_105):
            file.writestr(f"in/{number}.txt", text(number))
    whole = (path / "whole.zip").read_bytes()
    (path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    return sorted(path.iterdir())


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "claimstake", "archive", *map(str, words)]


def start(*words: object, **more: Any) -> subprocess.Popen[str]:
    """The command, running."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
    return subprocess.Popen(command(*words), text=True, encoding="utf-8", env=WITH, **pipes)


def run(*words: object, **more: Any) -> subprocess.CompletedProcess[str]:
    """The command, to its end."""
    more = {"capture_output": True, "timeout": 120, **more}
    return subprocess.run(command(*words), text=True, encoding="utf-8", env=WITH, check=False, **more)


def summary(output: str) -> dict[str, Any]:
    """The last line of --json."""
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    assert found["event"] == "summary"
    return found
