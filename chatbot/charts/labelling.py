"""Where names go beside the points that they name. Pure; lengths are pixels, boxes are left, top, right, bottom.

Law: a name stays in its room, and covers no other name and no named point while there is a place that does not.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from math import cos, hypot, pi, sin

Box = tuple[float, float, float, float]
Spot = tuple[float, float]

ANGLES = tuple(turn * pi / 8 for turn in (0, 8, 4, 12, 1, 15, 7, 9, 2, 14, 6, 10, 3, 13, 5, 11))  # level ones first
DISTANCES = (3.0, 14.0, 32.0, 56.0, 88.0, 130.0, 180.0)
OVERLAP, TOUCH = 1e6, 25.0  # what covering a square pixel, or a point of a trail, costs beside a pixel of distance


def placed(
    points: Sequence[Spot], sizes: Sequence[Spot], radius: float, trails: Sequence[Spot], room: Box
) -> list[Box]:
    """A box of each size (width, height) near each point, a disc of `radius`; `trails` are better left free."""
    discs = [(x - radius, y - radius, x + radius, y + radius) for x, y in points]
    taken: dict[int, Box] = {}
    for at in _crowded_first(points):
        others = (*discs, *taken.values())
        boxes = list(_candidates(points[at], sizes[at], radius, room))
        taken[at] = min(boxes, key=lambda box: _cost(box, points[at], others, trails))
    return [taken[at] for at in range(len(points))]


def overlap(one: Box, other: Box) -> float:
    """The area that both cover."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return max(wide, 0.0) * max(high, 0.0)


def nearest_on(box: Box, point: Spot) -> Spot:
    """The place of the box that is nearest to the point."""
    return min(max(point[0], box[0]), box[2]), min(max(point[1], box[1]), box[3])


def _crowded_first(points: Sequence[Spot]) -> list[int]:
    """Those with the nearest neighbours choose first."""

    def room_around(at: int) -> float:
        x, y = points[at]
        return min((hypot(x - a, y - b) for place, (a, b) in enumerate(points) if place != at), default=0.0)

    return sorted(range(len(points)), key=room_around)


def _candidates(point: Spot, size: Spot, radius: float, room: Box) -> Iterator[Box]:
    """Around the disc, nearer ones first, each moved into the room."""
    for distance, angle in product(DISTANCES, ANGLES):
        reach = radius + distance
        x = point[0] + cos(angle) * (reach + size[0] / 2)
        y = point[1] - sin(angle) * (reach + size[1] / 2)
        left = min(max(x - size[0] / 2, room[0]), room[2] - size[0])
        top = min(max(y - size[1] / 2, room[1]), room[3] - size[1])
        yield left, top, left + size[0], top + size[1]


def _cost(box: Box, point: Spot, others: Sequence[Box], trails: Sequence[Spot]) -> float:
    covered = sum(overlap(box, other) for other in others)
    touched = sum(box[0] <= x <= box[2] and box[1] <= y <= box[3] for x, y in trails)
    x, y = nearest_on(box, point)
    return covered * OVERLAP + touched * TOUCH + hypot(x - point[0], y - point[1])
