"""What rules look at: one market an exchange, ranked or doubted."""

from datetime import timedelta

import numpy as np
import pytest

from chatbot.core.alerts.view import BIT_OF_OTHERS, BITS, Doubt, Figure, Stand, value_of, view_of
from chatbot.core.markets import EXCHANGE_NAMES
from tests.chatbot.core.alerts.samples import HOUR, board, dated, row, view
from tests.samples import NOW, d, inverse


def test_of_several_perpetuals_of_an_exchange_the_most_traded_counts() -> None:
    usdc = row("BTC", "0.0009", volume="60000000", symbol="BTC/USDC:USDC", quote="USDC", settle="USDC")
    coin = row("BTC", "0.0005", volume="40000000", symbol=inverse("BTC").symbol, is_inverse=True)
    seen = view(board("bybit", coin, usdc, row("BTC", "0.0001")))
    assert [market.symbol for market in seen.stands["BTC", "bybit"].markets] == ["BTC/USDC:USDC"]


def test_without_volumes_the_first_one_counts() -> None:
    first, second = row("BTC", volume=None), row("BTC", volume=None, symbol="BTC/USDC:USDC")
    seen = view(board("bybit", first, second))
    assert [market.symbol for market in seen.stands["BTC", "bybit"].markets] == ["BTC/USDT:USDT"]


@pytest.mark.parametrize(
    ("marks", "doubted"),
    [
        (("100", "105"), ()),
        (("100", "106"), ("okx", "bybit")),  # who is wrong cannot be said
        (("100", "107", "101"), ("okx",)),
        (("100", None, "200"), ("bybit", "gate")),
        (("100", "100", "200", "200"), ("bybit", "okx", "gate", "mexc")),  # one near, two far
    ],
)
def test_marks_five_percent_from_most_others_are_suspicious(
    marks: tuple[str | None, ...], doubted: tuple[str, ...]
) -> None:
    boards = [board(name, row(mark=mark)) for name, mark in zip(("bybit", "okx", "gate", "mexc"), marks, strict=False)]
    found = {m.line.exchange for m in view(*boards).markets.values() if m.doubt is Doubt.SUSPICIOUS}
    assert found == set(doubted)


def test_an_unknown_interval_is_not_ranked_and_an_impossible_rate_neither() -> None:
    seen = view(board("bybit", row("A", hours=None), row("B", "0.0301"), row("C", "0.03")))
    assert [market.doubt for market in seen.markets.values()] == [Doubt.INTERVAL_UNKNOWN, Doubt.SUSPICIOUS, None]
    assert [market.line.coin for market in seen.ranked] == ["C"]
    assert seen.markets["bybit A/USDT:USDT"].line.per_eight_hours is None


def test_an_exchange_that_said_nothing_for_ten_minutes_is_silent() -> None:
    late = board("okx", row(), as_of=NOW - timedelta(minutes=10, seconds=1))
    just = board("gate", row(), as_of=NOW - timedelta(minutes=10))
    assert view(late, just).exchanges == {"gate"}


def test_dated_contracts_on_their_last_day_and_without_an_index_have_no_basis() -> None:
    assert view(board("bybit", dated("101", days=0))).stands == {}
    assert view(board("bybit", dated("101", days=1))).stands["BTC", "bybit"].largest is not None


def test_the_table_holds_the_figures_beside_the_exact_ones() -> None:
    seen = view(board("bybit", row(rate="0.0004"), dated("102")), board("okx", row(rate="0.0001", hours=1)))
    place = seen.places["BTC", ""]
    exact = [value_of(seen.stands["BTC", ""], figure) for figure in list(Figure)[: Figure.INTERVAL]]
    # OKX: 0.01 % an hour is 0.08 % per 8 hours; spread 0.04 %; 2 % in 73 days is 10 % a year; the middle is the lower
    assert exact == [d("0.0008"), d("0.0004"), d("0.0004"), d("0.1"), d("0.1"), d("0.0004")]
    assert list(seen.table[: Figure.INTERVAL, place]) == [0.0008, 0.0004, 0.0004, 0.1, 0.1, 0.0004]
    assert seen.table[Figure.INTERVAL, seen.places["BTC", "okx"]] == HOUR.total_seconds()
    assert np.isnan(seen.table[:, -1]).all()


def test_a_view_of_a_few_coins_shows_of_them_what_the_whole_shows() -> None:
    boards = [board("bybit", row("A"), row("B", "0.0005")), board("okx", row("B", "0.0002"))]
    few = view_of(boards, {}, NOW, coins={"B"})
    assert few.exchanges == {"bybit", "okx"}
    assert set(few.stands) == {("B", ""), ("B", "bybit"), ("B", "okx")}
    assert few.stands["B", ""] == view(*boards).stands["B", ""]


def test_nothing_seen_is_no_figure() -> None:
    assert [value_of(Stand(), figure) for figure in Figure] == [None] * len(Figure)
    assert view().table.shape == (len(Figure), 1)


def test_every_exchange_has_a_bit_of_its_own_below_that_of_the_others() -> None:
    assert len(set(BITS.values())) == len(EXCHANGE_NAMES)
    assert sum(BITS.values()) < BIT_OF_OTHERS < 2**53
    # stored with the rules: exchanges are only added, at the end
    assert list(BITS)[:12] == [
        *("binance", "bybit", "okx", "hyperliquid", "gate", "bitget"),
        *("kucoinfutures", "mexc", "bingx", "deribit", "krakenfutures", "weex"),
    ]
