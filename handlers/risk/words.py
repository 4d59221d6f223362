"""How figures of risk are written: floats as percentages, positions by name, the sentences that matter most."""

from collections.abc import Iterator
from decimal import Decimal

from chatbot.core.markets import exchange_name
from chatbot.core.portfolio import FuturesPosition
from chatbot.core.risk.measures import BITCOIN, FALLS, RISES, Contribution, TailLoss
from chatbot.core.risk.plan import Measured
from chatbot.core.risk.positions import PositionRisk, StressOutcome
from handlers import formatting as show

STRESSED = -0.3  # the fall of bitcoin that is said in words
WILDER = 1.3  # times the volatility of the month
MATTER_MOST = 3
NOTICED = 0.05  # of the risk
BAD_DAY = (1, 0.95)


def exact_share(value: float) -> Decimal:
    """A float without a unit as a Decimal, for formatting."""
    return Decimal(repr(round(value, 6)))


def percent(value: float) -> str:
    """2.1 %; whole from ten on."""
    digits = 2 if abs(value) >= 0.1 else 3
    return show.share_as_percent(Decimal(repr(round(value, digits))))


def plain(value: float, digits: int = 2) -> str:
    """A figure without a unit: 1.24, −0.30, never −0.00."""
    shown = f"{value:.{digits}f}"
    return shown.replace("-", show.MINUS) if float(shown) else shown.removeprefix("-")


def of_capital(measured: Measured, value: float) -> str:
    """A loss or gain that is this share of the capital, in dollars."""
    return show.money(measured.report.capital_usd * exact_share(value))


def loss(measured: Measured, days: int, level: float) -> TailLoss:
    """The one over so many days, at that level."""
    return next(each for each in measured.report.losses if (each.days, each.level) == (days, level))


def named(position: FuturesPosition) -> str:
    """Short 5 ETH, Bybit, 2x."""
    words = (
        f"{position.side.value.capitalize()} {show.quantity(position.amount_base)} {show.escape(position.coin)}",
        show.escape(exchange_name(position.exchange)) if position.exchange else "",
        show.leverage(position.leverage) if position.leverage else "",
    )
    return ", ".join(word for word in words if word)


def what_matters(measured: Measured) -> tuple[str, ...]:
    """The three sentences, the most urgent first."""
    return (*past(measured), *what_else(measured))[:MATTER_MOST]


def what_else(measured: Measured) -> tuple[str, ...]:
    """Of what is counted, the most urgent first."""
    parts = (_liquidated, _concentration, _stressed, _short_in_reach, _wilder, _bad_day)
    return tuple(sentence for part in parts for sentence in part(measured))


def past(measured: Measured) -> Iterator[str]:
    """What no figure counts: one in full, more by their number, since each has its line below."""
    found = measured.book.past
    if found:
        more = f", and {len(found) - 1} more such" if len(found) > 1 else ""
        yield f"⚠ Left out of all figures: {named(found[0].position)}, {liquidation(found[0])}{more}"


def _liquidated(measured: Measured) -> Iterator[str]:
    """The first on the way down; on the way up where that is what hurts."""
    rises = is_hurt_by_rises(measured)
    for outcome in measured.outcomes:
        if outcome.liquidated and (outcome.bitcoin_move < 0 or rises):
            each = measured.book.positions[outcome.liquidated[0]]
            lost = f"{show.money(each.equity_usd)} gone with it"
            yield f"⚠ {named(each.position)}: liquidated before {BITCOIN} {_has_moved(outcome.bitcoin_move)}; {lost}"
            return


def is_hurt_by_rises(measured: Measured) -> bool:
    """Whether the worst of what is tried is a rise."""
    return worst(measured).bitcoin_move > 0


def worst(measured: Measured) -> StressOutcome:
    """Of the moves that are always tried."""
    return min(
        (each for each in measured.outcomes if each.bitcoin_move in FALLS + RISES), key=lambda each: each.result_usd
    )


