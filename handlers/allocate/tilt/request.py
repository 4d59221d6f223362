"""What was asked of /allocate tilt and /allocate enhance: the line read into a request, and written back."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from chatbot.core.errors import Suggestion, UserMistake
from chatbot.core.portfolio import STABLECOINS
from handlers import formatting as show
from handlers import grammar
from handlers.allocate.tilt.weights import EXAMPLE, HUNDRED, KEYWORDS, NAMED, Reader
from handlers.grammar.levels import written_length
from handlers.grammar.words import EXCHANGE_IDS
from handlers.grammar.written import shown, split

TILT, ENHANCE, VIA = "tilt", "enhance", "via"
DEFAULT_LEVERAGE = Decimal(2)
DEFAULT_HORIZON = timedelta(days=30)
LONGEST_HORIZON = timedelta(days=730)
DEFAULT_STOP_SHARE, WIDEST_STOP_SHARE = Decimal("0.05"), Decimal("0.5")
MOST_COINS = 6
MOST_MISTAKES = 4  # mended one after the other in what is offered
USUAL_USD = Decimal(10_000)
FLAGS = {"dated": "is_dated", "spot": "wants_spot", "neutral": "is_neutral"}
ENHANCE_EXAMPLE = "/allocate enhance BTC $10k 3x"
_STOP = re.compile(r"(stop=[\d.]+)(?=\s|$)", re.IGNORECASE)
_APART = re.compile(r"(?<=\d)\s*/\s*(?=\d)")
_PAIR = re.compile(r"(?<=[A-Za-z])/(?=[A-Za-z#])")  # BTC/ETH


@dataclass(frozen=True, slots=True)
class TiltRequest:
    """One line. `weights`: coins with their percentages; `before`: percentages in the same order, empty: what is held.

    ENHANCE has one coin, weight zero, and `amount_usd` of margin. What was not written is None.
    """

    verb: str = TILT
    weights: tuple[tuple[str, Decimal], ...] = ()
    before: tuple[Decimal, ...] = ()
    amount_usd: Decimal | None = None
    leverage: Decimal | None = None
    exchange: str | None = None
    horizon: timedelta | None = None
    stop_share: Decimal | None = None
    expiry: Decimal | None = None  # yymmdd
    is_dated: bool = False
    is_neutral: bool = False  # in beta
    wants_spot: bool = False

    @property
    def coins(self) -> tuple[str, ...]:
        """In the order of the line."""
        return tuple(coin for coin, _ in self.weights)

    @property
    def is_about_holdings(self) -> bool:
        """Whether the amounts come from the portfolio, so that the answer is nobody else's business."""
        return self.verb == TILT and not self.before


def parse(verb: str, words: str, coins: frozenset[str], exchanges: tuple[str, ...]) -> TiltRequest:
    """Raises UserMistake, with lines that are read where one can be guessed. Without words: an empty request."""
    try:
        return _parsed(verb, words, coins, exchanges)
    except UserMistake as mistake:
        found = [_followed(tip, coins, exchanges) for tip in mistake.suggestions]
        tips = dict.fromkeys(tip for tip in found if tip is not None)
        example = ENHANCE_EXAMPLE if verb == ENHANCE else EXAMPLE
        raise UserMistake(mistake.sentence, tips or [Suggestion(example, example)]) from mistake


def _followed(tip: Suggestion, coins: frozenset[str], exchanges: tuple[str, ...]) -> Suggestion | None:
    """A line that leads to the next mistake is no way on: what that one offers is, if it comes to an end."""
    if not _is_mine(tip):
        return tip
    for _ in range(MOST_MISTAKES):
        verb, _, words = tip.command.removeprefix("/allocate ").partition(" ")
        try:
            _parsed(verb, words, coins, exchanges)
        except UserMistake as mistake:
            further = [each for each in mistake.suggestions if _is_mine(each)]
            if not further:
                return None
            tip = further[0]
        else:
            return tip
    return None


def _is_mine(tip: Suggestion) -> bool:
    return tip.command.startswith((f"/allocate {TILT} ", f"/allocate {ENHANCE} "))


