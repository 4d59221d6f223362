"""Boards from literal answers of every exchange: rates with the interval that was said, prices, volume, and gaps."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chatbot.core.markets import Board, BoardRow, FundingKind, Instrument, InstrumentKind
from chatbot.market import bulk, failures, translation
from tests.chatbot.market.recorded import NOW, at, client_of, contract, listed, payload

pytestmark = pytest.mark.xdist_group("ccxt")

HOUR = timedelta(hours=1)
ETHER = {"symbol": "ETH/USDT:USDT", "coin": "ETH"}


def D(text: str) -> Decimal:  # noqa: N802 - a literal
    return Decimal(text)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type] # year, month, day, hour ...


def inverse(exchange: str, market_id: str, symbol: str = "BTC/USD:BTC") -> Instrument:
    size = Decimal(100)
    return contract(exchange, symbol, market_id, quote="USD", settle="BTC", is_inverse=True, contract_size=size)


def dated(exchange: str, market_id: str, symbol: str, expires_at: datetime) -> Instrument:
    return contract(exchange, symbol, market_id, kind=InstrumentKind.DATED, expires_at=expires_at)


def knowing(client: Any, contracts: Sequence[Instrument]) -> Any:
    """The client with these markets, as ccxt would hold them."""
    client.set_markets([_market(client, each) for each in contracts])
    return client


def _market(client: Any, each: Instrument) -> Any:
    is_dated = each.kind is InstrumentKind.DATED
    return client.safe_market_structure(
        {
            "id": each.market_id,
            "symbol": each.symbol,
            "base": each.coin,
            "quote": each.quote,
            "settle": each.settle,
            "settleId": each.settle.lower(),
            "type": "future" if is_dated else "swap",
            "spot": False,
            "swap": not is_dated,
            "future": is_dated,
            "option": False,
            "contract": True,
            "linear": not each.is_inverse,
            "inverse": each.is_inverse,
            "active": True,
            "contractSize": float(each.contract_size),
            "precision": {"amount": 0.001, "price": 0.1},
            "info": {},
        }
    )


async def board_of(client: Any, *contracts: Instrument) -> Board:
    return await bulk.board(client, contracts, at, "X", patience=1.0)


def row_of(board: Board, each: Instrument) -> BoardRow:
    return next(row for row in board.rows if row.instrument is each)


def told(row: BoardRow) -> tuple[object, ...]:
    """Rate, interval, time of the charge; mark, index, volume."""
    funding = row.funding
    rate = (funding.rate_per_interval, funding.interval, funding.charged_at) if funding else (None, None, None)
    return (*rate, row.mark_quote, row.index_quote, row.volume_day_quote)


# Every exchange ----------------------------------------------------------------------------------------------------


async def test_binance_says_rates_and_volumes_of_both_kinds_in_four_requests_and_no_interval() -> None:
    bitcoin, coin_margined = contract("binance"), inverse("binance", "BTCUSD_PERP")
    future = dated("binance", "BTCUSDT_260626", "BTC/USDT:USDT-260626", utc(2026, 6, 26, 8))
    # rate and prices as in ccxt's source (binance 10580)
    linear = [
        {
            "symbol": "BTCUSDT",
            "markPrice": "45802.81129892",
            "indexPrice": "45745.47701915",
            "lastFundingRate": "0.00063521",
            "nextFundingTime": "1621267200000",
            "time": "1621252344001",
        },
        {"symbol": "BTCUSDT_260626", "markPrice": "46000", "indexPrice": "45745.5", "lastFundingRate": ""},
    ]
    coins = [{"symbol": "BTCUSD_PERP", "markPrice": "45800", "indexPrice": "45745", "lastFundingRate": "-0.0001"}]
    client = knowing(
        client_of(
            "binance",
            {
                "fapi/v1/premiumIndex": linear,
                "dapi/v1/premiumIndex": coins,
                "fapi/v1/ticker/24hr": [
                    {"symbol": "BTCUSDT", "volume": "100", "quoteVolume": "4580000", "lastPrice": "45800"},
                    {"symbol": "BTCUSDT_260626", "volume": "2", "quoteVolume": "92000", "lastPrice": "46000"},
                ],
                "dapi/v1/ticker/24hr": [
                    {"symbol": "BTCUSD_PERP", "volume": "500", "baseVolume": "1.09", "weightedAvgPrice": "45800"}
                ],
            },
        ),
        [bitcoin, coin_margined, future],
    )
    board = await board_of(client, bitcoin, coin_margined, future)
    charged_at = utc(2021, 5, 17, 16)  # 1621267200000
    assert told(row_of(board, bitcoin)) == (
        *(D("0.00063521"), None, charged_at),
        *(D("45802.81129892"), D("45745.47701915"), D("4580000")),
    )
    # 1.09 BTC at 45,800 on average
    assert told(row_of(board, coin_margined)) == (D("-0.0001"), None, None, D("45800"), D("45745"), D("49922"))
    assert told(row_of(board, future)) == (None, None, None, D("46000"), D("45745.5"), D("92000"))
    assert board.as_of == utc(2021, 5, 17, 11, 52, 24, 1000)  # 1621252344001: the newest that was stated
    assert len(client.asked) == 4


async def test_bybits_ticker_says_all_in_one_request_and_its_own_interval_counts() -> None:
    bitcoin = contract("bybit", funding_interval=8 * HOUR)  # as it was when the markets were loaded
    ticker = {
        "symbol": "BTCUSDT",
        "lastPrice": "19255.50",
        "markPrice": "19255.00",
        "indexPrice": "19260.68",
        "turnover24h": "4686694853.047006",
        "volume24h": "243730.252",
        "fundingRate": "0.0001",
        "nextFundingTime": "1663689600000",
        "fundingIntervalHour": "4",
        "deliveryTime": "0",
    }
    answer = {"retCode": 0, "result": {"category": "linear", "list": [ticker]}, "time": 1663670053454}
    client = knowing(client_of("bybit", {"category=linear": answer}), [bitcoin])
    board = await board_of(client, bitcoin)
    assert told(board.rows[0]) == (
        *(D("0.0001"), 4 * HOUR, utc(2022, 9, 20, 16)),
        *(D("19255"), D("19260.68"), D("4686694853.047006")),
    )
    assert len(client.asked) == 1  # rates and tickers are one answer; nothing inverse is listed here


async def test_bybits_inverse_contracts_are_a_second_request_and_their_volume_is_in_dollars() -> None:
    coin_margined = inverse("bybit", "BTCUSD")
    # the ticker in ccxt's source (bybit 2661)
    ticker = {
        "symbol": "BTCUSD",
        "lastPrice": "16597.00",
        "indexPrice": "16598.54",
        "markPrice": "16596.00",
        "turnover24h": "2352.94950046",
        "volume24h": "49337318",
        "fundingRate": "-0.001034",
        "nextFundingTime": "1672387200000",
    }
    answer = {"retCode": 0, "result": {"category": "inverse", "list": [ticker]}, "time": 1672376496682}
    client = knowing(client_of("bybit", {"category=inverse": answer}), [coin_margined])
    (row,) = (await board_of(client, coin_margined)).rows
    assert told(row) == (
        *(D("-0.001034"), None, utc(2022, 12, 30, 8)),
        *(D("16596"), D("16598.54"), D("49337318")),
    )


async def test_okxs_interval_is_the_time_between_its_next_two_charges() -> None:
    ripple = contract("okx", "XRP/USDT:USDT", "XRP-USDT-SWAP", coin="XRP", contract_size=Decimal(100))
    future = dated("okx", "BTC-USDT-260626", "BTC/USDT:USDT-260626", utc(2026, 6, 26, 8))
    # pasted by a user in ccxt issue 20735
    rate = {
        "fundingRate": "0.0000725960411548",
        "fundingTime": "1704816000000",
        "instId": "XRP-USDT-SWAP",
        "instType": "SWAP",
        "method": "current_period",
        "nextFundingRate": "",
        "nextFundingTime": "1704844800000",
        "ts": "1704801977043",
    }
    tickers = {"instType": "SWAP", "instId": "XRP-USDT-SWAP", "last": "0.57", "vol24h": "1000", "volCcy24h": "100000"}
    marks = {
        "SWAP": {"instType": "SWAP", "instId": "XRP-USDT-SWAP", "markPx": "0.5701", "ts": "1704801977000"},
        "FUTURES": {"instType": "FUTURES", "instId": "BTC-USDT-260626", "markPx": "47000", "ts": "1704801977000"},
    }
    client = knowing(
        client_of(
            "okx",
            {
                "public/funding-rate": {"code": "0", "data": [rate]},
                "mark-price?instType=SWAP": {"code": "0", "data": [marks["SWAP"]]},
                "mark-price?instType=FUTURES": {"code": "0", "data": [marks["FUTURES"]]},
                "market/tickers?instType=SWAP": {"code": "0", "data": [tickers]},
                "market/tickers?instType=FUTURES": {"code": "0", "data": []},
                "index-tickers?quoteCcy=USDT": {
                    "code": "0",
                    "data": [{"instId": "XRP-USDT", "idxPx": "0.57"}, {"instId": "BTC-USDT", "idxPx": "46000"}],
                },
            },
        ),
        [ripple, future],
    )
    board = await board_of(client, ripple, future)
    # 100,000 XRP at 0.5701
    assert told(row_of(board, ripple)) == (
        *(D("0.0000725960411548"), 8 * HOUR, utc(2024, 1, 9, 16)),
        *(D("0.5701"), D("0.57"), D("57010")),
    )
    assert told(row_of(board, future)) == (None, None, None, D("47000"), D("46000"), None)
    assert len(client.asked) == 6


async def test_gates_two_hours_come_as_milliseconds_and_are_two_hours() -> None:
    ether = contract("gate", market_id="ETH_USDT", contract_size=D("0.01"), **ETHER)
    entry = {
        "name": "ETH_USDT",
        "mark_price": "2000.5",
        "index_price": "2000",
        "funding_rate": "0.0002",
        "funding_next_apply": 1610035200,
        "funding_interval": 7200,
    }
    ticker = {"contract": "ETH_USDT", "last": "2000", "mark_price": "2000.5", "volume_24h_quote": "123456"}
    client = knowing(client_of("gate", {"usdt/contracts": [entry], "usdt/tickers": [ticker]}), [ether])
    board = await board_of(client, ether)
    assert told(board.rows[0]) == (
        *(D("0.0002"), 2 * HOUR, utc(2021, 1, 7, 16)),
        *(D("2000.5"), D("2000"), D("123456")),
    )
    assert board.as_of == NOW  # Gate states no time


async def test_bitget_is_asked_by_the_method_that_names_interval_and_time() -> None:
    bitcoin = contract("bitget")
    rates = {"symbol": "BTCUSDT", "fundingRate": "-0.000024", "fundingRateInterval": "4", "nextUpdate": "1761667200000"}
    ticker = {
        "symbol": "BTCUSDT",
        "lastPr": "104823.8",
        "ts": "1750332210370",
        "quoteVolume": "8274870921.80485",
        "baseVolume": "79089.5675",
        "indexPrice": "104881.953125",
        "markPrice": "104824.2",
        "fundingRate": "-0.000014",  # without interval: not taken
    }
    client = knowing(
        client_of(
            "bitget",
            {
                "current-fund-rate": {"code": "00000", "data": [rates]},
                "market/tickers": {"code": "00000", "data": [ticker]},
            },
        ),
        [bitcoin],
    )
    board = await board_of(client, bitcoin)
    assert told(board.rows[0]) == (
        *(D("-0.000024"), 4 * HOUR, utc(2025, 10, 28, 16)),
        *(D("104824.2"), D("104881.953125"), D("8274870921.80485")),
    )
    assert all("productType=USDT-FUTURES" in asked for asked in client.asked)


async def test_kucoins_interval_is_the_granularity_in_use() -> None:
    bitcoin = contract("kucoinfutures", market_id="XBTUSDTM", contract_size=D("0.001"))
    rate = {
        "symbol": "XBTUSDTM",
        "nextFundingRate": "-0.000004",
        "fundingTime": 1789315200000,
        "currentGranularity": 7200000,
        "newGranularity": 28800000,
        "newGranularityStartTime": 1750147200000,
    }
    active = {"symbol": "XBTUSDTM", "markPrice": 60000.5, "indexPrice": 60000, "turnoverOf24h": 5e8, "volumeOf24h": 8e3}
    client = knowing(
        client_of(
            "kucoinfutures",
            {
                "funding-rate": {"code": "200000", "data": [rate, {**rate, "symbol": ".XBTUSDTMFPI8H"}]},
                "contracts/active": {"code": "200000", "data": [active]},
            },
        ),
        [bitcoin],
    )
    (row,) = (await board_of(client, bitcoin)).rows
    assert told(row) == (
        *(D("-0.000004"), 2 * HOUR, utc(2026, 9, 13, 16)),
        *(D("60000.5"), D("60000"), D("500000000")),
    )


async def test_mexcs_tickers_hold_rates_without_interval_and_it_stays_unknown() -> None:
    ether = contract("mexc", market_id="ETH_USDT", contract_size=D("0.01"), **ETHER)
    # as in ccxt's source (mexc 1992)
    ticker = {
        "symbol": "ETH_USDT",
        "lastPrice": 3581.3,
        "volume24": 4045530,
        "amount24": 141331823.5755,
        "indexPrice": 3580.7852,
        "fairPrice": 3581.08,
        "fundingRate": 0.000063,
        "timestamp": 1634162885016,
    }
    client = knowing(client_of("mexc", {"contract/ticker": {"success": True, "data": [ticker]}}), [ether])
    (row,) = (await board_of(client, ether)).rows
    assert told(row) == (D("0.000063"), None, None, D("3581.08"), D("3580.7852"), D("141331823.5755"))


async def test_bingx_names_interval_and_time_and_its_volume_is_another_answer() -> None:
    bitcoin = contract("bingx", market_id="BTC-USDT")
    # as in ccxt's source (bingx 1771)
    rate = {
        "symbol": "BTC-USDT",
        "markPrice": "16884.5",
        "indexPrice": "16886.9",
        "lastFundingRate": "0.0001",
        "nextFundingTime": 1672041600000,
        "fundingIntervalHours": 8,
        "updateTime": 1672012800000,
    }
    ticker = {"symbol": "BTC-USDT", "lastPrice": "16884", "volume": "100", "quoteVolume": "1688400"}
    client = knowing(
        client_of(
            "bingx",
            {"premiumIndex": {"code": 0, "data": [rate]}, "quote/ticker": {"code": 0, "data": [ticker]}},
        ),
        [bitcoin],
    )
    (row,) = (await board_of(client, bitcoin)).rows
    assert told(row) == (
        *(D("0.0001"), 8 * HOUR, utc(2022, 12, 26, 8)),
        *(D("16884.5"), D("16886.9"), D("1688400")),
    )


async def test_weexs_coming_rate_is_its_forecast() -> None:
    ether = contract("weex", market_id="ETHUSDT", **ETHER)
    # as in ccxt's source (weex 1831, 1177)
    rate = {
        "symbol": "ETHUSDT",
        "markPrice": "2133.71",
        "indexPrice": "2134.44",
        "forecastFundingRate": "0.00005618",
        "lastFundingRate": "0.00001031",
        "nextFundingTime": 1775606400000,
        "time": 1775597594265,
        "collectCycle": 480,
    }
    ticker = {"symbol": "ETHUSDT", "lastPrice": "2081.80", "quoteVolume": "1310647345.19346", "markPrice": "2081.8"}
    client = knowing(client_of("weex", {"premiumIndex": [rate], "ticker/24hr": [ticker]}), [ether])
    (row,) = (await board_of(client, ether)).rows
    assert told(row) == (
        *(D("0.00005618"), 8 * HOUR, utc(2026, 4, 8)),
        *(D("2133.71"), D("2134.44"), D("1310647345.19346")),
    )


async def test_hyperliquid_says_all_hourly_in_one_request() -> None:
    meta = payload("hyperliquid__http_meta_perp_sample")
    # the context in ccxt's source (hyperliquid 1312); dayNtlVlm is money
    context = {"funding": "0.0000198", "markPx": "108.04", "oraclePx": "107.99", "dayNtlVlm": "9450588.2273"}
    answer = [meta, [{**context, "midPx": "108.05"} for _ in meta["universe"]]]
    client = client_of("hyperliquid", {"metaAndAssetCtxs": answer})
    contracts = tuple((await listed(client, ["swap"])).values())
    client.asked.clear()
    board = await board_of(client, *contracts)
    assert len(board.rows) == len(contracts) == 3
    rate, interval, charged_at, *prices = told(board.rows[0])
    assert (rate, interval, prices) == (D("0.0000198"), HOUR, [D("108.04"), D("107.99"), D("9450588.2273")])
    assert isinstance(charged_at, datetime)
    assert (charged_at.minute, charged_at.second) == (0, 0)
    assert len(client.asked) == 1


async def test_deribits_summaries_hold_what_the_last_eight_hours_paid() -> None:
    instruments = payload("deribit__http_get_instruments")
    summaries = [
        {
            "instrument_name": "BTC-PERPETUAL",
            "mark_price": 91500.5,
            "estimated_delivery_price": 91480.1,
            "volume_usd": 500000000.0,
            "volume": 5464.2,
            "funding_8h": 0.000021,
            "current_funding": 0.0,
            "creation_timestamp": 1763340000000,
        },
        {"instrument_name": "BTC-27DEC24", "mark_price": 92500.0, "estimated_delivery_price": 91480.1},
    ]
    client = client_of("deribit", {"get_instruments": instruments, "book_summary": {"result": summaries}})
    found = await listed(client)
    board = await board_of(client, *found.values())
    perpetual = row_of(board, found["BTC-PERPETUAL"])
    assert perpetual.funding is not None
    assert perpetual.funding.kind is FundingKind.SETTLED
    assert told(perpetual) == (
        *(D("0.000021"), 8 * HOUR, utc(2025, 11, 17, 0, 40)),
        *(D("91500.5"), D("91480.1"), D("500000000")),
    )
    assert told(row_of(board, found["BTC-27DEC24"])) == (None, None, None, D("92500"), D("91480.1"), None)


async def test_krakens_inverse_rate_is_absolute_times_price_and_indices_among_its_tickers_do_no_harm() -> None:
    tickers = payload("kraken__http_futures_tickers")
    index = {"symbol": "in_xbtusd", "last": 91468, "lastTime": "2025-11-17T00:34:00.000Z"}
    client = client_of(
        "krakenfutures",
        {
            "instruments": payload("kraken__http_futures_instruments"),
            "tickers": {**tickers, "tickers": [*tickers["tickers"], index]},
        },
    )
    found = await listed(client)
    client.asked.clear()
    board = await board_of(client, *found.values())
    bitcoin, ether = row_of(board, found["PI_XBTUSD"]), row_of(board, found["PF_ETHUSD"])
    assert bitcoin.funding is not None
    assert ether.funding is not None
    # -3.995839963e-09 BTC a dollar contract x 91,506.60 = -0.036565 % an hour; ccxt says -4.4e-14
    assert round(bitcoin.funding.rate_per_interval, 8) == D("-0.00036565")
    # 1.5e-05 USD a coin / 3,205.25
    assert round(ether.funding.rate_per_interval, 12) == D("0.000000004680")
    assert (bitcoin.funding.interval, ether.funding.interval) == (HOUR, HOUR)
    assert (bitcoin.volume_day_quote, ether.volume_day_quote) == (D("21118140"), D("500000") * D("3205.25"))
    assert board.as_of == NOW  # what its tickers state is their last trade
    assert len(client.asked) == 1


# Gaps --------------------------------------------------------------------------------------------------------------


def test_every_exchange_that_is_named_here_has_its_requests_or_the_usual_ones() -> None:
    for requests in bulk.REQUESTS.values():
        assert all(request.bulk in bulk._QUESTIONS for request in requests)


def test_a_contract_that_nobody_tells_of_is_not_on_the_board_and_an_empty_board_is_none() -> None:
    bitcoin, ether = contract("gate"), contract("gate", market_id="ETHUSDT", **ETHER)
    told_of = {"BTC/USDT:USDT": {"fundingRate": 0.0001, "interval": None}}
    board = translation.board("gate", [bitcoin, ether], [told_of], NOW, "Gate")
    assert [row.instrument for row in board.rows] == [bitcoin]
    assert told(board.rows[0]) == (D("0.0001"), None, None, None, None, None)
    with pytest.raises(failures.EmptyAnswer):
        translation.board("gate", [ether], [told_of], NOW, "Gate")


def test_prices_of_a_thousand_coins_are_per_one_coin_on_the_board_too() -> None:
    pepe = contract("binance", "1000PEPE/USDT:USDT", coin="PEPE", price_unit=D("1000"))
    raw = {"fundingRate": 0.0001, "markPrice": 0.0123, "indexPrice": 0.0124, "quoteVolume": 5e6}
    (row,) = translation.board("binance", [pepe], [{pepe.symbol: raw}], NOW, "Binance").rows
    assert (row.mark_quote, row.index_quote, row.volume_day_quote) == (D("0.0000123"), D("0.0000124"), D("5000000"))


class Parts:
    """A client of an exchange without requests of its own, whose tickers behave as told."""

    id = "unheard-of"

    def __init__(self, tickers: Exception | float) -> None:
        self.tickers = tickers

    async def fetch_funding_rates(self, _: object, __: object) -> Mapping[str, object]:
        return {"BTC/USDT:USDT": {"fundingRate": 0.0001, "interval": "8h", "markPrice": 60000.0}}

    async def fetch_tickers(self, _: object, __: object) -> Mapping[str, object]:
        if isinstance(self.tickers, Exception):
            raise self.tickers
        await asyncio.sleep(self.tickers)
        return {"BTC/USDT:USDT": {"quoteVolume": 5e6}}


def _trouble(name: str) -> Exception:
    from ccxt.base import errors

    error: Exception = getattr(errors, name)("no")
    return error


async def test_a_part_that_fails_takes_only_its_own_fields_off_the_board() -> None:
    bitcoin = contract("unheard-of")
    assert (await board_of(Parts(0.0), bitcoin)).rows[0].volume_day_quote == 5_000_000
    for tickers in (_trouble("ExchangeNotAvailable"), KeyError("result"), 5.0):
        board = await bulk.board(Parts(tickers), [bitcoin], at, "X", patience=0.05)
        assert told(board.rows[0]) == (D("0.0001"), 8 * HOUR, None, D("60000"), None, None)


async def test_a_part_that_is_refused_for_asking_too_much_stops_the_whole_board() -> None:
    refusal = _trouble("RateLimitExceeded")
    with pytest.raises(type(refusal)):
        await board_of(Parts(refusal), contract("unheard-of"))


# Binance's intervals -----------------------------------------------------------------------------------------------


def _settled(symbol: str, *hours: int) -> list[dict[str, object]]:
    """Settlements of 1 March 2026 at these hours, as Binance writes them."""
    day = int(utc(2026, 3, 1).timestamp() * 1000)
    return [{"symbol": symbol, "fundingRate": "0.0001", "fundingTime": day + hour * 3_600_000 + 3} for hour in hours]


async def test_eight_hours_are_proven_by_two_settlements_with_none_between() -> None:
    # NOW is 12:30: the last full eighth hour is 08:00, the one before 00:00
    names = {"BTCUSDT": (0, 8), "ENAUSDT": (0, 4, 8), "NEWUSDT": (8,), "GAPUSDT": (4, 8)}
    contracts = [contract("binance", f"{name[:-4]}/USDT:USDT", name, coin=name[:-4]) for name in names]
    rows = [row for name, hours in names.items() for row in _settled(name, *hours)]
    client = knowing(client_of("binance", {"fundingRate": rows}), contracts)
    assert await bulk.eight_hourly(client, contracts, at, is_inverse=False) == {"BTC/USDT:USDT"}
    (asked,) = client.asked
    # from a minute before midnight to five past eight
    assert f"startTime={int(utc(2026, 2, 28, 23, 59).timestamp() * 1000)}" in asked
    assert f"endTime={int(utc(2026, 3, 1, 8, 5).timestamp() * 1000)}" in asked


async def test_a_page_that_ends_among_settlements_of_one_moment_loses_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "_PAGE", 4)
    names = ("AUSDT", "BUSDT", "CUSDT")
    contracts = [contract("binance", f"{name[0]}/USDT:USDT", name, coin=name[0]) for name in names]
    every = sorted((row for name in names for row in _settled(name, 0, 8)), key=lambda row: str(row["fundingTime"]))

    def page(asked: str) -> object:
        start = int(asked.partition("startTime=")[2].partition("&")[0])
        return [row for row in every if int(str(row["fundingTime"])) >= start][:4]

    client = knowing(client_of("binance", page), contracts)
    assert len(await bulk.eight_hourly(client, contracts, at, is_inverse=False)) == 3


async def test_inverse_contracts_are_asked_one_by_one() -> None:
    bitcoin = inverse("binance", "BTCUSD_PERP")
    client = knowing(client_of("binance", {"symbol=BTCUSD_PERP": _settled("BTCUSD_PERP", 0, 8)}), [bitcoin])
    linear = replace(bitcoin, is_inverse=False)
    assert await bulk.eight_hourly(client, [bitcoin, linear], at, is_inverse=True) == {"BTC/USD:BTC"}
    assert len(client.asked) == 1
