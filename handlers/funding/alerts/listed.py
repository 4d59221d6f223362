"""Whether there is a market that a rule could watch."""

from chatbot.command import MarketData
from chatbot.core.alerts.rules import Measure, RuleTerms
from chatbot.core.errors import MarketUnavailable, NotPossible, Suggestion
from chatbot.core.markets import Instrument, InstrumentKind, exchange_name
from handlers import grammar
from handlers.funding.alerts.request import COMMAND
from handlers.funding.alerts.terms import line_of

USUAL = ("BTC", "ETH")
MOST_TIPS = 2


def require_listed(terms: RuleTerms, command: str, market: MarketData) -> None:
    """NotPossible, with a line that is, where there is no such contract; MarketUnavailable where nobody says."""
    if terms.coin is None:
        return
    states = market.states()
    if not any(state.markets for state in states):
        outages = [state.outage for state in states if state.outage is not None]
        raise MarketUnavailable("No exchange can be reached, so nothing was changed.", outages)
    kind = InstrumentKind.DATED if terms.measure is Measure.BASIS else InstrumentKind.PERPETUAL
    found = [each for each in market.futures(terms.coin) if each.kind is kind]
    if not any(terms.exchange in (None, each.exchange) for each in found):
        raise _missing(terms, kind, found, command, market)


def _missing(
    terms: RuleTerms, kind: InstrumentKind, elsewhere: list[Instrument], command: str, market: MarketData
) -> NotPossible:
    contract = "dated contract" if kind is InstrumentKind.DATED else "perpetual"
    if elsewhere:
        assert terms.exchange is not None
        exchanges = list(dict.fromkeys(each.exchange for each in elsewhere))
        lines = [line_of(terms, command, exchange=each) for each in (None, *exchanges[:2])]
        sentence = f"{exchange_name(terms.exchange)} has no {contract} of {terms.coin}, so nothing was changed."
        return NotPossible(sentence, [Suggestion(line.removeprefix(f"{command} "), line) for line in lines])
    lines = [line_of(terms, command, coin=coin, exchange=None) for coin in _others(terms, kind, market)]
    tips = [Suggestion(line.removeprefix(f"{command} "), line) for line in lines]
    return NotPossible(
        f"No exchange here has a {contract} of {terms.coin}, so nothing was changed.",
        tips or [Suggestion("What can be watched", COMMAND)],
    )


def _others(terms: RuleTerms, kind: InstrumentKind, market: MarketData) -> list[str]:
    """Coins of a like name that have one, or the usual ones that do."""
    alike = grammar.nearest(terms.coin or "", market.coins() - {terms.coin or ""})
    found = [coin for coin in (*alike, *USUAL) if any(each.kind is kind for each in market.futures(coin))]
    return found[:MOST_TIPS]
