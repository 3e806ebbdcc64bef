"""Draws learning curves of simulated annotation; needs matplotlib (claimstake[build])."""

from __future__ import annotations

from pathlib import Path
from typing import Any

SIZE = (10.8, 3.7)  # inches
PANELS = {"words": "annotated words", "documents": "annotated documents", "mentions": "annotated mentions"}
MORE_COLOURS = ("#1f5f8b", "#c4561e", "#4a7d3a", "#7a4a8b", "#8a6d1d", "#5a5a5a")
NAMES = {"random": "random order", "uncertainty": "most worth annotating first"}


def draw(report: dict[str, Any], path: Path) -> Path:
    """Draw mean curves over words, documents and mentions, with a band of one standard deviation.

    Args:
        report: of `gain.report`.
        path: an .svg file.
    """
    import matplotlib

    from claimstake.training import plots

    path.parent.mkdir(parents=True, exist_ok=True)
    with matplotlib.rc_context(plots.STYLE):
        return plots.save(_figure(report), path)


def _figure(report: dict[str, Any]) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE, layout="constrained", facecolor="white")
    first = None
    for number, (cost, label) in enumerate(PANELS.items(), 1):
        axes = figure.add_subplot(1, len(PANELS), number, sharey=first)
        _curves(axes, report["mean"][cost])
        axes.set_xlabel(label)
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.grid(axis="y", color="#dddddd", linewidth=0.6)
        first = first or axes
    first.set_ylabel(f"mentions F1 on {report['measured on']} articles")
    first.legend(frameon=False, loc="lower right")
    number = report["setting"]["seeds"]
    figure.suptitle(f"simulated annotation, mean and standard deviation of {number} repetitions", fontsize=10)
    return figure


def _curves(axes: Any, mean: dict[str, dict[str, list[float]]]) -> None:
    for colour, (name, curve) in zip(MORE_COLOURS, mean.items(), strict=False):
        low = [f - d for f, d in zip(curve["f1"], curve["deviation"], strict=True)]
        high = [f + d for f, d in zip(curve["f1"], curve["deviation"], strict=True)]
        axes.fill_between(curve["at"], low, high, color=colour, alpha=0.15, linewidth=0)
        style = "--" if name == "random" else "-"
        axes.plot(curve["at"], curve["f1"], color=colour, linewidth=1.8, linestyle=style, label=NAMES.get(name, name))
