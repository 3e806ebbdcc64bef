"""Charts of the models' card as SVG files; equal figures give equal files. Needs matplotlib (claimstake[build])."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claimstake.errors import ConfigError

if TYPE_CHECKING:
    from claimstake.training.measuring import Level

RELIABILITY, PRECISION_RECALL = "reliability.svg", "precision-recall.svg"
SIDE = 3.6  # inches of a panel
NAMED = (0.5, 0.7, 0.9)  # levels of --min-confidence that are written beside their points
STYLE = {"svg.hashsalt": "claimstake", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
COLOURS = ("#1f5f8b", "#c4561e")


def check(path: Path) -> None:
    """Refuse a chart that could not be drawn, before anything is measured.

    Raises:
        ConfigError: matplotlib is not installed, or the file is not called .svg.
    """
    if path.suffix != ".svg":
        raise ConfigError(f"--plot {path}: the chart is an SVG file; give it a name that ends in .svg")
    if find_spec("matplotlib") is None:
        raise ConfigError("--plot needs matplotlib, which is not installed; install claimstake[build]")


def draw(
    calibration: Mapping[str, Mapping[str, Any]], curves: Mapping[str, Sequence[Level]], folder: Path
) -> list[Path]:
    """Draw the reliability diagrams and the precision-recall curves.

    Args:
        calibration: what was judged, such as "claims", to what `card.reliability` found.
        curves: name of a set of articles to the figures of its claims by least confidence.
        folder: to write to.

    Returns:
        The files written; none where matplotlib is not installed.
    """
    if find_spec("matplotlib") is None:
        return []
    import matplotlib

    folder.mkdir(parents=True, exist_ok=True)
    with matplotlib.rc_context(STYLE):
        return [
            save(_reliability(calibration), folder / RELIABILITY),
            save(_precision_recall(curves), folder / PRECISION_RECALL),
        ]


def save(figure: Any, path: Path) -> Path:
    """Write a figure as SVG without anything that differs from run to run."""
    figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line.rstrip() for line in lines) + "\n", encoding="utf-8")
    return path


def _reliability(calibration: Mapping[str, Mapping[str, Any]]) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(SIDE * max(1, len(calibration)), SIDE), layout="constrained", facecolor="white")
    for number, (name, found) in enumerate(calibration.items(), 1):
        axes = figure.add_subplot(1, len(calibration), number)
        bins = found["bins"]
        axes.plot((0, 1), (0, 1), color="#999999", linewidth=0.8, linestyle="--")
        middles = [(b["from"] + b["to"]) / 2 for b in bins]
        axes.bar(middles, [b["right"] for b in bins], width=0.085, color=COLOURS[0], alpha=0.35)
        axes.plot([b["confidence"] for b in bins], [b["right"] for b in bins], "o-", color=COLOURS[0], markersize=4)
        for middle, one in zip(middles, bins, strict=True):
            axes.text(middle, 0.01, f"{one['number']:,}", ha="center", va="bottom", fontsize=6)
        axes.set(title=f"{name}, ECE {found['ece']:.3f}", xlabel="confidence", ylabel="share right")
        axes.set(xlim=(0, 1), ylim=(0, 1.02))
    return figure


def _precision_recall(curves: Mapping[str, Sequence[Level]]) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(SIDE * 1.4, SIDE), layout="constrained", facecolor="white")
    axes = figure.add_subplot()
    for colour, (name, levels) in zip(COLOURS, curves.items(), strict=False):
        axes.plot([x.recall for x in levels], [x.precision for x in levels], ".-", color=colour, label=name)
        for one in levels:
            if one.level in NAMED:
                point = (one.recall, one.precision)
                axes.annotate(f"{one.level}", point, (4, 4), textcoords="offset points", fontsize=7, color=colour)
    axes.set(title="claims by --min-confidence", xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))
    if curves:
        axes.legend(frameon=False, loc="lower left")
    return figure
