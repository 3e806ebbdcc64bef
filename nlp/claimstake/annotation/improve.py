"""From corrected documents to a better model, or to the reasons why not: check, retrain, weigh, promote or refuse.

Everything lies in one folder: what was learned and what was kept apart (`learned.jsonl`, `held-out.jsonl`), the
candidate model, proposed names (`names.toml`) and the report. Steps whose inputs have not changed are not done again.
"""

from __future__ import annotations

import datetime
import json
import random
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from claimstake import pipeline, promotion, scoring
from claimstake.annotation import folder, naming, weighing
from claimstake.annotation.lessons import Lessons, lessons
from claimstake.annotation.stepping import Steps, Watch, digest_of
from claimstake.errors import CorpusError
from claimstake.evaluation.bootstrap import RESAMPLES
from claimstake.interchange import formats
from claimstake.interchange.contract import Losses
from claimstake.records import AnnotatedDocument
from claimstake.scoring import Documents
from claimstake.training import adapt, retrain
from claimstake.training.inline import Annotated

PULLED, CANDIDATE, NAMES, REPORT = "pulled", "candidate", "names.toml", "report"
LEARNED, APART, LEFT_OUT = "learned.jsonl", "held-out.jsonl", "left-out.json"
KEPT, KNOWN = "kept-apart.json", "learned-before.json"  # ids, of all rounds in the folder
MEASURED_PARTS = ("dev", "test")  # of the corpus: no copy of these may be learned
PROMOTED, WOULD, REFUSED, UNCHANGED, CHECKED = "promoted", "would be promoted", "refused", "unchanged", "checked"


@dataclass(frozen=True)
class Settings:
    """What a round works with.

    Attributes:
        out: folder of everything that is made.
        source: annotated documents, or a pulled folder.
        model: that is to become better; None takes the packaged one.
        gold: what must not get worse; None takes the corpus's dev articles.
        corpus: folder with articles and splits.tsv that is rehearsed; None takes the one that comes with claimstake.
        with_problems: learn also documents that a pull did not wholly understand.
        steps, seed: of retraining.
        promote: whether the candidate takes the model's place where nothing speaks against it.
        dry_run: stop after the check.
        floors: what the candidate must reach on gold.
        tolerated: see `weighing.refusals`.
        resamples: for intervals.
    """

    out: Path
    source: Path
    model: Path | None = None
    gold: Path | None = None
    corpus: Path | None = None
    with_problems: bool = False
    steps: int = retrain.STEPS
    seed: int = 7
    promote: bool = True
    dry_run: bool = False
    floors: Mapping[str, float] = field(default_factory=dict)
    tolerated: float = weighing.TOLERATED
    resamples: int = RESAMPLES

    @property
    def current(self) -> Path:
        return self.model or pipeline.base_path()

    @property
    def rehearsed(self) -> Path:
        return self.corpus or retrain.corpus_path()

    def path(self, name: str) -> Path:
        return self.out / name


def improve(
    settings: Settings,
    watch: Watch | None = None,
    pull: Callable[[], dict[str, Any]] | None = None,
    shown: weighing.Watch = lambda _: iter,
) -> dict[str, Any]:
    """Do a round.

    Args:
        settings: see there.
        watch: told what is being done.
        pull: fills `settings.source` first.
        shown: shows how far the reading of documents is.

    Returns:
        The report as JSON, which also lies in the folder, with "verdict": promoted, would be promoted, refused,
        unchanged (these documents were learned and promoted before) or checked.

    Raises:
        CorpusError: no document can be learned, or gold does not parse.
        ModelError: the model is missing or damaged, or is no neural base.
    """
    steps = Steps(settings.path("steps.json"), watch)
    pipeline.verify(settings.current)
    if pull is not None:
        steps.run("pull", None, pull)
    gold = _gold(settings)
    chosen: list[Lessons] = []
    steps.run("check", None, lambda: _checked(settings, gold, chosen))
    (found,) = chosen
    report = _begun(settings, found)
    if _promoted_before(settings, report["key"]):
        verdict = CHECKED if settings.dry_run else UNCHANGED
        return _written(settings, _report(settings) | {"verdict": verdict, "documents": report["documents"]})
    if settings.dry_run:
        return _written(settings, report | {"verdict": CHECKED})
    candidate = settings.path(CANDIDATE)
    _write_json(settings.path(KNOWN), sorted({*_ids(settings.path(KNOWN)), *(d.doc.id for d in found.learned)}))
    report["retrained"] = steps.run(
        "retrain", _retrain_key(settings, report), lambda: _retrained(settings, found, steps), [candidate]
    )
    report |= steps.run(
        "evaluate",
        [_retrain_key(settings, report), report["key"], dict(settings.floors), settings.resamples, _digest(gold)],
        lambda: _evaluated(settings, found, gold, shown),
        [settings.path(NAMES)],
    )
    report["refusals"] = weighing.refusals(report["figures"], len(found.held_out), settings.tolerated)
    steps.run("promote", None, lambda: judged(settings, report))
    return _written(settings, report | {"seconds": steps.seconds, "unchanged": sorted(steps.unchanged)})


