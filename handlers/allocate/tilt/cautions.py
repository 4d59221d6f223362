"""What the reader of a tilt must know before acting, each in one sentence with its number."""

from collections.abc import Iterator

from chatbot.core.allocation.tilt.plan import Caution, TiltPlan, Warned
from chatbot.core.markets import exchange_name
from handlers import formatting as show

MOST = 4


def caution_lines(plan: TiltPlan) -> Iterator[str]:
    """The weightiest first; exchanges that are missing are counted."""
    said = dict.fromkeys((*_near_liquidations(plan), *(_words(warned, plan) for warned in plan.cautions)))
    yield from [f"⚠ {words}" for words in said if words][:MOST]
    if plan.outages:
        missing = ", ".join(exchange_name(outage.exchange) for outage in plan.outages)
        count = len(plan.outages)
        asked = {leg.instrument.exchange for venue in (plan.venue, *plan.others) for leg in venue.legs}
        yield f"⚠ {count} of {count + len(asked)} exchanges missing: {missing}"


def _near_liquidations(plan: TiltPlan) -> Iterator[str]:
    """All legs that have little room in one sentence: isolated margin does not see what the other leg gains."""
    near = [each.leg for each in plan.cautions if each.caution is Caution.LIQUIDATION_WITHIN_TWO_SIGMA]
    if not near:
        return
    rooms = [
        f"{show.escape(leg.coin)} {leg.side.value} {leg.room.room_deviations:.1f}σ"
        for leg in near
        if leg.room is not None and leg.room.room_deviations is not None
    ]
    other = ", whatever the other leg gains" if len(plan.legs) > 1 else ""
    way = "Less leverage" if plan.terms.leverage > 1 else "More margin"
    horizon = show.duration(plan.terms.horizon)
    yield f"Liquidation within two deviations of {horizon}: {', '.join(rooms)}{other}. {way} moves it off"


def _words(warned: Warned, plan: TiltPlan) -> str | None:
    """None where another line says it already."""
    leg, terms = warned.leg, plan.terms
    coin, size, room = show.escape(leg.coin), leg.sizing, leg.room
    name = f"The {coin} {leg.side.value}"
    move = show.signed_percent(room.room_share) if room is not None and room.room_share is not None else ""
    match warned.caution:
        case Caution.LIQUIDATED_BEFORE_STOP:
            return f"{name} is liquidated at {move}, before the stop: less leverage keeps it open"
        case Caution.LEVERAGE_ABOVE_GUIDE:
            gone = f"liquidated at about {move}, all " if move else "the guide is 2x to 5x, at risk are "
            return f"{show.leverage(terms.leverage)}: {name[4:]} {gone}{show.money(leg.margin_quote)} gone"
        case Caution.EXPIRES_WITHIN_HORIZON if leg.instrument.expires_at is not None:
            left = show.duration(leg.instrument.expires_at - plan.planned_at)
            horizon = show.duration(terms.horizon)
            return f"{name} ends in {left}, before {horizon} are over: nothing is tilted then, unless it is rolled"
        case Caution.BOOK_TOO_THIN:
            return f"{name} is not fillable in the visible book: slippage unknown"
        case Caution.BIG_ORDER if leg.volume_day_quote:
            return f"{name} is {show.share_as_percent(size.notional_quote / leg.volume_day_quote)} of a day's volume"
        case Caution.COARSE_CONTRACT:
            fits = show.share_as_percent(size.hedged_share)
            return f"One lot of {coin} is {show.money(size.lot_value_quote)}: only {fits} fits"
        case Caution.SMALL_MARKET if leg.volume_day_quote is not None:
            return f"Small market: {show.money(leg.volume_day_quote)} of {coin} traded in 24 h"
        case Caution.FUNDING_SUSPICIOUS:
            return f"The funding rate of {coin} can hardly be right: it is not used"
    return None
