"""Each quirk of an exchange with the figures that show it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from chatbot.core.markets import FundingKind, InstrumentKind, TierUnit
from chatbot.market import questions, quirks, translation
from chatbot.market.quirks import Paging
from tests.chatbot.market.recorded import NOW, at, client_of, contract, listed, payload, rows_of

pytestmark = pytest.mark.xdist_group("ccxt")

HOUR = timedelta(hours=1)


def D(text: str) -> Decimal:  # noqa: N802 - a literal
    return Decimal(text)


# Names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "base_name", "coin", "unit"),
    [
        ("1000PEPE", None, "PEPE", 1000),
        ("10000SATS", None, "SATS", 10_000),
        ("1000000MOG", None, "MOG", 1_000_000),
        ("1MBABYDOGE", None, "BABYDOGE", 1_000_000),
        ("SHIB1000", None, "SHIB", 1000),
        ("KPEPE", "kPEPE", "PEPE", 1000),  # Hyperliquid
        ("KAITO", "KAITO", "KAITO", 1),
        ("1INCH", None, "1INCH", 1),
        ("100X", None, "100X", 1),
        ("1000", None, "1000", 1),
        ("BTC", "BTC", "BTC", 1),
    ],
)
def test_thousands_of_a_coin_are_that_coin(base: str, base_name: str | None, coin: str, unit: int) -> None:
    assert quirks.coin_and_unit({"base": base, "baseName": base_name}) == (coin, Decimal(unit))


async def test_a_contract_of_a_thousand_pepe_is_a_thousand_pepe() -> None:
    client = client_of("binance", {"exchangeInfo": {"symbols": [_binance_pepe()]}})
    pepe = (await listed(client, ["linear"]))["1000PEPEUSDT"]
    assert (pepe.coin, pepe.price_unit, pepe.contract_size) == ("PEPE", D("1000"), D("1000"))
    assert (pepe.step_contracts, pepe.tick_quote) == (D("1"), D("0.0000000001"))  # 0.0000001 per 1000
    assert pepe.listed_at == datetime(2023, 5, 5, 9, 30, tzinfo=UTC)


def _binance_pepe() -> dict[str, object]:
    return {
        "symbol": "1000PEPEUSDT",
        "pair": "1000PEPEUSDT",
        "contractType": "PERPETUAL",
        "deliveryDate": 4133404800000,
        "onboardDate": 1683279000000,
        "status": "TRADING",
        "baseAsset": "1000PEPE",
        "quoteAsset": "USDT",
        "marginAsset": "USDT",
        "filters": [
            {"filterType": "PRICE_FILTER", "tickSize": "0.0000001", "minPrice": "0.0000001", "maxPrice": "200"},
            {"filterType": "LOT_SIZE", "stepSize": "1", "minQty": "1", "maxQty": "1000000000"},
            {"filterType": "MIN_NOTIONAL", "notional": "5"},
        ],
    }


# Markets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "is_wanted"),
    [
        ({}, True),
        ({"active": False}, False),
        ({"option": True}, False),
        ({"quote": "EUR"}, False),
        ({"linear": False, "inverse": False}, False),  # quanto
        ({"swap": False, "future": True}, True),
        ({"swap": False, "future": True, "info": {"ruleType": "xperp"}}, False),  # OKX
        ({"swap": False, "spot": True, "linear": None, "inverse": None}, True),
        ({"swap": False, "spot": True, "stock": True}, False),
    ],
)
def test_what_is_no_plain_contract_against_a_dollar_is_left_out(changes: dict[str, object], is_wanted: bool) -> None:
    market = {"base": "BTC", "quote": "USDT", "swap": True, "linear": True, "inverse": False, "active": True}
    assert quirks.is_wanted({**market, **changes}) is is_wanted


async def test_of_several_spot_markets_the_one_against_tether_is_kept() -> None:
    def spot(quote: str) -> dict[str, object]:
        filters = [
            {"filterType": "PRICE_FILTER", "tickSize": "0.01"},
            {"filterType": "LOT_SIZE", "stepSize": "0.0001", "minQty": "0.0001", "maxQty": "9000"},
        ]
        names = {"symbol": f"ETH{quote}", "baseAsset": "ETH", "quoteAsset": quote, "status": "TRADING"}
        return {**names, "isSpotTradingAllowed": True, "permissions": ["SPOT"], "filters": filters}

    client = client_of("binance", {"exchangeInfo": {"symbols": [spot("USDC"), spot("USDT"), spot("EUR")]}})
    assert list(await listed(client, ["spot"])) == ["ETHUSDT"]


def test_every_exchange_that_lists_thousands_of_options_loads_none() -> None:
    for exchange in ("bybit", "okx", "gate", "binance"):
        assert not any("option" in str(kind) for kind in quirks.MARKET_KINDS[exchange])
    assert quirks.MARKET_PARAMS["deribit"] == {"kind": "future"}


# Intervals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("8h", 8 * HOUR),
        ("1h", HOUR),
        ("7200000", 2 * HOUR),  # gate and kucoin, whose map lacks 2 hours
        ("10800000", 3 * HOUR),  # okx
        ("0.5h", HOUR / 2),
        (None, None),
        ("", None),
        ("0h", None),
        ("soon", None),
    ],
)
def test_an_interval_is_hours_or_milliseconds_or_unknown(text: str | None, interval: timedelta | None) -> None:
    assert quirks.parse_interval(text) == interval


@pytest.mark.parametrize(
    ("exchange", "info", "interval"),
    [
        ("bybit", {"fundingInterval": "240"}, 4 * HOUR),
        ("gate", {"funding_interval": "28800"}, 8 * HOUR),
        ("bitget", {"fundInterval": "4"}, 4 * HOUR),
        ("hyperliquid", {}, HOUR),
        ("krakenfutures", {}, HOUR),
        ("binance", {}, None),
        ("okx", {}, None),
        ("bybit", {}, None),
    ],
)
def test_a_market_names_its_interval_in_its_own_unit(
    exchange: str, info: dict[str, str], interval: timedelta | None
) -> None:
    assert quirks.funding_interval(exchange, info) == interval


async def test_binance_lists_the_intervals_that_are_not_eight_hours() -> None:
    answers = {
        "exchangeInfo": {"symbols": [_binance_pepe()]},
        "fundingInfo": [{"symbol": "1000PEPEUSDT", "fundingIntervalHours": 4, "disclaimer": False}],
    }
    client = client_of("binance", answers)
    await listed(client, ["linear"])
    assert await questions.binance_intervals(client, is_inverse=False) == {"1000PEPE/USDT:USDT": 4 * HOUR}


# Rates -------------------------------------------------------------------------------------------------------------


async def test_krakens_inverse_rate_is_its_absolute_rate_times_the_price() -> None:
    client = client_of(
        "krakenfutures",
        {
            "instruments": payload("kraken__http_futures_instruments"),
            "tickers": payload("kraken__http_futures_tickers"),
        },
    )
    found = await listed(client)
    rate = await questions.funding_rate(client, found["PI_XBTUSD"], at, "Kraken")
    # -3.995839963e-09 BTC per USD contract and hour x 91,506.6009839176 USD per BTC
    assert round(rate.rate_per_interval, 10) == D("-0.0003656457")
    assert rate.interval == HOUR
    linear = await questions.funding_rate(client, found["PF_ETHUSD"], at, "Kraken")
    assert round(linear.rate_per_interval, 12) == D("0.000000004680")  # 1.5e-05 USD per coin / 3,205.25


async def test_krakens_quote_comes_from_everybodys_tickers() -> None:
    client = client_of(
        "krakenfutures",
        {
            "instruments": payload("kraken__http_futures_instruments"),
            "tickers": payload("kraken__http_futures_tickers"),
        },
    )
    found = await listed(client)
    quote = await questions.futures_quote(client, found["PF_ETHUSD"], at, "Kraken")
    assert (quote.mark_quote, quote.bid_quote, quote.ask_quote) == (D("3205.25"), D("3200"), D("3210.5"))
    assert quote.volume_day_quote == D("500000") * D("3205.25")  # vol24h is in coins


def test_deribits_rate_is_what_the_last_eight_hours_paid() -> None:
    raw = {"fundingRate": 0.00031, "interval": "8h", "fundingTimestamp": None, "timestamp": 1691161200000}
    rate = translation.funding_rate(contract("deribit"), raw, NOW, "Deribit")
    assert (rate.kind, rate.interval) == (FundingKind.SETTLED, 8 * HOUR)
    assert rate.charged_at == datetime(2023, 8, 4, 15, tzinfo=UTC)


async def test_deribits_settlements_are_hourly_and_not_its_eight_hour_sums() -> None:
    # two rows that a user pasted in ccxt pull request 18781
    rows = [
        {"timestamp": 1691157600000, "interest_1h": 4.0037341082362756e-05, "interest_8h": 0.00031081187},
        {"timestamp": 1691161200000, "interest_1h": 4.2599284093567054e-05, "interest_8h": 0.00034726447},
    ]
    client = client_of(
        "deribit",
        {"get_instruments": payload("deribit__http_get_instruments"), "funding_rate_history": {"result": rows}},
    )
    perpetual = (await listed(client))["BTC-PERPETUAL"]
    now = datetime(2023, 8, 4, 16, tzinfo=UTC)
    history = await questions.funding_history(client, perpetual, lambda: now, "Deribit")
    assert [round(s.rate_per_interval, 10) for s in history.settlements] == [D("0.0000400373"), D("0.0000425993")]


def test_weexs_upcoming_rate_is_the_forecast_at_the_next_time() -> None:
    raw = {
        "fundingRate": 0.00001031,
        "fundingTimestamp": 1775597594265,  # now
        "nextFundingRate": 0.00005618,
        "nextFundingTimestamp": 1775606400000,
        "interval": "8h",
    }
    rate = translation.funding_rate(contract("weex"), raw, NOW, "WEEX")
    assert (rate.rate_per_interval, rate.charged_at) == (D("0.00005618"), datetime(2026, 4, 8, tzinfo=UTC))


def test_bingxs_charge_time_stands_in_the_wrong_field() -> None:
    raw = {"fundingRate": 0.0001, "fundingTimestamp": None, "nextFundingTimestamp": 1672041600000, "interval": "8h"}
    rate = translation.funding_rate(contract("bingx"), raw, NOW, "BingX")
    assert rate.charged_at == datetime(2022, 12, 26, 8, tzinfo=UTC)


def test_a_rate_without_interval_takes_the_markets_and_else_stays_unknown() -> None:
    raw = {"fundingRate": 0.0001, "interval": None}
    known = translation.funding_rate(contract("bitget", funding_interval=4 * HOUR), raw, NOW, "Bitget")
    assert known.interval == 4 * HOUR
    assert translation.funding_rate(contract("binance"), raw, NOW, "Binance").interval is None


# Histories ---------------------------------------------------------------------------------------------------------


@cache
def _settlements(count: int) -> list[dict[str, Any]]:
    """The last `count` hourly settlements before NOW, oldest first, as unified rows."""
    first = NOW.replace(minute=0) - (count - 1) * HOUR
    stamps = [int((first + n * HOUR).timestamp() * 1000) for n in range(count)]
    return [{"fundingRate": 0.0001, "timestamp": stamp, "info": {"interest_1h": 0.0001}} for stamp in stamps]


class Pages:
    """A client with 9,000 hourly settlements that gives them as this exchange does."""

    def __init__(self, paging: Paging, word: str, window: timedelta | None = None) -> None:
        self.paging, self.word, self.calls = paging, word, 0
        self.window_ms = None if window is None else window // timedelta(milliseconds=1)

    async def fetch_funding_rate_history(
        self, symbol: str, since: int | None, limit: int, params: dict[str, int] | None = None
    ) -> list[dict[str, Any]]:
        self.calls += 1
        rows, params = _settlements(9000), params or {}
        if self.paging is Paging.FORWARD:
            start = since or 0
            end = start + (self.window_ms or 10**15)
            return [row for row in rows if start <= row["timestamp"] <= end][:limit]
        if self.paging is Paging.BACKWARD:
            return [row for row in rows if row["timestamp"] <= params.get(self.word, 10**15)][-limit:]
        number = params[self.word]
        return rows[-limit * number : -limit * (number - 1) or None]


@pytest.mark.parametrize(
    ("exchange", "calls"), [("binance", 1), ("bybit", 4), ("okx", 8), ("gate", 1), ("bitget", 8), ("hyperliquid", 2)]
)
async def test_a_month_of_hourly_settlements_comes_whole_however_it_is_paged(exchange: str, calls: int) -> None:
    pages = quirks.history_pages(exchange)
    client = Pages(pages.paging, pages.word)
    history = await questions.funding_history(client, contract(exchange), at, exchange)
    times = [s.charged_at for s in history.settlements]
    assert times[0] <= NOW - timedelta(days=30)
    assert times[-1] == NOW.replace(minute=0)
    assert len(times) == (times[-1] - times[0]) / HOUR + 1  # no hole and no double
    assert client.calls == calls  # 744 hours in pages of 1000, 200, 100, 1000, 100, 500


@pytest.mark.parametrize(
    ("exchange", "calls"),
    [
        ("binance", 9),  # 8,760 hours in pages of 1,000
        ("bybit", 44),  # of 200
        ("gate", 9),
        ("bitget", 88),  # of 100
        ("mexc", 88),
        ("hyperliquid", 18),  # of 500
        ("deribit", 13),  # of 30 days
        ("krakenfutures", 1),
        ("weex", 88),
    ],
)
async def test_a_year_of_hourly_settlements_comes_whole_however_it_is_paged(exchange: str, calls: int) -> None:
    pages = quirks.history_pages(exchange)
    client = Pages(pages.paging, pages.word, pages.window)
    history = await questions.funding_history(client, contract(exchange), at, exchange, timedelta(days=365))
    times = [s.charged_at for s in history.settlements]
    assert times[0] <= NOW - timedelta(days=365) + HOUR
    assert times[-1] == NOW.replace(minute=0)
    assert len(times) == (times[-1] - times[0]) / HOUR + 1  # no hole and no double
    assert client.calls == calls


async def test_a_month_in_which_deribit_missed_hours_does_not_end_the_history() -> None:
    class Missing(Pages):
        async def fetch_funding_rate_history(self, *asked: Any) -> list[dict[str, Any]]:
            rows = await super().fetch_funding_rate_history(*asked)
            middle = NOW - timedelta(days=60)
            hole = (int((middle - 9 * HOUR).timestamp() * 1000), int(middle.timestamp() * 1000))
            return [row for row in rows if not hole[0] <= row["timestamp"] <= hole[1]]

    pages = quirks.history_pages("deribit")
    client = Missing(pages.paging, pages.word, pages.window)
    history = await questions.funding_history(client, contract("deribit"), at, "Deribit", timedelta(days=92))
    times = [s.charged_at for s in history.settlements]
    assert times[-1] == NOW.replace(minute=0)
    # rows stand at full hours: nine of them lie in the hole, so the gap is of ten
    assert max(after - before for before, after in pairwise(times)) == 10 * HOUR


async def test_krakens_whole_history_is_one_answer_of_relative_rates() -> None:
    client = client_of(
        "krakenfutures",
        {
            "instruments": payload("kraken__http_futures_instruments"),
            "historicalfundingrates": payload("kraken__http_futures_historical_funding_rates"),
        },
    )
    ether = (await listed(client))["PF_ETHUSD"]
    now = datetime(2025, 7, 12, tzinfo=UTC)
    history = await questions.funding_history(client, ether, lambda: now, "Kraken")
    assert rows_of(history)[-1] == ("0.0001", "2025-07-11T08:00:00+00:00")


# Volumes -----------------------------------------------------------------------------------------------------------


def test_day_volumes_are_money_whatever_the_exchange_counts() -> None:
    okx = contract("okx", contract_size=D("0.01"))
    ticker = {"baseVolume": 100000, "quoteVolume": None, "info": {"volCcy24h": "1000"}}
    assert quirks.volume_day_quote(okx, ticker, D("60000")) == D("60000000")
    bybit = contract("bybit", is_inverse=True)
    ticker = {"baseVolume": 49337318, "quoteVolume": None, "info": {}}
    assert quirks.volume_day_quote(bybit, ticker, D("16596")) == D("49337318")  # USD contracts
    assert quirks.volume_day_quote(contract("gate"), {"quoteVolume": 5}, D("1")) == D("5")
    assert quirks.volume_day_quote(contract("gate"), {}, D("1")) is None


def test_gates_candles_count_contracts_of_a_perpetual_but_coins_of_a_spot_market() -> None:
    perpetual = contract("gate", contract_size=D("0.0001"))
    assert quirks.candle_volume_base(perpetual, D("20000"), D("60000")) == D("2")
    inverse = contract("gate", is_inverse=True)
    assert quirks.candle_volume_base(inverse, D("120000"), D("60000")) == D("2")
    spot = contract("gate", kind=InstrumentKind.SPOT)
    assert quirks.candle_volume_base(spot, D("7"), D("60000")) == D("7")
    pepe = contract("binance", price_unit=D("1000"), contract_size=D("1000"))
    assert quirks.candle_volume_base(pepe, D("5"), D("0.00001")) == D("5000")


def test_mexcs_mark_is_called_fair_price() -> None:
    part = {"markPrice": None, "info": {"fairPrice": 3581.08, "indexPrice": 3580.7852}}
    quote = translation.futures_quote(contract("mexc"), [part], NOW, "MEXC")
    assert (quote.mark_quote, quote.index_quote) == (D("3581.08"), D("3580.7852"))


async def test_hyperliquids_bid_and_ask_come_from_its_book_not_from_impact_prices() -> None:
    meta = payload("hyperliquid__http_meta_perp_sample")
    context = {
        "markPx": "110427.5",
        "midPx": "110427.5",
        "oraclePx": "110450",
        "impactPxs": ["110400", "110460"],
        "dayNtlVlm": "9450588.2273",
        "funding": "0.0000198",
    }
    contexts = [context for _ in meta["universe"]]
    book = payload("hyperliquid__http_l2_book_btc")
    client = client_of("hyperliquid", {"l2Book": book, "metaAndAssetCtxs": [meta, contexts]})
    bitcoin = next(i for i in (await listed(client, ["swap"])).values() if i.coin == "BTC")
    quote = await questions.futures_quote(client, bitcoin, at, "Hyperliquid")
    assert (quote.mark_quote, quote.index_quote) == (D("110427.5"), D("110450"))
    assert (quote.bid_quote, quote.ask_quote) == (D("110427"), D("110428"))
    assert quote.volume_day_quote == D("9450588.2273")


# Tiers -------------------------------------------------------------------------------------------------------------


def _tiers(exchange: str, rows: list[dict[str, Any]], **fields: Any) -> Any:
    return translation.margin_tiers(contract(exchange, **fields), rows, NOW, exchange)


def test_okx_tiers_are_contracts_and_the_whole_position_has_its_tiers_rate() -> None:
    rows = [
        {"minNotional": 0, "maintenanceMarginRate": 0.004, "maxLeverage": 100, "info": {}},
        {"minNotional": 50000, "maintenanceMarginRate": 0.005, "maxLeverage": 100, "info": {}},
    ]
    linear = _tiers("okx", rows, contract_size=D("0.01"))
    assert (linear.unit, linear.tiers[1].floor, linear.tiers[1].deduction) == (TierUnit.BASE, D("500"), D("0"))
    inverse = _tiers("okx", rows, contract_size=D("100"), is_inverse=True)
    assert (inverse.unit, inverse.tiers[1].floor) == (TierUnit.QUOTE, D("5000000"))


def test_mexc_tiers_are_contracts() -> None:
    rows = [{"minNotional": 200000, "maintenanceMarginRate": 0.004, "maxLeverage": 100, "info": {}}]
    tiers = _tiers("mexc", rows, contract_size=D("0.0001"))
    assert (tiers.unit, tiers.tiers[0].floor) == (TierUnit.BASE, D("20"))


def test_bybit_states_its_deduction_in_money_and_for_inverse_contracts_its_limits_in_coin() -> None:
    def row(floor: float, share: float, amount: str) -> dict[str, Any]:
        info = {"initialMargin": "0.01", "mmDeduction": amount}
        return {"minNotional": floor, "maintenanceMarginRate": share, "maxLeverage": 100, "info": info}

    linear = _tiers("bybit", [row(0, 0.005, ""), row(2_000_000, 0.0056, "1200")])
    assert (linear.unit, linear.tiers[1].deduction) == (TierUnit.QUOTE, D("1200"))
    inverse = _tiers("bybit", [row(0, 0.005, ""), row(150, 0.01, "0.75")], is_inverse=True)
    assert (inverse.unit, inverse.tiers[1].floor, inverse.tiers[1].deduction) == (TierUnit.BASE, D("150"), D("0.75"))


def test_a_deduction_that_bybit_leaves_out_follows_from_its_tiers() -> None:
    rows = [
        {"minNotional": 0, "maintenanceMarginRate": 0.005, "maxLeverage": 100, "info": {"initialMargin": "0.01"}},
        {"minNotional": 2e6, "maintenanceMarginRate": 0.0056, "maxLeverage": 90, "info": {"initialMargin": "0.011"}},
    ]
    assert _tiers("bybit", rows).tiers[1].deduction == D("1200")  # 2,000,000 x (0.56 - 0.5 %)


def test_bybits_documented_percents_become_shares() -> None:
    # "maintenanceMargin": "0.5", "initialMargin": "1", "maxLeverage": "100.00" in its documentation
    row = {"minNotional": 0, "maintenanceMarginRate": 0.5, "maxLeverage": 100, "info": {"initialMargin": "1"}}
    assert _tiers("bybit", [row]).tiers[0].maintenance_share == D("0.005")


def test_gates_tiers_hold_their_deduction() -> None:
    rows = [
        {"minNotional": 0, "maintenanceMarginRate": 0.004, "maxLeverage": 125, "info": {"deduction": "0"}},
        {"minNotional": 1e6, "maintenanceMarginRate": 0.005, "maxLeverage": 100, "info": {"deduction": "1000"}},
    ]
    assert [tier.deduction for tier in _tiers("gate", rows).tiers] == [D("0"), D("1000")]


async def test_krakens_tiers_come_with_its_markets_in_quote_or_in_contracts_of_a_dollar() -> None:
    client = client_of("krakenfutures", {"instruments": payload("kraken__http_futures_instruments")})
    found = await listed(client)
    pepe = await questions.margin_tiers(client, found["PF_PEPEUSD"], at, "Kraken")
    assert [(tier.floor, tier.maintenance_share) for tier in pepe.tiers] == [
        (D("0"), D("0.01")),
        (D("2000000"), D("0.02")),
    ]
    bitcoin = await questions.margin_tiers(client, found["PI_XBTUSD"], at, "Kraken")
    assert (bitcoin.unit, bitcoin.tiers[1].floor) == (TierUnit.QUOTE, D("500000"))


async def test_hyperliquids_maintenance_is_half_the_margin_at_its_maximum_leverage() -> None:
    meta = payload("hyperliquid__http_meta_perp_sample")
    contexts = [{"markPx": "100000", "midPx": "100000"} for _ in meta["universe"]]
    client = client_of("hyperliquid", {"metaAndAssetCtxs": [meta, contexts]})
    bitcoin = next(i for i in (await listed(client, ["swap"])).values() if i.coin == "BTC")
    (tier,) = (await questions.margin_tiers(client, bitcoin, at, "Hyperliquid")).tiers
    assert (tier.maintenance_share, tier.maximum_leverage) == (D("0.0125"), D("40"))  # 1 / (2 x 40)
