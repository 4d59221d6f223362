"""What a move of either side comes to, at the start, halfway and at the end.

Law: while the coin that is sold is still held, a short of it earns when it falls and loses when it rises.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from chatbot.core.rotation.transit.bridge import Bridge
from chatbot.core.rotation.transit.stages import Stage

NOTHING = Decimal(0)
MOVE_SHARE = Decimal("0.2")
A_TENTH = Decimal("0.1")  # of the price: what the short does beside the bar is told for each
CASES = ((1, 1), (1, -1), (-1, 1), (-1, -1))  # signs of the moves of what is sold, of what is bought


@dataclass(frozen=True, slots=True)
class Outcome:
    """After `stage` stages all that is sold moves by `sold_share` and all that is bought by `bought_share`, in quote.

    `held_quote`: of what is not yet sold. Before costs and funding.
    """

    stage: int
    sold_share: Decimal
    bought_share: Decimal
    held_quote: Decimal
    short_quote: Decimal
    bought_quote: Decimal

    @property
    def total_quote(self) -> Decimal:
        """All three."""
        return self.held_quote + self.short_quote + self.bought_quote


def outcomes_of(stages: Sequence[Stage], bridges: Sequence[Bridge]) -> tuple[Outcome, ...]:
    """Four for each moment: the start, halfway where there is one, the end."""
    last = len(stages) - 1
    moments = dict.fromkeys((0, last // 2, last))
    return tuple(outcome for moment in moments for outcome in _of_moment(stages[moment], bridges))


def _of_moment(stage: Stage, bridges: Sequence[Bridge]) -> Iterator[Outcome]:
    for sold_sign, bought_sign in CASES:
        sold, bought = MOVE_SHARE * sold_sign, MOVE_SHARE * bought_sign
        yield Outcome(
            stage=stage.number,
            sold_share=sold,
            bought_share=bought,
            held_quote=stage.unsold_quote * sold,
            short_quote=sum((bridge.result_quote(stage.number, sold) for bridge in bridges), NOTHING),
            bought_quote=stage.bought_quote * bought,
        )
