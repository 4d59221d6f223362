"""What is one tap away from a tilt: leverage, horizon, exchanges, the other way, the working, sizes to copy."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from chatbot.command import Button
from chatbot.core.allocation.tilt.change import Change, Kind
from chatbot.core.allocation.tilt.plan import TiltPlan
from chatbot.core.markets import exchange_name
from handlers import formatting as show
from handlers.allocate.tilt.request import ENHANCE, TiltRequest, line

LEVERAGES = tuple(Decimal(times) for times in (1, 2, 3, 5))
HORIZONS = tuple(timedelta(days=days) for days in (7, 14, 30, 90))
OTHER_EXCHANGES = 3

Rows = tuple[tuple[Button, ...], ...]


def buttons_of(plan: TiltPlan, request: TiltRequest, key: str) -> Rows:
    """Rows under the answer; what is chosen is marked."""
    rows = (
        tuple(_leverage(request, times, plan.terms.leverage) for times in LEVERAGES),
        tuple(_horizon(request, length, plan.terms.horizon) for length in HORIZONS),
        tuple(_exchanges(plan, request)),
        tuple(_variants(plan, request)),
        (
            Button("By spot", line(request, wants_spot=True)),
            Button("How?", f"/how {key}"),
            Button("Chart", f"/chart {key}"),
        ),
        tuple(_copies(plan)),
    )
    return tuple(row for row in rows if row)


def _leverage(request: TiltRequest, times: Decimal, chosen: Decimal) -> Button:
    return Button(f"{'• ' if times == chosen else ''}{show.leverage(times)}", line(request, leverage=times))


def _horizon(request: TiltRequest, length: timedelta, chosen: timedelta) -> Button:
    return Button(f"{'• ' if length == chosen else ''}{length.days}d", line(request, horizon=length))


def _exchanges(plan: TiltPlan, request: TiltRequest) -> Iterator[Button]:
    if request.exchange is not None:
        yield Button("Cheapest exchange", line(request, exchange=None))
    for other in plan.others[:OTHER_EXCHANGES]:
        if other.exchange is not None:
            yield Button(exchange_name(other.exchange), line(request, exchange=other.exchange))


def _variants(plan: TiltPlan, request: TiltRequest) -> Iterator[Button]:
    if any(leg.is_dated for leg in plan.legs):
        yield Button("Perpetual", line(request, is_dated=False, expiry=None))
    else:
        yield Button("Dated", line(request, is_dated=True))
    if request.is_neutral:
        yield Button("In dollars", line(request, is_neutral=False))
    elif plan.delta.neutral:
        yield Button("Neutral in beta", line(request, is_neutral=True))
    if plan.change.kind is Kind.ENHANCE:
        margin = show.cents(plan.change.capital_usd / plan.terms.leverage)
        yield Button(f"{show.money(plan.change.capital_usd)} notional", line(request, amount_usd=margin))


def _copies(plan: TiltPlan) -> Iterator[Button]:
    """Sizes as the exchange takes them."""
    for leg in plan.legs[:3]:
        size = show.exact(leg.sizing.contracts)
        unit = leg.coin if leg.instrument.contract_size == 1 else f"{leg.coin} contracts"
        yield Button(f"Copy {size} {unit}", copy_text=size)


def spot_buttons(request: TiltRequest, change: Change) -> Rows:
    """Back to the futures."""
    label = "On margin" if request.verb == ENHANCE else "By futures"
    return ((Button(label, line(request, wants_spot=False)), Button("Target", "/allocate", is_private=True)),)
