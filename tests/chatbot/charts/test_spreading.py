"""Labels that would overlap, and where they go."""

from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from chatbot.charts.spreading import rows, spread


def test_labels_with_room_stay_where_they_are_wanted() -> None:
    assert spread([10, 50, 90], [10, 10, 10], 0, 100) == (10, 50, 90)


def test_labels_at_one_place_are_stacked_and_pushed_back_from_the_edge() -> None:
    # Sizes 10: the second goes 10 below the first, at 105; the edge allows a centre of 95, so both move up.
    assert spread([95, 95], [10, 10], 0, 100) == (85, 95)


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=8))
def test_no_two_labels_overlap_and_their_order_is_kept(wanted: list[float]) -> None:
    centres = spread(wanted, [40.0] * len(wanted), 0, 1000)
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    assert all(centres[b] - centres[a] >= 40 - 1e-6 for a, b in pairwise(order))
    assert all(20 - 1e-6 <= centre <= 980 + 1e-6 for centre in centres)


@given(st.lists(st.tuples(st.floats(0, 1000), st.floats(1, 300)), max_size=8))
def test_words_in_one_row_never_touch(marks: list[tuple[float, float]]) -> None:
    spans = [(left, left + width) for left, width in marks]
    chosen = rows(spans, 5)
    for a, b in combinations(range(len(spans)), 2):
        apart = spans[a][1] + 5 <= spans[b][0] or spans[b][1] + 5 <= spans[a][0]
        assert chosen[a] != chosen[b] or apart
