"""The steps from corpus and raw text to the models, each run only where what it reads has changed.

    silver      teacher and rules over the raw texts; gold mentions on the teacher's parse of train and dev articles
    student     the neural base distilled from silver
    recogniser  fine-tuned on train articles: three copies that each leave a third out, and the base itself
    body, thresholds, mentions, claims, triage, ablations, card
                modules of `claimstake.training` with a function of one argument `context` (its name: `FUNCTIONS`, else
                train), which save under the base's folder, in trained/claimstake_<name>

A step's inputs are files, settings, the code it names and what earlier steps wrote. Their hashes stand in steps.json in
the work folder. The rules that annotate are not among them: after a change of rules, silver is made anew by --force.
"""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import json
import time
import zlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from claimstake import __version__
from claimstake.bases import MODEL
from claimstake.errors import ConfigError, CorpusError
from claimstake.pipeline import BASE, TRAINED
from claimstake.training import splits
from claimstake.training.base import write_manifest

FOLDS = 3
STATE = "steps.json"
RAW = (".jsonl", ".jsonl.gz")
# Steps that are modules of their own, with the steps they need where those have run.
HOOKS = {
    "body": ("recogniser",),
    "thresholds": ("recogniser",),
    "mentions": ("recogniser", "body", "thresholds"),
    "claims": ("recogniser", "mentions"),
    "triage": ("mentions", "claims", "body", "thresholds"),
    "ablations": ("recogniser", "mentions", "claims", "body", "thresholds"),
    "card": ("recogniser", "mentions", "claims", "body", "thresholds", "triage", "ablations"),
}
FUNCTIONS = {"card": "write", "body": "step", "thresholds": "step"}  # the others have `train`
Result = dict[str, Any]
Watch = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Context:
    """What training steps work on.

    Attributes:
        corpus: folder with `articles` and `splits.tsv`.
        work: folder of what is made on the way.
        out: folder of the models.
        raw: folder of .jsonl[.gz] with unlabelled texts; None distils on the train articles.
        seed: of everything random.
        quick: a few steps only, to see that everything runs.
        watch: told how far a step is.
    """

    corpus: Path
    work: Path
    out: Path
    raw: Path | None = None
    seed: int = 7
    quick: bool = False
    watch: Watch | None = None

    @property
    def articles(self) -> Path:
        return self.corpus / "articles"

    @cached_property
    def splits(self) -> dict[str, str]:
        """Article id to train, dev or test."""
        return splits.read(self.corpus / "splits.tsv")

    @property
    def folds(self) -> list[tuple[int, Path]]:
        """Fold number and the run-time base that has not learned the train articles of that fold."""
        return [(number, self.work / f"fold{number}") for number in range(FOLDS)]

    @property
    def base(self) -> Path:
        """The run-time base that learned all train articles."""
        return self.out / MODEL

    @property
    def student(self) -> Path:
        return self.work / "student"

    @property
    def silver(self) -> Path:
        return self.work / "silver"

    @property
    def raw_files(self) -> list[Path]:
        """Files of raw texts, sorted by name.

        Raises:
            ConfigError: the folder has none.
        """
        if self.raw is None:
            return []
        found = sorted(p for p in self.raw.iterdir() if p.name.endswith(RAW)) if self.raw.is_dir() else []
        if not found:
            raise ConfigError(f"{self.raw}: no raw texts there ({', '.join(RAW)})")
        return found

    def fold_of(self, id_: str) -> int:
        """The fold that leaves a train article out."""
        return zlib.crc32(id_.encode()) % FOLDS

    def tell(self, **event: Any) -> None:
        """Say how far a step is."""
        if self.watch is not None:
            self.watch(event)


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        name: as --only takes it.
        work: does it, and returns what to keep of it; "files" names what it wrote besides `outputs`.
        inputs: files and folders it reads besides what `after` wrote.
        outputs: files and folders it writes.
        after: steps it needs.
        code: modules of `claimstake.training` whose change makes it run again.
    """

    name: str
    work: Callable[[Context], Result]
    inputs: Callable[[Context], list[Path]]
    outputs: Callable[[Context], list[Path]]
    after: tuple[str, ...] = ()
    code: tuple[str, ...] = ()


def run(context: Context, only: Collection[str] = (), *, force: bool = False) -> dict[str, str]:
    """Run the steps whose inputs have changed.

    Args:
        context: see `Context`.
        only: names of steps; empty runs all.
        force: run them even where nothing has changed.

    Returns:
        Step name to "done", "unchanged" or "absent" (its module has no such function).

    Raises:
        ConfigError: there is no such step, or one that it needs has not run.
        CorpusError: the corpus lacks articles or splits, or does not parse.
    """
    steps = plan()
    if unknown := set(only) - {step.name for step in steps}:
        raise ConfigError(f"no such step: {', '.join(sorted(unknown))}; there are {', '.join(s.name for s in steps)}")
    _check(context)
    return {step.name: _one(step, context, force) for step in steps if not only or step.name in only}


def plan() -> list[Step]:
    """All steps in their order."""
    from claimstake.training import stages

    silver = Step(
        "silver",
        stages.make_silver,
        lambda c: [*_corpus(c), *c.raw_files],
        lambda c: [c.silver],
        code=("silver", "base", "stages"),
    )
    code = ("silver", "augment", "neural", "student", "stages")
    student = Step("student", stages.make_student, lambda _: [], lambda c: [c.student], ("silver",), code)
    bases = Step(
        "recogniser",
        stages.make_recogniser,
        lambda _: [],
        lambda c: [*(path for _, path in c.folds), *(c.base / name for name in BASE)],
        ("silver", "student"),
        code,
    )
    return [silver, student, bases, *(_hook(name, after) for name, after in HOOKS.items())]


def _corpus(context: Context) -> list[Path]:
    return [context.articles, context.corpus / "splits.tsv"]


def _hook(name: str, after: tuple[str, ...]) -> Step:
    outputs: Callable[[Context], list[Path]] = lambda c: [c.base / TRAINED / f"claimstake_{name}"]  # noqa: E731
    return Step(name, lambda c: _called(name, c), _corpus, outputs, after, (name,))


def _called(name: str, context: Context) -> Result:
    """Run a module's function; what it writes into the base's folder goes into the base's manifest."""
    function = _function(name)
    result = dict(function(context)) if function else {}
    if (context.base / "config.cfg").is_file():
        write_manifest(context.base)
    return result


