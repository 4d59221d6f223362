"""Names beside points: apart from each other and from every point; the picture is a PNG of the usual size."""

import struct
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.charts import draw
from chatbot.charts.labelling import nearest_on, overlap, placed
from chatbot.command import Quadrants, Trail

ROOM = (100.0, 300.0, 1000.0, 1100.0)
SIZE = (180.0, 40.0)
SPOTS = st.lists(st.tuples(st.floats(110, 990), st.floats(310, 1090)), min_size=1, max_size=8, unique=True)


def trail(name: str, *points: tuple[str, str]) -> Trail:
    return Trail(name, tuple((Decimal(x), Decimal(y)) for x, y in points))


def quadrants(*trails: Trail) -> Quadrants:
    names = ("leading", "weakening", "lagging", "improving")
    figures = (("first", "AI"), ("30 days", "+20.9 %"), ("phase", "2 of 4"))
    return Quadrants("Sectors against bitcoin", figures, "Strength, %", "Its change, %", names, trails, "words")


@given(SPOTS)
def test_names_stay_in_their_room(points: list[tuple[float, float]]) -> None:
    for box in placed(points, [SIZE] * len(points), 11, [], ROOM):
        assert box[0] >= ROOM[0]
        assert box[1] >= ROOM[1]
        assert box[2] <= ROOM[2] + 1e-6
        assert box[3] <= ROOM[3] + 1e-6
        assert (box[2] - box[0], box[3] - box[1]) == (pytest.approx(SIZE[0]), pytest.approx(SIZE[1]))


def test_names_of_points_close_together_cover_neither_each_other_nor_a_point() -> None:
    points = [(500.0, 700.0), (510.0, 705.0), (495.0, 690.0), (520.0, 720.0), (505.0, 715.0), (530.0, 700.0)]
    boxes = placed(points, [SIZE] * len(points), 11, [], ROOM)
    assert all(overlap(one, other) == 0 for one, other in combinations(boxes, 2))
    assert all(nearest_on(box, point) != point for box in boxes for point in points)


def test_of_two_free_places_the_one_off_the_trails_is_taken() -> None:
    # a trail through the middle of where the name would stand otherwise
    point = (500.0, 700.0)
    (free,) = placed([point], [SIZE], 11, [], ROOM)
    passed = [(free[0] + step, (free[1] + free[3]) / 2) for step in range(0, 180, 10)]
    (box,) = placed([point], [SIZE], 11, passed, ROOM)
    assert not any(nearest_on(box, spot) == spot for spot in passed)


def test_what_covers_what() -> None:
    # 10 x 10 in common
    assert overlap((0, 0, 30, 30), (20, 20, 50, 50)) == 100
    assert overlap((0, 0, 30, 30), (30, 0, 50, 50)) == 0
    assert nearest_on((0, 0, 30, 30), (40, 10)) == (30, 10)


@pytest.mark.parametrize(
    "trails",
    [
        (trail("ai", ("0.1", "0.02"), ("0.2", "-0.05")), trail("memes", ("-0.1", "-0.02"), ("-0.3", "0.01"))),
        (trail("alone", ("0", "0")),),
        (trail("far", ("12", "8"), ("30", "-4")), trail("🚀", ("0.0001", "0"))),
        tuple(trail(f"sector {number}", ("0.1", "0.1")) for number in range(14)),
    ],
)
def test_any_trails_make_a_picture_of_the_usual_size(trails: tuple[Trail, ...]) -> None:
    png = draw(quadrants(*trails))
    assert struct.unpack(">II", png[16:24]) == (1080, 1290)


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(ValueError, match="no trail"):
        draw(quadrants())
    with pytest.raises(ValueError, match="no trail"):
        draw(quadrants(Trail("empty", ())))
