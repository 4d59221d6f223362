"""Answers /rotate UNI FET $5k: understand, remember, look, work out, say."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial

from chatbot.command import Audience, Button, Call, ChatKind, ChatSettings, Reply, Services
from chatbot.core.errors import NotPossible, Suggestion
from chatbot.core.margin import LeverageRefused
from chatbot.core.portfolio import Portfolio
from chatbot.core.rotation.sectors import sectors_of
from chatbot.core.rotation.transit.plan import RotationPlan, plan_rotation
from chatbot.core.rotation.transit.stages import TooFew
from chatbot.core.rotation.transit.terms import FIRST_LEVERAGE, HEDGE_SHARE, STAGES, ByFutures, Sale, Terms
from handlers import formatting as show
from handlers import kept
from handlers.looking import require_a_market
from handlers.rotate.plan import request as requests
from handlers.rotate.plan.ends import Ends, ends_of
from handlers.rotate.plan.places import Seen, see
from handlers.rotate.plan.render import render
from handlers.rotate.plan.request import PlanRequest, line, parse

Plan = Callable[[Terms], RotationPlan]

KIND = "plan"
A_DAY = timedelta(days=1)
DEFAULT_LEVERAGE = Decimal(2)
SHARES = (Decimal("0.25"), Decimal("0.5"), Decimal(1))
AMOUNTS = (Decimal(1000), Decimal(5000), Decimal(10_000))
LEVERAGES = (Decimal(1), Decimal(2), Decimal(3))
LADDER = tuple(map(Decimal, (100, 75, 50, 40, 25, 20, 10, 5, 3, 2, 1)))
SMALLER = Decimal(10_000)  # where no leverage does for an amount
ENOUGH = Decimal("1.05")  # a little more than the smallest order


async def concerns(call: Call, services: Services) -> bool:
    """Whether a line that is no sector's name alone is a rotation's."""
    edits = (await services.settings.load(call.chat_id)).sectors
    return requests.is_plan(call.words, services.market.coins(), tuple(sectors_of(edits)))


async def answer(call: Call, services: Services) -> Reply:
    """The plan that the line asks for; without an amount, buttons of amounts."""
    require_a_market(services)
    chosen = await services.settings.load(call.chat_id)
    sectors = sectors_of(chosen.sectors)
    exchanges = tuple(state.exchange for state in services.market.states())
    is_private = call.chat_kind is ChatKind.PRIVATE
    portfolio = await services.portfolios.load(call.user_id) if is_private else Portfolio()
    held = [each.coin for each in portfolio.holdings]
    request = parse(call.words, services.market.coins(), exchanges, tuple(sectors), held)
    if not is_private and request.is_about_holdings:
        return Reply("This is about what you hold.", audience=Audience.ASKER)
    if not request.has_amount:
        return _menu(request, portfolio)
    ends = await ends_of(request, portfolio, sectors, services)
    terms = _terms(request, chosen)
    seen = await see(ends, request, chosen, _highest(terms), services)
    plan = await _plan(request, ends, replace(terms, preferred=seen.exchange), seen, portfolio, services)
    key = await kept.keep(services, call.chat_id, "rotate", KIND, line(request), plan)
    return render(plan, request, key, seen)


def _terms(request: PlanRequest, chosen: ChatSettings) -> Terms:
    """A stage a day; all at once needs no bridge, unless it is to come later."""
    stages = STAGES if request.stages is None else request.stages
    is_at_once = stages == 1 and request.horizon is None and not request.keeps_short and request.hedge_share is None
    share = HEDGE_SHARE if request.hedge_share is None else request.hedge_share
    return Terms(
        stages=stages,
        hedge_share=Decimal(0) if is_at_once else share,
        leverage=request.leverage or chosen.leverage or DEFAULT_LEVERAGE,
        length=timedelta(0) if is_at_once else request.horizon or stages * A_DAY,
        keeps_short=request.keeps_short,
        purchase=ByFutures(request.leverage or FIRST_LEVERAGE) if request.is_by_futures else None,
    )


def _highest(terms: Terms) -> Decimal:
    return max(terms.leverage, terms.purchase.leverage) if terms.purchase else terms.leverage


async def _plan(
    request: PlanRequest, ends: Ends, terms: Terms, seen: Seen, portfolio: Portfolio, services: Services
) -> RotationPlan:
    _require_perpetuals(request, ends, seen)
    sales = [Sale(seen.places[coin], amount, ends.held_base[coin]) for coin, amount in ends.sold_base.items()]
    places = [seen.places[coin] for coin in ends.bought]
    work = partial(
        plan_rotation,
        sales,
        places,
        now=services.now(),
        portfolio=portfolio,
        outages=seen.outages,
        left_out=ends.left_out,
        exchanges_asked=len(services.market.states()),
    )
    try:
        return await asyncio.to_thread(work, terms)
    except TooFew as problem:
        raise _below_smallest(problem, request) from problem
    except LeverageRefused as problem:
        raise await asyncio.to_thread(_refused, problem, request, terms, work) from problem


def _refused(problem: LeverageRefused, request: PlanRequest, terms: Terms, work: Plan) -> NotPossible:
    """With less leverage that would be taken; where little was asked for, it is the amount that is too large."""
    if _highest(terms) <= LEVERAGES[-1]:
        return _too_large(problem, request, terms, work)
    highest = next((times for times in LADDER if _is_taken(work, _at(terms, times))), None)
    if highest is None:
        return _too_large(problem, request, terms, work)
    lower = [times for times in LEVERAGES if times <= highest]
    return NotPossible(
        f"{problem.sentence} All of it is taken at {show.leverage(highest)}.",
        [Suggestion(show.leverage(times), line(request, leverage=times)) for times in lower],
    )


def _too_large(problem: LeverageRefused, request: PlanRequest, terms: Terms, work: Plan) -> NotPossible:
    """With an amount that the books would fill, and what needs no futures."""
    by_coins = line(request, hedge_share=Decimal(0), leverage=None, is_by_futures=False, keeps_short=False)
    amount = work(replace(terms, hedge_share=Decimal(0), keeps_short=False, purchase=None)).filling_quote or SMALLER
    smaller = line(request, share=None, amount_base=None, amount_usd=show.cents(amount))
    return NotPossible(
        f"The amount is too large. {problem.sentence}",
        [Suggestion(f"Only {show.money(amount)}", smaller), Suggestion("Coins only, no short", by_coins)],
    )


def _at(terms: Terms, leverage: Decimal) -> Terms:
    return replace(terms, leverage=leverage, purchase=ByFutures(leverage) if terms.purchase else None)


def _is_taken(work: Plan, terms: Terms) -> bool:
    try:
        work(terms)
    except LeverageRefused:
        return False
    return True


def _require_perpetuals(request: PlanRequest, ends: Ends, seen: Seen) -> None:
    """Of what is to be bought by futures."""
    lacking = [coin for coin in ends.bought if not seen.places[coin].futures]
    if request.is_by_futures and lacking:
        raise NotPossible(
            f"No exchange here told of a perpetual of {', '.join(lacking)}.",
            [Suggestion("Buy coins", line(request, is_by_futures=False))],
        )


def _below_smallest(problem: TooFew, request: PlanRequest) -> NotPossible:
    least = show.cents(problem.least_quote * ENOUGH)
    enough = line(request, amount_base=None, share=None, amount_usd=least)
    return NotPossible(
        f"{problem.sentence} It takes {show.money(least)} or more.", [Suggestion(f"With {show.money(least)}", enough)]
    )


def _menu(request: PlanRequest, portfolio: Portfolio) -> Reply:
    """How much: shares of what is held, or dollars."""
    source, target = request.source, request.target
    held = None if source.is_sector else portfolio.holding(source.name)
    head = f"<b>How much of {show.escape(source.name)} into {show.escape(target.name)}?</b>"
    by_share = tuple(Button(show.share_as_percent(share), line(request, share=share)) for share in SHARES)
    if source.is_sector:
        return Reply(f"{head}\nOf every coin of it that you hold, the same share.", (by_share,))
    by_amount = tuple(Button(show.money(amount), line(request, amount_usd=amount)) for amount in AMOUNTS)
    if held is None:
        example = line(request, amount_usd=AMOUNTS[1])
        return Reply(f"{head}\nWrite an amount, like <code>{show.escape(example)}</code>", (by_amount,))
    owned = f"You hold {show.quantity(held.amount_base)} {show.escape(source.name)}."
    return Reply(f"{head}\n{owned}", (by_share,), audience=Audience.ASKER)
