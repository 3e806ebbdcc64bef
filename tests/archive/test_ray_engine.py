"""Runs on a Ray cluster of several nodes: the same rows as without, also when actors are killed on the way."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import pool_work
from claimstake import cli
from claimstake.archive.ray_engine import RayEngine
from claimstake.archive.run import Options, Summary, archive
from claimstake.errors import ConfigError, WorkerError
from claimstake.readers.items import Item
from claimstake.store.opening import open_sql
from store_runs import contents

ray = pytest.importorskip("ray", reason="needs claimstake[ray]")

NODES = 3
DOCUMENTS = 150
SENTENCES = (
    "China's Ministry of Commerce banned exports of gallium to the United States.",
    "Albemarle produces lithium at Silver Peak in Nevada.",
    "The European Commission proposed Regulation {number} on batteries.",
    "Indonesia suspended exports of nickel ore in {number}.",
    "The village choir met at noon for the {number}th time.",
)

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Several nodes with a core each, every one a raylet of its own."""
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(Path(pool_work.__file__).parent), before)))
    memory = {"object_store_memory": 100_000_000}
    found = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False, **memory})
    for _ in range(NODES - 1):
        found.add_node(num_cpus=1, **memory)
    yield found
    found.shutdown()
    if before is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = before


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Documents, one of them empty."""
    path = tmp_path_factory.mktemp("news") / "news.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(DOCUMENTS):
            text = " ".join(s.format(number=number) for s in SENTENCES[number % 3 :]) if number != 40 else ""
            file.write(json.dumps({"id": f"n{number}", "text": text, "published": "2025-02-03"}) + "\n")
    return path


def actors() -> list[int]:
    """Processes of actors that hold the pipeline or other work."""
    found = []
    for status in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            name = status.read_bytes()
        except OSError:  # it has just ended
            continue
        if name.startswith(b"ray::") and b"Annotator" in name:
            found.append(int(status.parent.name))
    return found


class KillOne:
    """Looks on, and kills an actor when the first documents are written."""

    def __init__(self) -> None:
        self.killed: list[int] = []

    def tick(self, summary: Summary) -> None:
        if summary.documents and not self.killed:
            for pid in actors()[:1]:
                os.kill(pid, signal.SIGKILL)
                self.killed.append(pid)

    def failed(self, failed: Any) -> None:
        """Nothing."""


def test_the_same_rows_though_an_actor_is_killed(cluster: Any, news: Path, tmp_path: Path) -> None:
    """Nothing is lost, nothing comes twice."""
    undisturbed = open_sql(str(tmp_path / "a.db"))
    archive([news], undisturbed, Options(workers=1))
    disturbed = open_sql(str(tmp_path / "b.db"))
    watch = KillOne()
    engine = RayEngine(cluster.address, workers=NODES, window=12_000)  # several windows
    summary = archive([news], disturbed, Options(), engine=engine, watch=watch)
    assert watch.killed
    assert (summary.documents, summary.failures, summary.state) == (DOCUMENTS - 1, 1, "complete")
    assert summary.claims > DOCUMENTS
    assert contents(disturbed) == contents(undisturbed)


def test_a_run_that_is_stopped_goes_on(cluster: Any, news: Path, tmp_path: Path) -> None:
    """What was committed is not done again."""
    path = str(tmp_path / "c.db")
    begun = time.monotonic()

    def later() -> bool:
        return summary.documents > 0 or time.monotonic() - begun > 120

    summary = Summary()
    engine = RayEngine(cluster.address, workers=NODES, stopped=later, window=8_000)
    archive([news], open_sql(path), Options(), engine=engine, stopped=later, summary=summary)
    assert summary.state == "interrupted"
    assert 0 < summary.documents < DOCUMENTS - 1
    rest = archive([news], open_sql(path), Options(workers=1))
    assert rest.known == summary.documents + summary.failures
    assert summary.documents + rest.documents == DOCUMENTS - 1


def items(*words: str) -> list[Item]:
    return [Item(word, word, "text", word.encode()) for word in words]


class Words:
    """`pool_work.Squares` over the ids of items."""

    def __init__(self, starts: Path) -> None:
        self._squares = pool_work.Squares(starts)

    def load(self) -> None:
        self._squares.load()

    def __call__(self, batch: list[Item]) -> list[Any]:
        return self._squares([item.id for item in batch])


@pytest.fixture
def by_value() -> Iterator[None]:
    """The cluster does not know this module."""
    from ray import cloudpickle

    module = __import__("sys").modules[__name__]
    cloudpickle.register_pickle_by_value(module)
    yield
    cloudpickle.unregister_pickle_by_value(module)


@pytest.mark.usefixtures("by_value")
def test_items_that_kill_or_hang_are_given_up(cluster: Any, tmp_path: Path) -> None:
    """Their neighbours are done, and everything stands in its place."""
    engine = RayEngine(cluster.address, workers=2, timeout=4)
    batches = [items("a", "b"), items("c", "die", "d"), items("e"), items("hang", "f")]
    found = [one for batch in engine(Words(tmp_path / "starts"), batches) for one in batch]
    assert [one if isinstance(one, str) else one.failures[0].source for one in found] == [
        *("a", "b", "c", "die", "d", "e", "hang", "f")
    ]
    assert {one.failures[0].stage for one in found if not isinstance(one, str)} == {"worker"}
    assert [one for one in found if isinstance(one, str)] == ["a", "b", "c", "d", "e", "f"]


@pytest.mark.usefixtures("by_value")
def test_work_that_cannot_be_loaded_is_said(cluster: Any) -> None:
    with pytest.raises(WorkerError, match="no model here.*every node"):
        list(RayEngine(cluster.address)(pool_work.Unloadable(dies=False), [items("a")]))


def test_no_cluster_at_the_address() -> None:
    with pytest.raises(ConfigError, match=r"no Ray cluster answers at 127\.0\.0\.1:1"):
        list(RayEngine("127.0.0.1:1")(pool_work.Unloadable(dies=False), [items("a")]))


def test_nothing_to_do_needs_no_cluster() -> None:
    assert list(RayEngine("127.0.0.1:1")(pool_work.Unloadable(dies=False), [])) == []


def test_the_command(news: Path, tmp_path: Path) -> None:
    """`--engine ray` alone starts a Ray on this machine, and takes it down again."""
    sink = tmp_path / "d.db"
    result = CliRunner().invoke(
        cli.app, ["archive", str(news), "--to", str(sink), "--engine", "ray", "--workers", "2", "--json"]
    )
    summary = json.loads(result.stdout.splitlines()[-1])
    assert (result.exit_code, summary["documents"], summary["failures"]) == (1, DOCUMENTS - 1, 1)
    assert not ray.is_initialized()


def test_an_address_without_the_engine(news: Path) -> None:
    result = CliRunner().invoke(cli.app, ["archive", str(news), "--address", "auto"])
    assert result.exit_code == 2
    assert "--engine ray" in result.stderr
