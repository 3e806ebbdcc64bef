"""Who does what to what, as a picture: actors at the left, things at the right, an edge a predicate and status.

Nodes are as high as their edges are wide together, so that no edge covers another at its ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from urllib.parse import quote

from claimstake.queries.contract import Edge, Thing

WIDTH = 1000  # of the picture; everything in its units, a pixel each where it is not scaled
LEFT, RIGHT, BAR = 270, 730, 7  # inner ends of the bars, and their thickness
NODE, GAP, APART, TOP = 20.0, 9.0, 1.5, 10.0  # least height of a node, between nodes, between edges, above all
WIDEST = 60.0  # gap between nodes of the shorter column
THIN, THICK, STORY = 1.6, 15.0, 2.6  # width of an edge of one story, of any at most, and of a further story at most
LETTERS = 32  # of a name
PASSES = 6  # of putting nodes where their neighbours are


@dataclass(eq=False)
class _Node:
    thing: Thing
    number: int
    edges: list[_Line] = field(default_factory=list)
    top: float = 0.0

    @property
    def height(self) -> float:
        return max(NODE, sum(line.width for line in self.edges) + APART * (len(self.edges) + 1))

    @property
    def middle(self) -> float:
        return self.top + self.height / 2

    @property
    def stories(self) -> int:
        return sum(line.edge.stories for line in self.edges)


@dataclass(eq=False)
class _Line:
    edge: Edge
    actor: _Node
    thing: _Node
    width: float
    start: float = 0.0
    end: float = 0.0


def picture(edges: Sequence[Edge], *, link: Callable[[Edge], str], classes: Mapping[str, str]) -> str:
    """An SVG of edges, each a link; empty where there are none.

    Args:
        edges: to be drawn.
        link: address of the claims of an edge.
        classes: of a predicate, which give its colour.
    """
    if not edges:
        return ""
    actors, things = _nodes(edges)
    _arrange(actors, things)
    height = max(map(_bottom, (actors, things))) + TOP
    told = f"{len(actors)} actors at the left, {len(things)} things at the right; the table below says the same."
    groups = "".join(_actor(node, link, classes) for node in actors)
    names = "".join(_name(node, "thing") for node in things)
    return (
        f'<svg class="network" viewBox="0 0 {WIDTH} {height:.0f}" role="group" aria-labelledby="nw-t nw-d">'
        f'<title id="nw-t">Who restricts what</title><desc id="nw-d">{told}</desc>{groups}{names}</svg>'
    )


def _nodes(edges: Sequence[Edge]) -> tuple[list[_Node], list[_Node]]:
    """Both columns, the most told of first; a thing that acts and is acted on stands in both."""
    most = max(edge.stories for edge in edges)
    step = min(STORY, (THICK - THIN) / max(1, most - 1))
    actors: dict[str, _Node] = {}
    things: dict[str, _Node] = {}
    for edge in edges:
        actor = actors.setdefault(edge.subject.id, _Node(edge.subject, len(actors)))
        thing = things.setdefault(edge.object.id, _Node(edge.object, len(things)))
        line = _Line(edge, actor, thing, THIN + step * (edge.stories - 1))
        actor.edges.append(line)
        thing.edges.append(line)
    columns = [sorted(column.values(), key=lambda node: -node.stories) for column in (actors, things)]
    return columns[0], columns[1]


def _arrange(actors: list[_Node], things: list[_Node]) -> None:
    """Order and place nodes so that few edges cross, then where each edge begins and ends."""
    for column in (actors, things):
        _stack(column)
    for _ in range(PASSES):
        things.sort(key=lambda node: _mean([line.actor.middle for line in node.edges]))
        _stack(things)
        actors.sort(key=lambda node: _mean([line.thing.middle for line in node.edges]))
        _stack(actors)
    _spread(*sorted((actors, things), key=_bottom))
    for node in actors:
        place = node.top + _spare(node)
        for line in sorted(node.edges, key=lambda line: line.thing.middle):
            line.start, place = place + line.width / 2, place + line.width + APART
    for node in things:
        place = node.top + _spare(node)
        for line in sorted(node.edges, key=lambda line: line.actor.middle):
            line.end, place = place + line.width / 2, place + line.width + APART


def _stack(column: Sequence[_Node], top: float = TOP, gap: float = GAP) -> None:
    for node in column:
        node.top, top = top, top + node.height + gap


def _spread(short: Sequence[_Node], long: Sequence[_Node]) -> None:
    """Let the shorter column stand opposite the middle of the longer one, with more room between its nodes."""
    left = _bottom(long) - _bottom(short)
    more = min(WIDEST - GAP, left / len(short))
    _stack(short, TOP + (left - more * (len(short) - 1)) / 2, GAP + more)


def _bottom(column: Sequence[_Node]) -> float:
    return column[-1].top + column[-1].height


def _spare(node: _Node) -> float:
    """Room above the first edge of a node that is higher than its edges."""
    return (node.height - sum(line.width for line in node.edges) - APART * (len(node.edges) - 1)) / 2


def _mean(places: Sequence[float]) -> float:
    return sum(places) / len(places)


def _actor(node: _Node, link: Callable[[Edge], str], classes: Mapping[str, str]) -> str:
    """An actor with all its edges, so that they can be lit together."""
    lines = sorted(node.edges, key=lambda line: line.start)
    edges = "".join(_edge(line, link(line.edge), classes.get(line.edge.predicate, "")) for line in lines)
    return f'<g class="actor">{_name(node, "subject")}{edges}</g>'


def _name(node: _Node, role: str) -> str:
    """The name and bar of a node, a link to its page."""
    left = role == "subject"
    x, bar = (LEFT - BAR - 8, LEFT - BAR) if left else (RIGHT + BAR + 8, RIGHT)
    anchor = ' text-anchor="end"' if left else ""
    data = "" if left else f' data-thing="{node.number}"'
    kind = f"node l-{escape(node.thing.label)}"
    address = escape(f"/entities/{quote(node.thing.id, safe='/')}")
    return (
        f'<a class="{kind}" href="{address}"{data}><title>{escape(node.thing.name)}</title>'
        f'<rect x="{bar}" y="{node.top:.1f}" width="{BAR}" height="{node.height:.1f}" rx="2"/>'
        f'<text x="{x}" y="{node.middle + 4.5:.1f}"{anchor}>{escape(_cut(node.thing.name))}</text></a>'
    )


def _edge(line: _Line, address: str, kind: str) -> str:
    middle = (LEFT + RIGHT) / 2
    path = f"M{LEFT} {line.start:.1f}C{middle:.0f} {line.start:.1f} {middle:.0f} {line.end:.1f} {RIGHT} {line.end:.1f}"
    told = escape(describe(line.edge))
    classes = f"edge {kind} {escape(line.edge.status or 'plain')}"
    return (
        f'<a class="{classes}" href="{escape(address)}" data-thing="{line.thing.number}" aria-label="{told}">'
        f'<title>{told}</title><path class="hit" d="{path}"/>'
        f'<path class="line" d="{path}" stroke-width="{line.width:.1f}"/></a>'
    )


def describe(edge: Edge) -> str:
    """ "China restricts export of gallium, in force: 3 stories"."""
    status = f", {edge.status.replace('_', ' ')}" if edge.status else ""
    stories = f"{edge.stories:,} {'story' if edge.stories == 1 else 'stories'}"
    return f"{edge.subject.name} {edge.predicate.replace('_', ' ')} {edge.object.name}{status}: {stories}"


def _cut(name: str) -> str:
    return name if len(name) <= LETTERS else name[: LETTERS - 1].rstrip() + "…"