def _parsed(verb: str, words: str, coins: frozenset[str], exchanges: tuple[str, ...]) -> TiltRequest:
    named_alike = {word.upper() for word in KEYWORDS}  # such a coin is written #SPOT
    vocabulary = grammar.Vocabulary(coins - named_alike, exchanges, KEYWORDS, NAMED, frozenset())
    text = _STOP.sub(r"\1%", _PAIR.sub(" ", _APART.sub("/", words)))
    if verb == ENHANCE:
        usual = TiltRequest(ENHANCE, (("BTC", Decimal(0)),), amount_usd=USUAL_USD)
        return _checked(_enhance(_read(f"/allocate {ENHANCE}", text, vocabulary, usual)))
    read = Reader(split(text), replace(vocabulary, coins=vocabulary.coins | STABLECOINS))
    request = _with(TiltRequest(TILT, tuple(read.weights), tuple(read.before)), read.rest, vocabulary)
    _require_weights(request, read.bare)
    if read.is_doubtful and len(request.weights) == 1:
        raise UserMistake("Coins or a weight? A weight stands behind its coin.", [suggested(request)])
    return _checked(request)


def _with(request: TiltRequest, rest: Sequence[str], vocabulary: grammar.Vocabulary) -> TiltRequest:
    if any(word.lower() == VIA for word in rest):
        without = _with(request, [word for word in rest if word.lower() != VIA], vocabulary)
        raise UserMistake(f"The coins of a tilt have weights: {VIA} is for /hedge.", [suggested(without)])
    said: dict[str, Any] = {}
    usual = replace(request, amount_usd=USUAL_USD if request.before else None)
    for part in _read(line(request), " ".join(rest), vocabulary, usual):
        said |= _fields(part, request)
    return replace(request, **said)


def _read(command: str, words: str, vocabulary: grammar.Vocabulary, usual: TiltRequest) -> tuple[grammar.Part, ...]:
    """What the grammar cannot mend, as $0, leads to the usual line."""
    try:
        return grammar.read(command, words, vocabulary)
    except UserMistake as mistake:
        if mistake.suggestions:
            raise
        raise UserMistake(mistake.sentence, [suggested(usual)]) from mistake


def _amount(part: grammar.Value | grammar.Quantity, request: TiltRequest) -> dict[str, Any]:
    """Dollars; behind them an exchange may stand that is a coin, too: $100k gate."""
    coin = part.coin
    if isinstance(part, grammar.Quantity):
        raise UserMistake(
            f"Of {shown(part.coin)} a tilt takes a weight, and dollars in all.", [Suggestion(EXAMPLE, EXAMPLE)]
        )
    if coin is None:
        return {"amount_usd": part.amount_usd}
    if coin.lower() in EXCHANGE_IDS:
        return {"amount_usd": part.amount_usd, "exchange": EXCHANGE_IDS[coin.lower()]}
    without = replace(request, amount_usd=part.amount_usd)
    raise UserMistake(f'"{shown(coin)}" has no weight: a coin is followed by it.', [suggested(without)])


def _fields(part: grammar.Part, request: TiltRequest) -> dict[str, Any]:
    match part:
        case grammar.Value() | grammar.Quantity():
            return _amount(part, request)
        case grammar.Leverage(leverage):
            return {"leverage": leverage}
        case grammar.Horizon(horizon):
            return {"horizon": horizon}
        case grammar.Exchange(exchange):
            return {"exchange": exchange}
        case grammar.CoinWord(coin) if coin.lower() in EXCHANGE_IDS:  # coins are taken out before: gate is the exchange
            return {"exchange": EXCHANGE_IDS[coin.lower()]}
        case grammar.Named("stop", share):
            return {"stop_share": share}
        case grammar.Named("expiry", day):
            return {"expiry": day}
        case grammar.Keyword(word):
            return {FLAGS[word]: True}
        case _:
            raise UserMistake(
                "A tilt takes coins with weights, dollars, a leverage, an exchange and days.",
                [Suggestion(EXAMPLE, EXAMPLE)],
            )


