"""Recorded answers of real exchanges become core values: ccxt's own parsers in between, literal figures at the end."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.core.markets import FundingHistory, FundingKind, InstrumentKind, Level, Settlement, TierUnit
from chatbot.market import questions, translation
from chatbot.market.failures import EmptyAnswer
from tests.chatbot.market.recorded import NOW, at, client_of, contract, listed, payload, rows_of

pytestmark = pytest.mark.xdist_group("ccxt")

HOURS = timedelta(hours=1)


def D(text: str) -> Decimal:  # noqa: N802 - a literal
    return Decimal(text)


def _bybit_markets(category: str) -> Any:
    """The recorded list; whoever shortened it left out the category that Bybit sends with it."""
    recorded = payload(f"bybit__http_get_instruments_{category}")
    recorded["result"]["category"] = category
    return recorded


# Instruments -----------------------------------------------------------------------------------------------------


async def test_bybit_linear_contracts_are_coins_with_their_own_step_tick_and_smallest_order() -> None:
    client = client_of("bybit", {"instruments-info": _bybit_markets("linear")})
    bitcoin = (await listed(client, ["linear"]))["BTCUSDT"]
    assert (bitcoin.symbol, bitcoin.coin, bitcoin.kind) == ("BTC/USDT:USDT", "BTC", InstrumentKind.PERPETUAL)
    assert (bitcoin.contract_size, bitcoin.step_contracts, bitcoin.tick_quote) == (D("1"), D("0.001"), D("0.5"))
    assert (bitcoin.minimum_contracts, bitcoin.minimum_quote) == (D("0.001"), D("5"))  # minNotionalValue
    assert bitcoin.maximum_leverage == D("100")
    assert bitcoin.listed_at == datetime(2023, 11, 14, 19, 26, 40, tzinfo=UTC)  # launchTime 1699990000000


async def test_bybit_inverse_contracts_are_one_dollar() -> None:
    client = client_of("bybit", {"instruments-info": _bybit_markets("inverse")})
    bitcoin = (await listed(client, ["inverse"]))["BTCUSD"]
    assert bitcoin.is_inverse
    assert (bitcoin.contract_size, bitcoin.step_contracts, bitcoin.settle) == (D("1"), D("1"), "BTC")


async def test_okx_contracts_are_a_tenth_of_an_ether_or_a_hundred_dollars() -> None:
    client = client_of("okx", {"public/instruments": payload("okx__http_get_instruments_swap")})
    found = await listed(client, ["swap"])
    ether, bitcoin = found["ETH-USDT-SWAP"], found["BTC-USD-SWAP"]
    assert (ether.contract_size, ether.step_contracts, ether.is_inverse) == (D("0.1"), D("0.01"), False)
    assert (bitcoin.contract_size, bitcoin.step_contracts, bitcoin.is_inverse) == (D("100"), D("1"), True)
    assert bitcoin.listed_at == datetime(2018, 8, 28, 2, 43, 23, tzinfo=UTC)  # listTime 1535424203000


async def test_deribit_gives_a_perpetual_and_a_dated_future_but_no_option() -> None:
    client = client_of("deribit", {"get_instruments": payload("deribit__http_get_instruments")})
    found = await listed(client)
    assert set(found) == {"BTC-PERPETUAL", "BTC-27DEC24"}
    dated = found["BTC-27DEC24"]
    # min_trade_amount 10 is in dollars, as every amount there: lots of $10, not of ten contracts
    assert (dated.kind, dated.contract_size, dated.step_contracts) == (InstrumentKind.DATED, D("1"), D("10"))
    assert dated.expires_at == datetime(2024, 12, 27, 12, tzinfo=UTC)  # 1735300800000
    assert found["BTC-PERPETUAL"].expires_at is None


async def test_hyperliquid_lists_its_perpetuals_with_their_maximum_leverage() -> None:
    meta = payload("hyperliquid__http_meta_perp_sample")
    contexts = [{"markPx": "100000", "midPx": "100000", "oraclePx": "100000"} for _ in meta["universe"]]
    client = client_of("hyperliquid", {"metaAndAssetCtxs": [meta, contexts]})
    bitcoin = next(i for i in (await listed(client, ["swap"])).values() if i.coin == "BTC")
    assert (bitcoin.symbol, bitcoin.maximum_leverage) == ("BTC/USDC:USDC", D("40"))
    assert (bitcoin.step_contracts, bitcoin.minimum_quote) == (D("0.00001"), D("10"))
    assert bitcoin.funding_interval == HOURS


async def test_kraken_lists_inverse_and_flexible_contracts_and_leaves_out_what_is_no_dollar_market() -> None:
    client = client_of("krakenfutures", {"instruments": payload("kraken__http_futures_instruments")})
    found = await listed(client)
    assert found["PI_XBTUSD"].is_inverse
    assert found["PI_XBTUSD"].coin == "BTC"
    assert not found["PF_ETHUSD"].is_inverse
    assert found["PF_ETHUSD"].tick_quote == D("0.1")


# Prices ----------------------------------------------------------------------------------------------------------


async def test_an_okx_quote_is_made_of_mark_index_and_ticker() -> None:
    client = client_of(
        "okx",
        {
            "public/instruments": {"code": "0", "data": [_okx_bitcoin()]},
            "public/mark-price": payload("okx__http_get_mark_price"),
            "index-tickers": payload("okx__http_get_index_price"),
            "market/tickers": {"code": "0", "data": [_okx_ticker()]},
        },
    )
    bitcoin = (await listed(client, ["swap"]))["BTC-USDT-SWAP"]
    quote = await questions.futures_quote(client, bitcoin, at, "OKX")
    assert (quote.mark_quote, quote.index_quote) == (D("84660.1"), D("103895"))
    assert (quote.bid_quote, quote.ask_quote) == (D("84659.9"), D("84660.2"))
    assert quote.volume_day_quote == D("1000") * D("84660.1")  # volCcy24h is in coins
    assert quote.as_of == datetime(2025, 4, 14, 0, 25, 49, 506000, tzinfo=UTC)  # the mark's ts 1744590349506
    assert any("instId=BTC-USDT " in asked for asked in client.asked)  # the index has its own name


def _okx_bitcoin() -> dict[str, object]:
    return {
        "instId": "BTC-USDT-SWAP",
        "instType": "SWAP",
        "instFamily": "BTC-USDT",
        "uly": "BTC-USDT",
        "settleCcy": "USDT",
        "ctType": "linear",
        "ctVal": "0.01",
        "ctValCcy": "BTC",
        "lotSz": "0.01",
        "minSz": "0.01",
        "tickSz": "0.1",
        "lever": "100",
        "state": "live",
        "ruleType": "normal",
    }


def _okx_ticker() -> dict[str, object]:
    prices = {"last": "84660", "bidPx": "84659.9", "askPx": "84660.2"}
    return {"instType": "SWAP", "instId": "BTC-USDT-SWAP", "volCcy24h": "1000", "vol24h": "100000", **prices}


async def test_a_bybit_quote_is_one_answer_and_keeps_its_time() -> None:
    # the answer that stands in ccxt's source above bybit's fetch_funding_rates
    ticker = {
        "symbol": "BTCUSDT",
        "bid1Price": "19255",
        "ask1Price": "19255.5",
        "lastPrice": "19255.50",
        "markPrice": "19255.00",
        "indexPrice": "19260.68",
        "openInterest": "48069.549",
        "openInterestValue": "925000000",
        "turnover24h": "4686694853.047006",
        "volume24h": "243730.252",
    }
    client = client_of(
        "bybit",
        {
            "instruments-info": _bybit_markets("linear"),
            "market/tickers": {"retCode": 0, "result": {"list": [ticker]}, "time": 1663670053454},
        },
    )
    bitcoin = (await listed(client, ["linear"]))["BTCUSDT"]
    quote = await questions.futures_quote(client, bitcoin, at, "Bybit")
    assert (quote.mark_quote, quote.index_quote) == (D("19255"), D("19260.68"))
    assert (quote.bid_quote, quote.ask_quote) == (D("19255"), D("19255.5"))
    assert quote.volume_day_quote == D("4686694853.047006")
    assert quote.as_of == datetime(2022, 9, 20, 10, 34, 13, 454000, tzinfo=UTC)


def test_prices_of_a_thousand_coins_become_prices_of_one() -> None:
    pepe = contract("binance", "1000PEPE/USDT:USDT", coin="PEPE", contract_size=D("1000"), price_unit=D("1000"))
    part = {"markPrice": 0.0123, "indexPrice": 0.0124, "bid": 0.0122, "ask": 0.0125, "quoteVolume": 5e6}
    quote = translation.futures_quote(pepe, [part], NOW, "Binance")
    assert (quote.mark_quote, quote.index_quote) == (D("0.0000123"), D("0.0000124"))
    assert (quote.bid_quote, quote.ask_quote) == (D("0.0000122"), D("0.0000125"))
    assert quote.volume_day_quote == D("5000000")  # money stays money
    assert pepe.notional_quote(D("7"), quote.mark_quote) == D("0.0861")  # 7 x 0.0123, as the exchange counts


def test_a_quote_without_a_mark_is_no_quote() -> None:
    with pytest.raises(EmptyAnswer):
        translation.futures_quote(contract("gate"), [{"bid": 1.0, "markPrice": None}, {}], NOW, "Gate")


def test_a_time_ahead_of_ours_is_taken_as_now() -> None:
    ahead = int((NOW + timedelta(minutes=5)).timestamp() * 1000)
    part = {"markPrice": 1.0, "timestamp": ahead}
    assert translation.futures_quote(contract("gate"), [part], NOW, "Gate").as_of == NOW


async def test_a_bybit_book_is_in_contracts_with_its_time() -> None:
    client = client_of(
        "bybit",
        {
            "instruments-info": _bybit_markets("linear"),
            "orderbook": payload("bybit__http_get_orderbook"),
        },
    )
    bitcoin = (await listed(client, ["linear"]))["BTCUSDT"]
    book = await questions.order_book(client, bitcoin, at)
    assert book.bids[0] == Level(D("27450.5"), D("1.5"))
    assert book.asks[-1] == Level(D("27452"), D("0.5"))
    assert book.mid_quote == D("27450.75")
    assert book.as_of == datetime(2024, 3, 8, 9, 54, 39, tzinfo=UTC)  # 1709891679000


async def test_a_hyperliquid_book_is_read_level_by_level() -> None:
    meta = payload("hyperliquid__http_meta_perp_sample")
    contexts = [{"markPx": "110000", "midPx": "110000"} for _ in meta["universe"]]
    book = payload("hyperliquid__http_l2_book_btc")
    client = client_of("hyperliquid", {"l2Book": book, "metaAndAssetCtxs": [meta, contexts]})
    bitcoin = next(i for i in (await listed(client, ["swap"])).values() if i.coin == "BTC")
    found = await questions.order_book(client, bitcoin, at)
    assert len(found.bids) == len(found.asks) == 5
    assert (found.bids[0], found.asks[0]) == (Level(D("110427"), D("4.11882")), Level(D("110428"), D("3.72573")))


def test_a_book_of_a_thousand_coins_keeps_its_contracts_and_divides_its_prices() -> None:
    pepe = contract("bybit", price_unit=D("1000"), contract_size=D("1000"))
    book = translation.order_book(pepe, {"bids": [[0.0122, 500]], "asks": [[0.0125, 300]]}, NOW)
    assert (book.bids, book.asks) == ((Level(D("0.0000122"), D("500")),), (Level(D("0.0000125"), D("300")),))


@pytest.mark.parametrize("book", [{}, {"bids": [], "asks": []}, {"bids": [[None, None]], "asks": []}])
def test_an_empty_book_is_an_empty_answer(book: dict[str, object]) -> None:
    with pytest.raises(EmptyAnswer):
        translation.order_book(contract("okx"), book, NOW)


def test_a_spot_price_is_the_middle_of_bid_and_ask_else_the_last() -> None:
    markets = {
        "ETH/USDT": contract("binance", "ETH/USDT", coin="ETH", kind=InstrumentKind.SPOT),
        "SATS/USDT": contract("binance", "SATS/USDT", coin="SATS", kind=InstrumentKind.SPOT, price_unit=D("1000")),
        "GONE/USDT": contract("binance", "GONE/USDT", coin="GONE", kind=InstrumentKind.SPOT),
    }
    tickers = {"ETH/USDT": {"bid": 3449.0, "ask": 3451.0, "last": 3000.0}, "SATS/USDT": {"last": 0.00025}}
    prices = translation.spot_prices(markets, tickers, NOW, "Binance spot")
    assert set(prices) == {"ETH", "SATS"}
    assert prices["ETH"].price_quote == D("3450")
    assert prices["SATS"].price_quote == D("0.00000025")
    with pytest.raises(EmptyAnswer):
        translation.spot_prices(markets, {}, NOW, "Binance spot")


# Funding ---------------------------------------------------------------------------------------------------------


async def test_an_okx_rate_has_the_interval_between_its_two_charge_times() -> None:
    # pasted by a user in ccxt issue 20735
    answer = {
        "fundingRate": "0.0000725960411548",
        "fundingTime": "1704816000000",
        "instId": "BTC-USDT-SWAP",
        "nextFundingRate": "",
        "nextFundingTime": "1704844800000",
    }
    client = client_of(
        "okx",
        {
            "public/instruments": {"code": "0", "data": [_okx_bitcoin()]},
            "public/funding-rate": {"code": "0", "data": [answer]},
        },
    )
    bitcoin = (await listed(client, ["swap"]))["BTC-USDT-SWAP"]
    rate = await questions.funding_rate(client, bitcoin, at, "OKX")
    assert rate.rate_per_interval == D("0.0000725960411548")  # all its digits
    assert (rate.interval, rate.kind) == (8 * HOURS, FundingKind.PREDICTED)
    assert rate.charged_at == datetime(2024, 1, 9, 16, tzinfo=UTC)


async def test_an_okx_settlement_is_what_was_realised() -> None:
    client = client_of("okx", {"public/instruments": {"code": "0", "data": [_okx_bitcoin()]}})
    pages = [payload("okx__http_get_funding_rate_history"), {"code": "0", "data": []}]
    bitcoin = (await listed(client, ["swap"]))["BTC-USDT-SWAP"]
    client.publicGetPublicFundingRateHistory = _answers(pages)
    history = await questions.funding_history(client, bitcoin, at, "OKX")
    assert rows_of(history) == [
        ("-0.00002", "2023-12-31T16:00:00+00:00"),
        ("0.00015", "2024-01-01T00:00:00+00:00"),
    ]


def _answers(pages: list[object]) -> object:
    waiting = iter(pages)

    async def answer(_: object) -> object:
        return next(waiting)

    return answer


async def test_hyperliquid_settlements_are_hourly() -> None:
    meta = payload("hyperliquid__http_meta_perp_sample")
    contexts = [{"markPx": "110000", "midPx": "110000"} for _ in meta["universe"]]
    history = payload("hyperliquid__http_funding_history")
    client = client_of("hyperliquid", {"fundingHistory": history, "metaAndAssetCtxs": [meta, contexts]})
    bitcoin = next(i for i in (await listed(client, ["swap"])).values() if i.coin == "BTC")
    found = await questions.funding_history(client, bitcoin, at, "Hyperliquid")
    assert rows_of(found) == [
        ("0.0000125", "2026-02-01T01:20:00+00:00"),
        ("-0.0000081", "2026-02-01T02:20:00+00:00"),
        ("0.0000033", "2026-02-01T03:20:00+00:00"),
    ]


def test_settlements_are_sorted_each_once_and_none_from_the_future() -> None:
    def row(rate: float, hours: float) -> dict[str, object]:
        return {"fundingRate": rate, "timestamp": int((NOW + hours * HOURS).timestamp() * 1000), "info": {}}

    rows = [row(0.0002, -1), row(0.0001, -9), row(0.0002, -1), row(0.0009, 7)]
    history = translation.funding_history(contract("bybit"), rows, NOW, "Bybit")
    assert [s.rate_per_interval for s in history.settlements] == [D("0.0001"), D("0.0002")]


def test_no_settlements_are_an_empty_answer_unless_the_contract_is_new() -> None:
    with pytest.raises(EmptyAnswer):
        translation.funding_history(contract("bybit"), [], NOW, "Bybit")
    new = contract("bybit", listed_at=NOW - 3 * HOURS)
    assert translation.funding_history(new, [], NOW, "Bybit").settlements == ()


@pytest.mark.parametrize(
    ("hours", "agreed"),
    [([0, 8, 16, 24], 8), ([0, 8, 12, 16, 20], 4), ([0, 8, 16, 20], None), ([0, 1, 2], None), ([], None)],
)
def test_an_interval_is_measured_only_where_the_last_three_gaps_agree(hours: list[int], agreed: int | None) -> None:
    rows = [
        {"fundingRate": 0.0001, "timestamp": int((NOW + (h - 48) * HOURS).timestamp() * 1000) + h, "info": {}}
        for h in hours
    ]
    history = translation.funding_history(contract("okx", listed_at=NOW), rows, NOW, "OKX")
    assert translation.agreed_interval(history) == (agreed * HOURS if agreed else None)


@given(st.sets(st.integers(0, 99)), st.sets(st.integers(0, 99)), st.integers(0, 99))
def test_a_history_that_is_continued_has_every_settlement_once_in_order_and_the_news_count(
    old: set[int], new: set[int], first: int
) -> None:
    def of(hours: set[int], rate: str) -> FundingHistory:
        rows = [Settlement(D(rate), NOW + hour * HOURS) for hour in sorted(hours)]
        return FundingHistory(contract("okx"), tuple(rows), NOW, "OKX")

    found = translation.continued(of(old, "1"), of(new, "2"), NOW + first * HOURS)
    expected = [hour for hour in sorted(old | new) if hour >= first]
    assert [s.charged_at for s in found.settlements] == [NOW + hour * HOURS for hour in expected]
    assert [s.rate_per_interval for s in found.settlements] == [2 if hour in new else 1 for hour in expected]


# Candles ---------------------------------------------------------------------------------------------------------


def test_only_closed_bars_are_kept_in_order_and_each_once() -> None:
    day = int(datetime(2026, 2, 27, tzinfo=UTC).timestamp() * 1000)
    rows = [[day + n * 86_400_000, 10, 12, 9, 11, 5] for n in (1, 0, 1, 2)]  # NOW is at noon of day 2
    candles = translation.daily_candles(contract("binance", kind=InstrumentKind.SPOT), rows, NOW, "Binance spot")
    assert [bar.opened_at.day for bar in candles.bars] == [27, 28]
    assert candles.bars[0].volume_base == D("5")


def test_a_bar_with_a_hole_is_left_out_and_no_bar_is_an_empty_answer() -> None:
    with pytest.raises(EmptyAnswer):
        translation.daily_candles(contract("okx"), [[1600000000000, None, 12, 9, 11, 5]], NOW, "OKX")


# Margin tiers ----------------------------------------------------------------------------------------------------


def test_tiers_are_sorted_and_start_at_zero() -> None:
    rows = [
        {"minNotional": 150000, "maintenanceMarginRate": 0.005, "maxLeverage": 100, "info": {}},
        {"minNotional": 0, "maintenanceMarginRate": 0.004, "maxLeverage": 125, "info": {}},
    ]
    tiers = translation.margin_tiers(contract("bitget"), rows, NOW, "Bitget")
    assert (tiers.unit, [tier.floor for tier in tiers.tiers]) == (TierUnit.QUOTE, [D("0"), D("150000")])
    with pytest.raises(EmptyAnswer):
        translation.margin_tiers(contract("bitget"), [{"maintenanceMarginRate": None}], NOW, "Bitget")


# Numbers and times -------------------------------------------------------------------------------------------------


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=4))
def test_a_number_of_up_to_15_digits_comes_through_a_float_unchanged(number: Decimal) -> None:
    if len(number.as_tuple().digits) <= 15:
        assert translation.decimal(float(number)) == number


@pytest.mark.parametrize("nothing", [None, "", "nan", float("nan"), float("inf"), "NaN", "abc"])
def test_what_is_no_number_is_nothing(nothing: object) -> None:
    assert translation.decimal(nothing) is None


def test_times_are_aware_utc_and_zero_is_no_time() -> None:
    assert translation.time("1700000000000") == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert translation.time(0) is None
    assert translation.time(None) is None
