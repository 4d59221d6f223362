"""/funding BTC 90d: the sum a short received, gaps and changed intervals named, as a picture."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from chatbot.charts import draw
from chatbot.command import Reply, TimeChart
from chatbot.core.errors import MarketUnavailable, Outage
from chatbot.core.markets import FundingHistory, Instrument, Settlement, Snapshot
from chatbot.core.ports import MONTH
from chatbot.messenger.markup import LONGEST_CAPTION, visible_length
from tests.fakes import FakeMarket, FakeSettings, services
from tests.handlers.funding.samples import ask, asked, at, commands, explained, lines, problem_of
from tests.samples import NOW, d

HOUR = timedelta(hours=1)


def past(hours_apart: list[int], rate: str = "0.0001", exchange: str = "binance") -> Snapshot:
    """Settlements at these distances, the last one four hours ago."""
    snapshot = at(exchange, rate)
    last = NOW - 4 * HOUR
    charged = [last - HOUR * sum(hours_apart[place:]) for place in range(len(hours_apart) + 1)]
    rows = tuple(Settlement(d(rate), when) for when in charged)
    return replace(snapshot, history=FundingHistory(snapshot.instrument, rows, NOW, "Binance"))


def chart_of(reply: Reply) -> TimeChart:
    assert isinstance(reply.picture, TimeChart)
    return reply.picture


async def test_the_first_line_is_what_a_short_received() -> None:
    # 270 settlements of $1 in 90 days; 0.027 * 365 / 90
    told = lines(await ask("/funding BTC 90d"))
    assert told[0] == "A $10,000 BTC short received $270.00 in 90 days: +10.95 % a year"
    assert told[1] == "Binance, 270 settlements. Negative 0 % of the time, above +0.05 % per 8h 0 %"


async def test_below_zero_a_short_paid() -> None:
    first = lines(await ask("/funding BTC 30d", asked(at("okx", "-0.0001", 8))))[0]
    assert first == "A $10,000 BTC short paid $90.00 in 30 days: −10.95 % a year"


async def test_a_gap_is_named_and_drawn_as_a_gap() -> None:
    reply = await ask("/funding BTC 30d", asked(past([8] * 20 + [80] + [8] * 20)))
    # the gap begins with the settlement 20 * 8 + 80 hours before the last (08:00) and ends 8 h before the next
    assert "⚠ No settlements 10 Nov 08:00 to 13 Nov 08:00 UTC (3 days): neither time nor payment is counted" in lines(
        reply
    )
    (_, (rates,)), (_, (sums,)) = chart_of(reply).panels
    gap = NOW - 4 * HOUR - 240 * HOUR
    assert (gap, None) in rates.points
    assert (gap, None) in sums.points
    # nothing was received in between
    before, after = (value for at_, value in sums.points if at_ in (gap, gap + 72 * HOUR) and value is not None)
    assert before == after
    assert draw(chart_of(reply)).startswith(b"\x89PNG")


async def test_a_changed_interval_is_named() -> None:
    told = lines(await ask("/funding BTC 30d", asked(past([8] * 20 + [4] * 10))))
    assert "Interval 8h → 4h on 18 Nov 2026" in told


async def test_how_far_back_the_exchange_gave_is_said() -> None:
    told = lines(await ask("/funding BTC 365d", asked(past([8] * 29))))
    assert "⚠ Binance gives settlements since 10 Nov 2026, 10 days" in told


async def test_the_curve_of_payments_begins_at_nothing_and_ends_at_the_sum() -> None:
    _, (_, (sums,)) = chart_of(await ask("/funding BTC 30d")).panels
    assert sums.points[0][1] == 0
    assert sums.points[-1] == (NOW - 4 * HOUR, Decimal(90))


async def test_each_rate_holds_over_the_time_that_it_was_charged_for() -> None:
    (_, (rates,)), _ = chart_of(await ask("/funding BTC 30d", asked(past([8] * 3)))).panels
    assert [when for when, _ in rates.points] == [NOW - 4 * HOUR - 8 * HOUR * back for back in (4, 3, 2, 1, 0)]


async def test_the_caption_fits_a_picture_also_with_many_gaps_and_changes() -> None:
    reply = await ask("/funding BTC 365d", asked(past(([8] * 5 + [80] + [4] * 5 + [1] * 5) * 8)))
    assert visible_length(reply.text) <= LONGEST_CAPTION
    assert reply.is_new_message


async def test_the_exchange_asked_for_or_chosen_comes_first() -> None:
    assert lines(await ask("/funding BTC okx 30d"))[1].startswith("OKX, ")
    given = asked()
    chosen = await given.settings.load(7)
    assert isinstance(given.settings, FakeSettings)
    given.settings.chosen[7] = replace(chosen, exchange="bybit")
    assert lines(await ask("/funding BTC 30d", given))[1].startswith("Bybit, ")


async def test_an_exchange_that_gives_no_history_is_passed_over_and_named() -> None:
    silent = replace(at("binance", "0.0001"), history=None)

    class WithoutBinance(FakeMarket):
        async def funding_history(self, instrument: Instrument, span: timedelta = MONTH) -> FundingHistory:
            if instrument == silent.instrument:
                raise MarketUnavailable("Binance is down.", [Outage("binance", "refused")])
            return await super().funding_history(instrument, span)

    told = lines(await ask("/funding BTC 30d", services(WithoutBinance(markets=(silent, at("bybit", "0.0001"))))))
    assert told[1].startswith("Bybit, ")
    assert "⚠ Did not answer: Binance" in told


async def test_neighbouring_spans_and_other_exchanges_are_a_tap_away() -> None:
    reply = await ask("/funding BTC 90d")
    assert commands(reply)[:5] == [
        "/funding BTC 30d",
        "/funding BTC 90d",
        "/funding BTC 365d",
        "/funding BTC bybit 90d",
        "/funding BTC okx 90d",
    ]
    there = await ask("/funding BTC bybit 90d")
    assert "/funding BTC binance 90d" in commands(there)
    assert [button.label for button in reply.buttons[0]] == ["30 days", "• 90 days", "1 year"]


async def test_how_sums_what_was_paid() -> None:
    given = asked()
    await ask("/funding BTC 90d", given)
    told = lines(explained(given))
    assert "270 payments, +2.7000 % of the notional together" in told
    assert "× 365 ÷ 90.00 days that they paid for = +10.95 % a year" in told


async def test_spans_that_cannot_be_are_corrected() -> None:
    for line, corrected in (
        ("/funding BTC 500d", "/funding BTC 365d"),
        ("/funding BTC 5000d", "/funding BTC 365d"),
        ("/funding BTC 6h", "/funding BTC 1d"),
    ):
        problem = await problem_of(line)
        assert [tip.command for tip in problem.suggestions] == [corrected]
    no_coin = await problem_of("/funding 90d")
    assert [tip.command for tip in no_coin.suggestions] == ["/funding BTC 90d", "/funding ETH 90d"]