def _enhance(parts: Sequence[grammar.Part]) -> TiltRequest:
    said: dict[str, Any] = {}
    coins: list[str] = []
    for part in parts:
        match part:
            case grammar.CoinWord(coin):
                coins.append(coin)
            case grammar.Value(amount, str() as coin):
                coins.append(coin)
                said["amount_usd"] = amount
            case grammar.Quantity(coin=coin):
                coins.append(coin)  # without dollars it is asked for them
            case _:
                said |= _fields(part, TiltRequest(ENHANCE))
    if not coins and not said:
        return TiltRequest(ENHANCE)
    is_in_coins = any(isinstance(part, grammar.Quantity) for part in parts)
    if is_in_coins or len(set(coins)) != 1 or "amount_usd" not in said or coins[0] in STABLECOINS:
        coin = next((each for each in coins if each not in STABLECOINS), "BTC")
        amount = said.get("amount_usd", USUAL_USD)
        mended = TiltRequest(ENHANCE, ((coin, Decimal(0)),), **(said | {"amount_usd": amount}))
        asked = (
            "The margin is in dollars, not in coins." if is_in_coins else "More of which coin, with how much margin?"
        )
        raise UserMistake(f"{asked} One coin and dollars.", [suggested(mended)])
    return TiltRequest(ENHANCE, ((coins[0], Decimal(0)),), **said)


# Mistakes


def _require_weights(request: TiltRequest, bare: Sequence[str]) -> None:
    """`BTC 65 ETH` leaves 35 for ETH; `BTC ETH` alone does not say."""
    if not bare:
        return
    left = HUNDRED - sum(percent for _, percent in request.weights)
    each = left / len(bare) if left > 0 else Decimal(0)
    rounded = [each.quantize(Decimal(1)) for _ in bare[:-1]]
    shares = (*rounded, left - sum(rounded))
    mended = replace(request, weights=(*request.weights, *zip(bare, shares, strict=True)))
    raise UserMistake(
        f"Which weight for {' and '.join(bare)}? A coin is followed by it.", [suggested(mended)] if left > 0 else []
    )


def _checked(request: TiltRequest) -> TiltRequest:
    for check in (_check_coins, _check_sums, _check_before, _check_amount, _check_terms):
        check(request)
    return request


def _check_coins(request: TiltRequest) -> None:
    coins = request.coins
    if len(set(coins)) < len(coins):
        once = tuple({coin: (coin, percent) for coin, percent in request.weights}.values())
        raise UserMistake("A coin is named twice.", [suggested(replace(request, weights=once))])
    if len(coins) > MOST_COINS:
        raise UserMistake(f"A tilt has at most {MOST_COINS} coins.", [Suggestion(EXAMPLE, EXAMPLE)])
    dollars = [coin for coin in coins if coin in STABLECOINS]
    if len(dollars) > 1 and len(dollars) < len(coins):
        whole = sum((percent for coin, percent in request.weights if coin in dollars), Decimal(0))
        kept = tuple(
            (coin, whole if coin == dollars[0] else percent)
            for coin, percent in request.weights
            if coin not in dollars[1:]
        )
        raise UserMistake(
            "Dollars are one, whatever their name: once is enough.", [suggested(replace(request, weights=kept))]
        )
    if coins and len(dollars) == len(coins):
        raise UserMistake("Dollars alone have nothing to tilt between.", [Suggestion(EXAMPLE, EXAMPLE)])


def _check_sums(request: TiltRequest) -> None:
    if len(request.weights) < 2:
        return
    percents = [percent for _, percent in request.weights]
    missing = HUNDRED - sum(percents)
    if missing:
        tips = [
            suggested(replace(request, weights=tuple(zip(request.coins, each, strict=True))))
            for each in _mended(percents, missing)
        ]
        raise UserMistake(f"The weights {_missed(percents, missing)}", tips)
    missing = HUNDRED - sum(request.before)
    if len(request.before) == len(percents) and missing:
        tips = [suggested(replace(request, before=tuple(each))) for each in _mended(request.before, missing)]
        raise UserMistake(f"The weights behind from {_missed(request.before, missing)}", tips)


def _missed(percents: Sequence[Decimal], missing: Decimal) -> str:
    too = "few" if missing > 0 else "many"
    return f"sum to {show.exact(sum(percents, Decimal(0)))}: {show.exact(abs(missing))} too {too}."


def _mended(percents: Sequence[Decimal], missing: Decimal) -> list[list[Decimal]]:
    """The last changed, or the first, as far as that leaves no weight below zero."""
    found = [[*percents[:-1], percents[-1] + missing], [percents[0] + missing, *percents[1:]]]
    return [each for each in found if all(percent >= 0 for percent in each)]


