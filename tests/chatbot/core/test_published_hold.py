"""The recorded hold of spot and short, January 2023 to June 2024 (github.com/AHA-HH/optimising-funding-rate-arbitrage).

Its author's funding log is reproduced to the cent: quantity x opening price x rate. Its yields (a mean of 57 % a year
for Binance BTCUSDT) are not ours: they divide payments on a notional that quadrupled with the price by capital that
did not grow. The rates themselves come to 10.5 % a year of the notional held, which is what we call realised carry.
Its times are London's: the hours move by one in summer.
"""

import csv
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from chatbot.core.funding import realised, received_quote
from chatbot.core.markets import FundingHistory, Settlement
from chatbot.core.portfolio import Side
from tests.samples import d, perpetual

DATA = Path(__file__).parents[4] / "shared" / "data" / "basis_spot_perp_8h_2023_2024"
LONDON = ZoneInfo("Europe/London")
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the recorded data are not beside this repository")


def rows(name: str) -> Iterator[Mapping[str, str]]:
    with (DATA / f"{name}.csv").open() as file:
        yield from csv.DictReader(file)


def bars(exchange: str, pair: str) -> dict[str, Mapping[str, str]]:
    return {row["time"]: row for row in rows("all_exchanges") if (row["exchange"], row["pair"]) == (exchange, pair)}


@pytest.mark.parametrize("exchange", ["binance", "bybit", "okx"])
def test_every_payment_of_the_published_log_is_ours_to_the_cent(exchange: str) -> None:
    shorts = {
        row["pair"]: Decimal(row["quantity"])
        for row in rows("published_hold_trades_log")
        if row["position_type"] == "short" and row["exchange"] == exchange
    }
    bars_of = {pair: bars(exchange, pair) for pair in shorts}
    count = 0
    for paid in rows("published_hold_funding_log"):
        if paid["exchange"] != exchange:
            continue
        bar = bars_of[paid["pair"]][paid["time"]]
        notional = shorts[paid["pair"]] * Decimal(bar["open"])
        ours = received_quote(Side.SHORT, notional, Decimal(bar["funding rate"]))
        assert abs(ours - Decimal(paid["funding payment"])) < d("0.01")
        count += 1
    assert count == 4 * 1641


def test_the_realised_carry_is_the_sum_of_the_rates_over_the_years() -> None:
    settlements = tuple(
        Settlement(Decimal(row["funding rate"]), datetime.fromisoformat(time).replace(tzinfo=LONDON).astimezone(UTC))
        for time, row in bars("binance", "BTCUSDT").items()
    )
    history = FundingHistory(perpetual("BTC"), settlements, settlements[-1].charged_at, "recorded")
    found = realised(history, settlements[-1].charged_at, timedelta(days=600))
    assert found is not None
    assert round(found.rate_per_year, 4) == d("0.1052")  # 15.77 % in 547 days