def _has_moved(move: float) -> str:
    return f"has {'fallen' if move < 0 else 'risen'} {percent(abs(move))}"


def _concentration(measured: Measured) -> Iterator[str]:
    first, *others = measured.report.contributions
    coin = _open(first)
    if not first.risk:
        yield "Nothing is open: what is held and what is short cancel out"
    elif not any(round(each.risk, 2) for each in others):
        yield f"All of the risk is {coin}"
    elif others[-1].risk < -NOTICED:
        away = f"{_open(others[-1])} takes {percent(-others[-1].risk)} of it away"
        yield f"{percent(first.risk)} of the risk is {coin}; {away}"
    else:
        part = f"{percent(abs(first.weight))} of the capital"
        yield f"{percent(first.risk)} of the risk is {coin}, which is {part}"


def _open(each: Contribution) -> str:
    return f"{'the short of ' if each.weight < 0 else ''}{show.escape(each.coin)}"


def _stressed(measured: Measured) -> Iterator[str]:
    """What hurts: the rise where that is worse than any fall."""
    fall = next(each for each in measured.outcomes if each.bitcoin_move == STRESSED)
    sentence = outcome_of(worst(measured) if is_hurt_by_rises(measured) else fall, measured)
    beta = measured.report.beta
    yield f"Net short, beta {plain(beta)}. {sentence}" if beta < -NOTICED else sentence


def outcome_of(outcome: StressOutcome, measured: Measured) -> str:
    """If BTC falls 30 %: about −$18,000 (−30 % of the capital)."""
    way = "falls" if outcome.bitcoin_move < 0 else "rises"
    share = show.signed_percent(outcome.result_usd / measured.report.capital_usd, digits=0)
    result = f"about {show.signed_money(outcome.result_usd)} ({share} of the capital)"
    return f"If {BITCOIN} {way} {percent(abs(outcome.bitcoin_move))}: {result}"


def _short_in_reach(measured: Measured) -> Iterator[str]:
    """The liquidation that a rise would bring first."""
    rooms = [(each.room_share, each) for each in measured.book.counted if each.room_share]
    above = [(room, each) for room, each in rooms if room > 0]
    if above:
        room, each = min(above, key=lambda pair: pair[0])
        coin = show.escape(each.position.coin)
        yield f"{named(each.position)}: liquidated if {coin} rises {percent(float(room))}"


def _wilder(measured: Measured) -> Iterator[str]:
    report = measured.report
    if report.weighted_volatility_per_year > WILDER * report.volatility_per_year:
        yield "The last days were wilder than the month"


def _bad_day(measured: Measured) -> Iterator[str]:
    tail = loss(measured, *BAD_DAY)
    lost = of_capital(measured, tail.at_risk)
    if tail.at_risk > 0:
        yield f"One day in 20 lost {lost} or more ({percent(tail.at_risk)})"


def dollars(measured: Measured, value: float) -> str:
    """This share of the capital in at most eight columns: $1,235, $12.35k."""
    amount = measured.report.capital_usd * exact_share(value)
    return f"{show.MINUS if amount < 0 else ''}${show.compact(abs(amount))}"


def liquidation(each: PositionRisk) -> str:
    """Where a position is liquidated, or why that is not known."""
    room = each.room_share
    if each.is_past and each.liquidation_quote is None:
        return "as recorded all of its margin is lost already"
    if each.unknown is not None:
        return f"liquidation not known, {each.unknown.value}"
    if each.liquidation_quote is None:
        return "no price liquidates it"
    if each.is_past:
        return f"as recorded it was liquidated at {show.number(each.liquidation_quote)} already"
    estimate = ", an estimate" if each.is_estimate else ""
    away = "" if room is None else f" ({show.signed_percent(room)}{estimate})"
    return f"liquidated at {show.number(each.liquidation_quote)}{away}"
