"""The picture of a tilt: what it gains and loses over the price ratio, or over the price of its one leg."""

from decimal import Decimal

from chatbot.command import Curve, Mark, Picture, Reply
from chatbot.core.allocation.tilt.change import Kind
from chatbot.core.allocation.tilt.figures import Way
from chatbot.core.allocation.tilt.legs import moved_quote
from chatbot.core.allocation.tilt.plan import TiltPlan
from chatbot.core.portfolio import Side
from handlers import formatting as show
from handlers.allocate.tilt.beside import audience_of, days
from handlers.allocate.tilt.render import legs_in_words

RATIO_SPAN, PRICE_SPAN, POINTS = Decimal("0.2"), Decimal("0.5"), 41
INDEX = Decimal(100)  # of baskets, that have no price ratio


def picture_of(plan: TiltPlan) -> Reply:
    """The reply to `Chart`."""
    picture = _of_one(plan) if len(plan.legs) == 1 else _of_several(plan)
    return Reply(picture.caption, picture=picture, audience=audience_of(plan.change), is_new_message=True)


def _moves(span: Decimal) -> list[Decimal]:
    step = 2 * span / (POINTS - 1)
    return [-span + step * at for at in range(POINTS)]


def _of_one(plan: TiltPlan) -> Picture:
    leg = plan.legs[0]
    price, room = leg.sizing.price_quote, leg.room.room_share if leg.room else None
    moves = sorted({*_moves(PRICE_SPAN), *([room] if room is not None and abs(room) <= PRICE_SPAN else [])})
    points = tuple((price * (1 + move), moved_quote(leg, move)[0]) for move in moves)
    marks = [Mark("now", price)]
    if plan.stop.stop_quote is not None:
        marks.append(Mark("stop", plan.stop.stop_quote))
    if room is not None and abs(room) <= PRICE_SPAN and leg.room and leg.room.liquidation_quote is not None:
        marks.append(Mark("liquidation", leg.room.liquidation_quote))
    curves = (Curve(leg.side.value, points),)
    return _picture(plan, f"{leg.coin} price, USD", curves, tuple(marks))


def _of_several(plan: TiltPlan) -> Picture:
    """The ratio falls because the longs fall, or because the shorts rise: that is not the same money."""
    now = plan.stop.ratio_base or INDEX
    moves = _moves(RATIO_SPAN)
    names = {side: "+".join(leg.coin for leg in plan.legs if leg.side is side) or "USD" for side in Side}
    curves = [
        Curve(f"{names[side]} moves", tuple((now * (1 + move), _result(plan, side, move)) for move in moves))
        for side in Side
        if any(leg.side is side for leg in plan.legs)
    ]
    marks = (Mark("now", now), Mark("stop", now * (1 - plan.terms.stop_share)))
    return _picture(plan, f"{names[Side.LONG]} / {names[Side.SHORT]}", tuple(curves), marks)


def _result(plan: TiltPlan, side: Side, move_share: Decimal) -> Decimal:
    """Of the legs of one side, where they alone move the ratio by that much; a liquidated leg has lost its margin."""
    own_share = move_share if side is Side.LONG else 1 / (1 + move_share) - 1
    return sum((moved_quote(leg, own_share)[0] for leg in plan.legs if leg.side is side), Decimal(0))


def _picture(plan: TiltPlan, x_label: str, curves: tuple[Curve, ...], marks: tuple[Mark, ...]) -> Picture:
    even = plan.break_even
    loss = max(plan.stop.long_loss_quote, plan.stop.short_loss_quote)
    after = "?" if even is None else "never" if even.after is None else days(even.after)
    return Picture(
        title=f"{_what(plan)} at {show.leverage(plan.terms.leverage)}",
        figures=(
            ("margin", show.money(plan.margin_quote)),
            ("loss at the stop, USD", show.compact_money(-loss)),
            ("until spot is as cheap" if even and even.first is Way.FUTURES else "until futures are as cheap", after),
        ),
        x_label=x_label,
        y_label="result, USD",
        curves=curves,
        marks=marks,
        caption=f"{legs_in_words(plan)}; before fees and funding.\n<i>{show.escape(plan.legs[0].source)}</i>",
    )


def _what(plan: TiltPlan) -> str:
    return f"More {plan.legs[0].coin}" if plan.change.kind is Kind.ENHANCE else "Tilt"
