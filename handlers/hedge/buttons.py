"""What is one tap away from a hedge: the neighbouring choices, the working, the picture, figures to copy."""

from collections.abc import Iterator
from decimal import Decimal

from chatbot.command import Audience, Button, Reply
from chatbot.core.hedging.by_hand import BY_HAND
from chatbot.core.hedging.plan import Caution, HedgePlan
from chatbot.core.markets import exchange_name
from chatbot.core.portfolio import STABLECOINS, Portfolio
from chatbot.core.quantities import nearest_step
from handlers import formatting as show
from handlers.hedge.request import HedgeRequest, line

SHARES = (Decimal("0.25"), Decimal("0.5"), Decimal("0.75"), Decimal(1))
LEVERAGES = (Decimal(1), Decimal(2), Decimal(3))
OTHER_EXCHANGES = 2
HELD_AT_MOST = 8

Rows = tuple[tuple[Button, ...], ...]


def buttons_of(plan: HedgePlan, request: HedgeRequest, key: str) -> Rows:
    """Rows of buttons under the answer; the chosen share and leverage are marked."""
    rows = (
        tuple(_share(request, share, plan.terms.share) for share in SHARES),
        tuple(_leverage(request, leverage, plan.terms.leverage) for leverage in LEVERAGES),
        tuple(_exchanges(plan, request)),
        tuple(_mending(plan)),
        (Button("How?", f"/how {key}"), Button("Chart", f"/chart {key}")),
        tuple(_copies(plan)),
    )
    return tuple(row for row in rows if row)


def _share(request: HedgeRequest, share: Decimal, chosen: Decimal) -> Button:
    mark = "• " if share == chosen else ""
    return Button(f"{mark}{show.share_as_percent(share)}", line(request, share=share, wants_venues=False))


def _leverage(request: HedgeRequest, leverage: Decimal, chosen: Decimal) -> Button:
    mark = "• " if leverage == chosen else ""
    return Button(f"{mark}{show.leverage(leverage)}", line(request, leverage=leverage, wants_venues=False))


def _exchanges(plan: HedgePlan, request: HedgeRequest) -> Iterator[Button]:
    others = [leg.instrument.exchange for leg in plan.legs if leg != plan.chosen and leg.sizing.is_orderable]
    for exchange in others[:OTHER_EXCHANGES]:
        yield Button(exchange_name(exchange), line(request, exchange=exchange, wants_venues=False))
    if plan.chosen.instrument.exchange != BY_HAND:
        yield Button("All exchanges", line(request, wants_venues=True))
    if plan.dated is not None:
        day = Decimal(f"{plan.dated.expires_at:%y%m%d}")
        there = line(request, expiry=day, exchange=plan.dated.instrument.exchange, wants_venues=False)
        yield Button(f"Future to {plan.dated.expires_at:%d %b}", there)


def _mending(plan: HedgePlan) -> Iterator[Button]:
    """The trade that brings a hedge that is there already to the share asked for."""
    leg = plan.chosen
    coin, mend = leg.instrument.coin, plan.existing.mend_base
    if Caution.OVER_HEDGED in plan.cautions and plan.existing.short_base > 0 and mend > 0:
        step = leg.instrument.amount_base(leg.instrument.step_contracts, leg.sizing.price_quote)
        amount = nearest_step(mend, step)
        if amount > 0:
            missing = HedgeRequest(coin=coin, amount_base=amount, share=Decimal(1), exchange=plan.terms.exchange)
            yield Button(f"Only the missing {show.exact(amount)} {coin}", line(missing, leverage=plan.terms.leverage))


def _copies(plan: HedgePlan) -> Iterator[Button]:
    """Size and price as the exchange takes them: in its own contracts, steps and price units."""
    leg = plan.chosen
    size = show.exact(leg.sizing.contracts)
    unit = "contracts" if leg.instrument.is_inverse or leg.instrument.contract_size != 1 else leg.instrument.coin
    yield Button(f"Copy size {size} {unit}", copy_text=size)
    price = leg.bid_quote or leg.sizing.price_quote
    typed = show.exact(nearest_step(price, leg.instrument.tick_quote) * leg.instrument.price_unit)
    yield Button(f"Copy price {typed}", copy_text=typed)


def menu_of_holdings(portfolio: Portfolio, request: HedgeRequest) -> Reply:
    """A /hedge that does not say what: what is held, on the terms that were written; or how to say it."""
    coins = [held.coin for held in portfolio.holdings if held.coin not in STABLECOINS]
    if not coins:
        examples = (
            line(request, coin="ETH", amount_base=Decimal(10)),
            line(request, coin="BTC", amount_base=Decimal("0.5")),
            line(request, coin="SOL", value_usd=Decimal(20_000)),
        )
        return Reply(
            "<b>What shall be hedged?</b>\nWrite an amount, like <code>/hedge 10 ETH 50% 2x</code>, or keep your coins "
            "here with <code>/portfolio add 10 ETH</code>.",
            (tuple(Button(example.removeprefix("/hedge "), example) for example in examples),),
        )
    holdings = [Button(coin, line(request, coin=coin)) for coin in coins[:HELD_AT_MOST]]
    rows = tuple(tuple(holdings[at : at + 4]) for at in range(0, len(holdings), 4))
    via = request.via or "BTC"
    whole = Button(f"Everything, via {via}", line(request, is_portfolio=True, via=via))
    return Reply(
        "<b>Hedge which holding?</b>\nIt starts with a quarter; the next screen has 50, 75 and 100 %.",
        (*rows, (whole,)),
        audience=Audience.ASKER,
    )