def _check_before(request: TiltRequest) -> None:
    count = len(request.weights)
    if request.before and len(request.before) != count:
        coins = f"{count} coin{'' if count == 1 else 's'}"
        raise UserMistake(
            f"{coins}, but {len(request.before)} weights behind from: one for each.",
            [suggested(with_equal_before(request))] if count else [Suggestion(EXAMPLE, EXAMPLE)],
        )


def _check_amount(request: TiltRequest) -> None:
    """A tilt of an amount needs the weights it has now; without both it is of what is held."""
    if request.verb == ENHANCE or not request.weights or bool(request.before) == (request.amount_usd is not None):
        return
    amount = show.money(request.amount_usd or USUAL_USD)
    what = "Of how many dollars?" if request.before else f"{amount}: from which weights?"
    of_held = Suggestion("From what I hold", line(request, before=(), amount_usd=None))
    raise UserMistake(what, [suggested(with_equal_before(request)), of_held])


def with_equal_before(request: TiltRequest) -> TiltRequest:
    """The same of an amount that is said, from equal weights where none are."""
    before = request.before if len(request.before) == len(request.weights) else _equal(len(request.weights))
    return replace(request, before=before, amount_usd=request.amount_usd or USUAL_USD)


def _equal(count: int) -> tuple[Decimal, ...]:
    """One coin is half of it."""
    if count < 2:
        return (Decimal(50),) * count
    part = (HUNDRED / count).quantize(Decimal(1))
    return (*[part] * (count - 1), HUNDRED - part * (count - 1))


def _check_terms(request: TiltRequest) -> None:
    if request.horizon is not None and request.horizon > LONGEST_HORIZON:
        raise UserMistake(
            "A tilt is planned for at most 730 days.", [suggested(replace(request, horizon=LONGEST_HORIZON))]
        )
    if request.stop_share is not None and not 0 < request.stop_share <= WIDEST_STOP_SHARE:
        raise UserMistake(
            "A stop is above zero, up to 50%.", [suggested(replace(request, stop_share=DEFAULT_STOP_SHARE))]
        )
    if request.is_neutral and len(request.weights) < 2:
        raise UserMistake(
            "neutral needs a long and a short, so two coins.", [suggested(replace(request, is_neutral=False))]
        )
    if request.is_dated and request.expiry is not None:
        raise UserMistake("dated or expiry=: one of them.", [suggested(replace(request, is_dated=False))])


def suggested(request: TiltRequest) -> Suggestion:
    """The line of this request as a way on; the example where it does not say what."""
    if not request.weights:
        return Suggestion(EXAMPLE, EXAMPLE)
    return Suggestion(line(request), line(request))


def line(request: TiltRequest, **changes: Any) -> str:
    """The command line that asks for this; for buttons."""
    asked = replace(request, **changes)
    words = [f"/allocate {asked.verb}", _what(asked)]
    words.extend(WORDS[name](value) for name in WORDS if (value := getattr(asked, name)) not in (None, False))
    return " ".join(word for word in words if word)


def _what(asked: TiltRequest) -> str:
    if asked.verb == ENHANCE:
        return " ".join(_coin(coin) for coin in asked.coins)
    weights = " ".join(f"{_coin(coin)} {show.exact(percent)}" for coin, percent in asked.weights)
    before = "/".join(show.exact(percent) for percent in asked.before)
    return f"{weights} from {before}".strip() if before else weights


def _coin(coin: str) -> str:
    return grammar.coin_word(coin, KEYWORDS)


# How each of the other fields is written, in the order of the line.
WORDS: Mapping[str, Callable[[Any], str]] = {
    "amount_usd": lambda amount: f"${show.exact(amount)}",
    "leverage": show.leverage,
    "exchange": lambda exchange: f"on {exchange}",  # behind dollars GATE would be the coin
    "horizon": written_length,
    "stop_share": lambda share: f"stop={show.share_for_typing(share)}",
    "expiry": lambda day: f"expiry={show.exact(day)}",
    "is_dated": lambda _: "dated",
    "is_neutral": lambda _: "neutral",
    "wants_spot": lambda _: "spot",
}
