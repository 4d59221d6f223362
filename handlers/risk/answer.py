"""Answers /risk: understand, remember, look, work out beside the loop, say."""

import asyncio
from dataclasses import replace

from pydantic import TypeAdapter

from chatbot.command import Audience, Button, Call, ChatKind, KeptAnswer, Reply, Services
from chatbot.core.errors import NotPossible, Suggestion
from chatbot.core.portfolio import STABLECOINS, Portfolio
from chatbot.core.risk.plan import RiskPlan, plan_risk
from chatbot.core.risk.positions import Unknown
from handlers.risk.moves import COMMAND, Move, move_line
from handlers.risk.render import render
from handlers.risk.request import Asked, WhatIf, line, parse
from handlers.risk.seeing import require_prices, see, short_of, unopenable

PLAN: TypeAdapter[RiskPlan] = TypeAdapter(RiskPlan)

EMPTY = Reply(
    "<b>Your portfolio is empty, so there is no risk to measure.</b>\n"
    "<code>/portfolio add 10 ETH</code> keeps a holding, "
    "<code>/portfolio short 5 ETH bybit entry=3450 2x</code> a futures position.",
    ((Button("Portfolio", "/portfolio"), Button("What is stored", "/privacy")),),
    audience=Audience.ASKER,
)
CASH_ALONE = Reply(
    "<b>Only cash in stablecoins: nothing here moves with the market.</b>\n"
    "What is left is the risk of who issues them, which prices of the past do not show.",
    ((Button("Portfolio", "/portfolio"), Button("Where to put it", "/allocate presets")),),
    audience=Audience.ASKER,
)


async def answer(call: Call, services: Services) -> Reply:
    """The risk of the asker's portfolio, and with a hedge where the line names one."""
    if call.chat_kind is not ChatKind.PRIVATE:
        return Reply("This is about what you hold.", audience=Audience.ASKER)
    exchanges = tuple(state.exchange for state in services.market.states())
    asked = parse(call.words, services.market.coins(), exchanges)
    what_if, move = (asked, None) if isinstance(asked, WhatIf) else (None, asked)
    portfolio = await services.portfolios.load(call.user_id)
    if portfolio.is_empty:
        return _with_sizing(EMPTY, what_if)
    if not set(portfolio.coins()) - STABLECOINS:
        return _with_sizing(CASH_ALONE, what_if)
    require_prices(services)
    plan = await _plan(what_if, move, portfolio, call, services)
    _require_openable(plan, what_if)
    kept = KeptAnswer("risk", _line(asked), PLAN.dump_json(plan).decode(), plan.planned_at)
    return render(plan, what_if, await services.answers.keep(call.chat_id, kept))


def _line(asked: Asked) -> str:
    if isinstance(asked, WhatIf):
        return line(asked)
    return move_line(asked) if asked else COMMAND


def _with_sizing(reply: Reply, what_if: WhatIf | None) -> Reply:
    """A hedge of what is not in the portfolio is sized by /hedge."""
    if what_if is None:
        return reply
    asked = line(what_if, "/hedge")
    return replace(reply, buttons=((Button(asked, asked),), *reply.buttons))


def _require_openable(plan: RiskPlan, what_if: WhatIf | None) -> None:
    """By the exchange's margin tiers at this size."""
    if plan.after is None or what_if is None:
        return
    tried = plan.after.book.positions[-1]
    if tried.unknown is Unknown.NOT_OPENABLE and tried.position.exchange is not None:
        raise unopenable(what_if, tried.position.exchange)


async def _plan(
    what_if: WhatIf | None, move: Move | None, portfolio: Portfolio, call: Call, services: Services
) -> RiskPlan:
    chosen, hedge, hedged = await services.settings.load(call.chat_id), None, portfolio
    if what_if is not None:
        hedge = await short_of(what_if, portfolio, chosen.exchange, services)
        hedged = Portfolio(portfolio.holdings, (*portfolio.positions, hedge))
    seen = await see(hedged, services, also=hedge.coin if hedge else None)
    try:
        asked_move = float(move.share) if move else None
        return await asyncio.to_thread(plan_risk, portfolio, seen, services.now(), hedge, asked_move)
    except NotPossible as problem:
        ways = [Suggestion("Portfolio", "/portfolio"), *([Suggestion("Risk as it is", COMMAND)] if what_if else [])]
        raise NotPossible(problem.sentence, problem.suggestions or ways) from problem