# --- check ------------------------------------------------------------------------------------------------------------


def read_source(path: Path, losses: Losses) -> list[AnnotatedDocument]:
    """The documents of a pulled folder, or of a file or folder of any format.

    Raises:
        ConfigError: nothing is there, or nobody can tell its format.
        CorpusError: there is no document in it.
    """
    file = path / folder.DOCUMENTS
    source = file if file.is_file() else path
    return list(formats.recognised(source).read(source, losses))


def read_problems(path: Path) -> dict[str, list[str]]:
    """What a pull did not understand, or annotators did not agree on, by document; empty where nothing was pulled."""
    file = path / folder.PROBLEMS
    found: dict[str, list[str]] = {}
    for line in file.read_text(encoding="utf-8").split("\n") if file.is_file() else ():
        if line:
            row = json.loads(line)
            found.setdefault(str(row["document"]), []).append(str(row["problem"]))
    return found


def read_unconfirmed(path: Path) -> dict[str, str]:
    """Documents of a pulled folder that nobody has ticked (`pull --all`), with the reason not to learn them.

    Raises:
        ConfigError: the folder's manifest is damaged, or a pull was stopped while it wrote the folder.
    """
    if not (path / folder.MANIFEST).is_file() and not (path / folder.NEW).is_dir():
        return {}
    rows = (row for row in folder.read_manifest(path)["layers"] if row["chosen"] and not row["confirmed"])
    return {row["document"]: "nobody has confirmed (ticked) it in doccano" for row in rows}


def _checked(settings: Settings, gold: Documents, chosen: list[Lessons]) -> dict[str, Any]:
    losses = Losses()
    unconfirmed = read_unconfirmed(settings.source)
    found = lessons(
        [d for d in read_source(settings.source, losses) if d.doc.id not in unconfirmed],
        _labels(settings.current),
        _measured(gold, settings.rehearsed),
        problems=read_problems(settings.source),
        with_problems=settings.with_problems,
        failures=losses.failures | unconfirmed,
        kept_apart=_ids(settings.path(KEPT)),
        learned_before=_ids(settings.path(KNOWN)),
    )
    settings.out.mkdir(parents=True, exist_ok=True)
    for name, part in ((LEARNED, found.learned), (APART, found.held_out)):
        lines = (json.dumps(d.to_json(), ensure_ascii=False) + "\n" for d in part)
        settings.path(name).write_text("".join(lines), encoding="utf-8")
    _write_json(settings.path(LEFT_OUT), found.left_out)
    _write_json(settings.path(KEPT), sorted({*_ids(settings.path(KEPT)), *(d.doc.id for d in found.held_out)}))
    if not found.learned:
        reasons = "; ".join(f"{where}: {why[0]}" for where, why in list(found.left_out.items())[:3])
        raise CorpusError(f"{settings.source}: nothing there can be learned" + (f" ({reasons})" if reasons else ""))
    chosen.append(found)
    return found.to_json()