def _function(name: str) -> Callable[[Context], Result] | None:
    """A module's function of one argument `context`; None where it has none."""
    if importlib.util.find_spec(f"claimstake.training.{name}") is None:
        return None
    found = getattr(importlib.import_module(f"claimstake.training.{name}"), FUNCTIONS.get(name, "train"), None)
    return found if found is not None and list(inspect.signature(found).parameters) == ["context"] else None


def _one(step: Step, context: Context, force: bool) -> str:
    if step.name in HOOKS and _function(step.name) is None:
        context.tell(step=step.name, state="absent")
        return "absent"
    state = read_state(context.work)
    key = _key(step, context, state)
    if not force and state.get(step.name, {}).get("key") == key and _unchanged(state[step.name]["outputs"]):
        context.tell(step=step.name, state="unchanged")
        return "unchanged"
    context.tell(step=step.name, state="begins")
    began = time.monotonic()
    result = step.work(context)
    written = [*step.outputs(context), *(Path(p) for p in result.pop("files", ()))]
    seconds = round(time.monotonic() - began, 1)
    state[step.name] = {"key": key, "seconds": seconds, "outputs": hashes(written), "result": result}
    context.work.mkdir(parents=True, exist_ok=True)
    (context.work / STATE).write_text(json.dumps(state, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    context.tell(step=step.name, state="done", seconds=seconds, **result)
    return "done"


def read_state(work: Path) -> dict[str, Any]:
    """What is known of the steps that have run: key, seconds, hashes of outputs, result."""
    path = work / STATE
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def hashes(paths: list[Path]) -> dict[str, str]:
    """SHA-256 of every file among files and folders; manifests hold hashes themselves and are left out."""
    return {
        str(file): hashlib.sha256(file.read_bytes()).hexdigest()
        for path in paths
        for file in ([path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file()))
        if file.name != "manifest.json"
    }


def _unchanged(outputs: dict[str, str]) -> bool:
    return all(
        (file := Path(name)).is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == digest
        for name, digest in outputs.items()
    )


def _key(step: Step, context: Context, state: dict[str, Any]) -> str:
    """Hash of all that a step's output depends on.

    Raises:
        ConfigError: a step that it needs has not run.
    """
    missing = [name for name in step.after if name not in state and name not in HOOKS]
    if missing:
        raise ConfigError(f"the step {step.name} needs {missing[0]}, which has not run: --only {missing[0]}")
    code = [Path(__file__).with_name(f"{name}.py") for name in step.code]
    needed = {name: sorted(state[name]["outputs"].values()) for name in step.after if name in state}
    settings = {"version": __version__, "seed": context.seed, "quick": context.quick, "raw": context.raw is not None}
    digests = sorted(hashes(step.inputs(context)).values())
    whole = [settings, digests, sorted(hashes([p for p in code if p.is_file()]).values()), needed]
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def _check(context: Context) -> None:
    if not context.articles.is_dir() or not (context.corpus / "splits.tsv").is_file():
        raise CorpusError(f"{context.corpus}: holds no corpus (articles and splits.tsv)")
