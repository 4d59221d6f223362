"""/allocate profit $5k: half to stables, half to the foundation."""

from chatbot.command import Button, Reply, Services
from chatbot.core.allocation.plan import TOO_OLD
from chatbot.core.allocation.targets import MAJORS
from chatbot.core.allocation.trades import CoinPlace, trades_to
from chatbot.core.chats import Weighting
from chatbot.core.errors import Suggestion, UserMistake
from handlers import formatting as show
from handlers import grammar
from handlers.allocate.request import COMMAND
from handlers.grammar.numbers import BARE
from handlers.grammar.written import shown


async def answer_profit(words: str, services: Services) -> Reply:
    """The two halves, the second in bitcoin and ether alike."""
    example = f"{COMMAND} profit $5k"
    if BARE.fullmatch(words.strip()):
        meant = f"{COMMAND} profit ${words.strip()}"
        raise UserMistake(f"{shown(words.strip())}: dollars are written with $.", [Suggestion(meant, meant)])
    parts = grammar.read(f"{COMMAND} profit", words, grammar.Vocabulary(frozenset(services.market.coins()), ()))
    value = grammar.only(parts, grammar.Value)
    if value is None or value.coin is not None or len(parts) > 1:
        raise UserMistake("A profit is an amount in dollars.", [Suggestion(example, example)])
    half = value.amount_usd / 2
    found, now = await services.market.spot_prices(MAJORS), services.now()
    prices = {coin: price for coin, price in found.items() if now - price.as_of <= TOO_OLD}
    markets = {coin: next(iter(services.market.spot_markets(coin)), None) for coin in MAJORS}
    places = [CoinPlace(coin, half * 0, prices[coin].price_quote, markets[coin]) for coin in MAJORS if coin in prices]
    trades = trades_to(places, half, Weighting.EQUAL)
    bought = [
        f"• Buy {show.exact_grouped(each.amount_base)} {each.coin} ≈ {show.money(each.value_usd)}" for each in trades
    ]
    oldest = min((price.as_of for price in prices.values()), default=None)
    source = [show.source_line(prices[places[0].coin].source, None, now - oldest)] if places and oldest else []
    lines = (
        f"<b>{show.money(half)} to stables, {show.money(half)} to the foundation</b>",
        *bought,
        "The rule: half of a profit waits, half moves to what is held for long. A sale may be taxed.",
        *source,
    )
    return Reply("\n".join(lines), ((Button("Where I stand", COMMAND, is_private=True),),), plan=trades)
