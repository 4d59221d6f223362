"""The same change by selling and buying coins: what is below the smallest order."""

from chatbot.core.allocation.tilt.change import stated
from tests.chatbot.core.allocation.tilt.samples import by_spot
from tests.samples import d


def test_an_order_below_the_smallest_costs_nothing_known() -> None:
    # 15 % of $30 is $4.50: in 0.0001 BTC at 50,000 nothing, and in 0.0001 ETH at 2,000 $4.40, below $5
    spot = by_spot(stated(("BTC", "ETH"), [d("0.5"), d("0.5")], [d("0.65"), d("0.35")], d(30)))
    assert [(each.trade.amount_base, each.is_too_small) for each in spot.trades] == [(0, True), (d("-0.0022"), True)]
    assert [each.wanted_usd for each in spot.trades] == [d("4.5"), d("4.5")]
    assert [each.smallest_usd for each in spot.trades] == [5, 5]
    assert (spot.once, spot.cost_quote) == (None, None)