def _ids(file: Path) -> set[str]:
    """Ids that earlier rounds in this folder measured on, or learned."""
    return set(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else set()


def _labels(model: Path) -> set[str]:
    return set(retrain.trainable(model).get_pipe("claimstake_recognizer").labels)


def _measured(gold: Documents, folder: Path) -> dict[str, str]:
    """Id to text of gold, and of the corpus's dev and test articles."""
    found = {d.doc.id: d.doc.text or "" for part in MEASURED_PARTS for d in retrain.corpus_documents(folder, part)}
    return found | {article.id: article.text for article in gold.texts()}


def _gold(settings: Settings) -> Documents:
    if settings.gold is not None:
        return weighing.gold_from(settings.gold)
    return weighing.documents_of(retrain.corpus_documents(settings.rehearsed, "dev"))


# --- retrain and evaluate ---------------------------------------------------------------------------------------------


def _retrain_key(settings: Settings, report: Mapping[str, Any]) -> list[Any]:
    rehearsed = str(settings.rehearsed.resolve())
    return [report["key"]["model"], report["key"]["learned"], settings.steps, settings.seed, rehearsed]


def _retrained(settings: Settings, found: Lessons, steps: Steps) -> dict[str, Any]:
    """Teach a copy of the model, first beside the candidate's place, so that a half-taught one never lies there."""
    candidate, fresh = settings.path(CANDIDATE), settings.path(f"{CANDIDATE}.part")
    for old in (candidate, fresh):
        shutil.rmtree(old, ignore_errors=True)
    start = settings.current
    taught = retrain.teach(
        found.learned,
        fresh,
        start,
        where=str(settings.source),
        steps=settings.steps,
        seed=settings.seed,
        corpus=settings.corpus,
        watch=lambda event: steps.tell(**event),
    )
    corpus = retrain.corpus_documents(settings.rehearsed, "train")
    rehearsed = random.Random(settings.seed).sample(corpus, min(adapt.REHEARSED, len(corpus)))
    own = [annotated(document) for document in found.learned]
    taught["judged"] = adapt.adapt(start, fresh, own, list(map(annotated, rehearsed)))
    fresh.rename(candidate)
    return taught


def annotated(document: AnnotatedDocument) -> Annotated:
    """A record as the corpus's own articles come."""
    about = document.doc.model_dump(include={"id", "title", "published", "text"}, exclude_none=True)
    return Annotated(about, document)


def _evaluated(settings: Settings, found: Lessons, gold: Documents, shown: weighing.Watch) -> dict[str, Any]:
    """Names that are missed, and all figures; of names, only those of learned documents are measured."""
    told = weighing.reading(scoring.pipeline_of(settings.current), weighing.documents_of(found.taken).texts())
    foreign = naming.of_foreign(found.foreign)
    every = [*naming.proposals(found.taken, told), *foreign]
    settings.path(NAMES).write_text(naming.to_toml(every, name=str(settings.path(NAMES))), encoding="utf-8")
    learned = naming.proposals(found.learned, told)
    tried = settings.path("names-of-learned.toml") if learned else None
    if tried is not None:
        tried.write_text(naming.to_toml(learned, name=str(tried)), encoding="utf-8")
    sets = weighing.Sets(gold, weighing.documents_of(found.held_out), weighing.documents_of(found.learned))
    figures = weighing.weigh(
        settings.current,
        settings.path(CANDIDATE),
        sets,
        tried,
        settings.floors,
        resamples=settings.resamples,
        watch=shown,
    )
    if tried is not None:
        tried.unlink()
    return {"figures": figures, "names": [p.to_json() for p in every]}


# --- verdict and report -----------------------------------------------------------------------------------------------


def judged(settings: Settings, report: dict[str, Any]) -> dict[str, Any]:
    """Set the report's verdict, and put the candidate in the model's place where it says so."""
    candidate, current = settings.path(CANDIDATE), settings.current
    if report["refusals"]:
        report["verdict"] = REFUSED
    elif not settings.promote:
        report["verdict"] = WOULD
    else:
        promotion.check(candidate, current)
        try:
            report["previous"] = str(promotion.replace(candidate, current))
        except OSError as error:
            report |= {"verdict": WOULD, "obstacle": f"{current.parent} cannot be written to ({error.strerror})"}
        else:
            report["verdict"] = PROMOTED
            report["key"]["promoted"] = _manifest(current)
    return {"verdict": report["verdict"]}


def _begun(settings: Settings, found: Lessons) -> dict[str, Any]:
    """The report as far as it is known after the check."""
    key = {"model": _manifest(settings.current), "learned": _texts(found.learned), "apart": _texts(found.held_out)}
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "source": str(settings.source),
        "model": str(settings.current),
        "candidate": str(settings.path(CANDIDATE)),
        "out": str(settings.out),
        "gold": str(settings.gold) if settings.gold else "",
        "key": key,
        "documents": found.to_json(),
        "corrections": _corrections(settings.source),
    }


def _corrections(source: Path) -> dict[str, Any] | None:
    """What a pull says that annotators did, without the single changes; None where nothing was pulled."""
    file = source / folder.DIFF
    if not file.is_file():
        return None
    found = json.loads(file.read_text(encoding="utf-8"))
    return {key: found[key] for key in ("documents", "changed", "mentions", "claims") if key in found}


def _promoted_before(settings: Settings, key: Mapping[str, Any]) -> bool:
    """Whether the model is the one that a round in this folder made of the same documents."""
    known = _report(settings).get("key", {})
    return known.get("promoted") == key["model"] and known.get("learned") == key["learned"]


def _report(settings: Settings) -> dict[str, Any]:
    file = settings.path(f"{REPORT}.json")
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def _written(settings: Settings, report: dict[str, Any]) -> dict[str, Any]:
    from claimstake.annotation import reporting

    settings.out.mkdir(parents=True, exist_ok=True)
    _write_json(settings.path(f"{REPORT}.json"), report)
    settings.path(f"{REPORT}.md").write_text(reporting.to_markdown(report), encoding="utf-8")
    return report


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _texts(documents: Sequence[AnnotatedDocument]) -> str:
    return digest_of([d.to_json() for d in documents])


def _digest(gold: Documents) -> str:
    def plain() -> Iterable[Any]:
        for id_, one in gold.annotations.items():
            yield [id_, gold.articles[id_].text, [str(m) for m in one.mentions], [str(c) for c in one.claims]]

    return digest_of(list(plain()))


def _manifest(model: Path) -> str:
    return digest_of((model / "manifest.json").read_text(encoding="utf-8"))
