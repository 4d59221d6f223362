"""What the reader of a tilt must know before acting, each in one sentence with its number."""

from collections.abc import Iterator, Sequence

from chatbot.core.allocation.tilt.legs import Leg
from chatbot.core.allocation.tilt.plan import Caution, TiltPlan, Warned
from chatbot.core.markets import exchange_name
from handlers import formatting as show
from handlers.allocate.tilt.beside import room_words

MOST = 3


def caution_lines(plan: TiltPlan) -> Iterator[str]:
    """The weightiest first; exchanges that are missing are counted."""
    said = dict.fromkeys((*_liquidations(plan), *_sizes(plan), *(_words(warned, plan) for warned in plan.cautions)))
    yield from [f"⚠ {words}" for words in said if words][:MOST]
    if plan.change.left_out:
        yield f"⚠ Without a price, counted nowhere: {show.escape(', '.join(plan.change.left_out))}"
    if plan.outages:
        missing = ", ".join(exchange_name(outage.exchange) for outage in plan.outages)
        count = len(plan.outages)
        asked = {leg.instrument.exchange for venue in (plan.venue, *plan.others) for leg in venue.legs}
        yield f"⚠ {count} of {count + len(asked)} exchanges missing: {missing}"


def _liquidations(plan: TiltPlan) -> Iterator[str]:
    """Each kind for all legs in one sentence: isolated margin does not see what the other leg gains."""
    way = "Less leverage" if plan.terms.leverage > 1 else "More margin"
    early = [each.leg for each in plan.cautions if each.caution is Caution.LIQUIDATED_BEFORE_STOP]
    near = [each.leg for each in plan.cautions if each.caution is Caution.LIQUIDATION_WITHIN_TWO_SIGMA]
    other = ", whatever the other leg gains" if len(plan.legs) > 1 else ""
    if early:
        yield f"Liquidated before the stop: {_rooms(early)}{other}. {way} keeps it open"
    elif near:
        horizon = show.duration(plan.terms.horizon)
        yield f"Liquidation within two deviations of {horizon}: {_rooms(near)}{other}. {way} moves it off"


def _sizes(plan: TiltPlan) -> Iterator[str]:
    """What is large for its market, all legs in one sentence: two of them would hide it behind other warnings."""
    big = [each.leg for each in plan.cautions if each.caution is Caution.BIG_ORDER]
    thin = [each.leg for each in plan.cautions if each.caution is Caution.BOOK_TOO_THIN]
    parts = [
        f"{_name(leg)} {show.share_as_percent(leg.sizing.notional_quote / leg.volume_day_quote)}"
        for leg in big
        if leg.volume_day_quote
    ]
    if parts:
        yield f"Of a day's volume: {', '.join(parts)}"
    if thin:
        yield f"Not fillable in the visible book, slippage unknown: {', '.join(map(_name, thin))}"


def _name(leg: Leg) -> str:
    return f"{show.escape(leg.coin)} {leg.side.value}"


def _rooms(legs: Sequence[Leg]) -> str:
    """BTC long −19.6 %, ETH short +19.5 %."""
    rooms = [(leg, leg.room.room_share) for leg in legs if leg.room is not None]
    return ", ".join(f"{_name(leg)} {room_words(room)}" for leg, room in rooms if room)


def _words(warned: Warned, plan: TiltPlan) -> str | None:
    """None where another line says it already."""
    leg, terms = warned.leg, plan.terms
    coin, size = show.escape(leg.coin), leg.sizing
    name = f"The {coin} {leg.side.value}"
    match warned.caution:
        case Caution.LEVERAGE_ABOVE_GUIDE:
            gone = f"liquidated at about {_rooms(plan.legs)}, all" if leg.room is not None else "the guide is 2x to 5x,"
            return f"{show.leverage(terms.leverage)}: {gone} {show.money(plan.margin_quote)} gone"
        case Caution.EXPIRES_WITHIN_HORIZON if leg.instrument.expires_at is not None:
            left = show.duration(leg.instrument.expires_at - plan.planned_at)
            horizon = show.duration(terms.horizon)
            return f"{name} ends in {left}, before {horizon} are over: nothing is tilted then, unless it is rolled"
        case Caution.COARSE_CONTRACT:
            fits = show.share_as_percent(size.hedged_share)
            return f"One lot of {coin} is {show.money(size.lot_value_quote)}: only {fits} fits"
        case Caution.SMALL_MARKET if leg.volume_day_quote is not None:
            return f"Small market: {show.money(leg.volume_day_quote)} of {coin} traded in 24 h"
        case Caution.FUNDING_SUSPICIOUS:
            return f"The funding rate of {coin} can hardly be right: it is not used"
    return None
