"""Keeping labels apart. Pure.

Law: the result keeps the order, no two neighbours are closer than asked, and nothing moves that need not.
"""

from collections.abc import Sequence


def spread(wanted: Sequence[float], sizes: Sequence[float], low: float, high: float) -> tuple[float, ...]:
    """Centres near the `wanted` ones for labels of these `sizes`, without overlap, within `low`..`high` if they fit."""
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    centres = list(wanted)
    floor = low
    for index in order:
        centres[index] = max(centres[index], floor + sizes[index] / 2)
        floor = centres[index] + sizes[index] / 2
    ceiling = high
    for index in reversed(order):
        centres[index] = min(centres[index], ceiling - sizes[index] / 2)
        ceiling = centres[index] - sizes[index] / 2
    return tuple(centres)


def rows(spans: Sequence[tuple[float, float]], gap: float) -> tuple[int, ...]:
    """For each (left, right) the lowest row in which it is at least `gap` away from those placed before it."""
    ends: list[list[tuple[float, float]]] = []
    chosen = []
    for left, right in spans:
        row = next(
            (n for n, taken in enumerate(ends) if all(right + gap <= a or b + gap <= left for a, b in taken)), -1
        )
        if row < 0:
            ends.append([])
            row = len(ends) - 1
        ends[row].append((left, right))
        chosen.append(row)
    return tuple(chosen)
