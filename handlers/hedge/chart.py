"""The payoff picture of a hedge: unhedged, hedged, liquidated, over the price of the contract's coin."""

from decimal import Decimal

from chatbot.command import Curve, Mark, Picture, Reply
from chatbot.core.hedging.plan import HedgePlan
from chatbot.core.hedging.scenarios import scenarios
from handlers import formatting as show

FROM, TO, POINTS = Decimal("-0.5"), Decimal(1), 61


def picture_of(plan: HedgePlan) -> Reply:
    """The reply to `Chart`."""
    rows = scenarios(plan.hedged, plan.room, _moves(plan))
    bare = Curve("unhedged", tuple((row.price_quote, row.unhedged_quote) for row in rows))
    hedged = Curve("hedged", tuple((row.price_quote, row.hedged_quote) for row in rows))
    gone = tuple((row.price_quote, row.liquidated_quote) for row in rows if row.liquidated_quote is not None)
    curves = (bare, hedged, Curve("short liquidated", gone)) if len(gone) > 1 else (bare, hedged)
    coin = plan.chosen.instrument.coin
    picture = Picture(
        title=f"{show.share_as_percent(plan.terms.share)} hedge, {show.leverage(plan.terms.leverage)}",
        figures=_figures(plan),
        x_label=f"{coin} price, USD",
        y_label="result, USD",
        curves=curves,
        marks=tuple(_marks(plan)),
        caption=_caption(plan),
    )
    return Reply(picture.caption, picture=picture, is_new_message=True)


def _moves(plan: HedgePlan) -> tuple[Decimal, ...]:
    """Even steps, and the liquidation price itself so that its curve begins there."""
    step = (TO - FROM) / (POINTS - 1)
    even = [FROM + step * at for at in range(POINTS)]
    room = plan.room.room_share if plan.room else None
    return tuple(sorted({*even, room} if room is not None and room <= TO else even))


def _figures(plan: HedgePlan) -> tuple[tuple[str, str], ...]:
    room = plan.room
    liquidation = "none" if room is None or room.room_share is None else show.signed_percent(room.room_share, digits=0)
    net = "?" if plan.carry.net_quote is None else show.signed_money(plan.carry.net_quote)
    return (
        ("short", show.money(plan.chosen.sizing.notional_quote)),
        ("liquidated at", liquidation),
        (f"carry, {show.duration(plan.terms.horizon)}", net),
    )


def _marks(plan: HedgePlan) -> list[Mark]:
    marks = [Mark("now", plan.chosen.sizing.price_quote)]
    if plan.room and plan.room.liquidation_quote is not None and (plan.room.room_share or 0) <= TO:
        marks.append(Mark("liquidation", plan.room.liquidation_quote))
    return marks


def _caption(plan: HedgePlan) -> str:
    down = next(row for row in plan.scenarios if row.move_share == Decimal("-0.2"))
    coin = plan.chosen.instrument.coin
    return (
        f"If {coin} falls 20 %: {show.signed_money(down.unhedged_quote)} unhedged, "
        f"{show.signed_money(down.hedged_quote)} hedged.\n<i>{show.escape(plan.chosen.source)}</i>"
    )
