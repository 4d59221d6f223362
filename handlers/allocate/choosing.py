"""What a person chooses for good: the target, the bucket of a coin, the band."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from chatbot.command import Audience, Button, Call, ChatSettings, Reply, Services
from chatbot.core.allocation.buckets import bucket_of
from chatbot.core.allocation.targets import BUCKET_WORDS
from chatbot.core.chats import AllocationChoice
from chatbot.core.errors import Suggestion, UserMistake
from handlers import formatting as show
from handlers import grammar
from handlers.allocate.request import BUCKETS, COMMAND, parse
from handlers.grammar.numbers import parse_number
from handlers.grammar.words import nearest_word
from handlers.grammar.written import shown, split

WIDEST_BAND = Decimal("0.5")
_NOW = (Button("Where I stand", COMMAND), Button("Portfolio", "/portfolio"))


async def answer_set(call: Call, words: str, services: Services) -> Reply:
    """`bull`, `60/25/10/5 by equal`, or `off`."""
    if words.strip().lower() in ("off", "none"):
        await _change(call, services, lambda choice: replace(choice, target=""))
        return _stored("No target is kept any more.")
    request = parse(words, services.market.coins(), ())
    if not request.target or request.amount_usd is not None or request.coins:
        raise UserMistake(
            "A target is a preset or percentages: its amount is what you hold.",
            [Suggestion(f"{COMMAND} set {each}", f"{COMMAND} set {each}") for each in (request.target or "bull",)],
        )

    def edit(choice: AllocationChoice) -> AllocationChoice:
        return replace(choice, target=request.target, weighting=request.weighting or choice.weighting)

    await _change(call, services, edit)
    return _stored(f"Your target is {request.target}. /portfolio says how far you are from it.")


async def answer_bucket(call: Call, words: str, services: Services) -> Reply:
    """`SOL growth`; `SOL auto` goes back to the catalogue; nothing lists what was put elsewhere."""
    parts = split(words)
    if not parts:
        choice = (await services.settings.load(call.user_id)).allocation
        return _listed(choice)
    coin = grammar.Vocabulary(services.market.coins(), ()).ticker(parts[0])
    if coin is None:
        example = f"{COMMAND} bucket SOL growth"
        raise UserMistake(f'"{shown(parts[0])}" is no coin.', [Suggestion(example, example)])
    if len(parts) != 2:
        raise _bucket_mistake(parts[0], "")
    return await _put(call, coin, parts[1].lower(), services)


async def _put(call: Call, coin: str, word: str, services: Services) -> Reply:
    if word != "auto" and word not in BUCKETS:
        raise _bucket_mistake(coin, word)

    def edit(choice: AllocationChoice) -> AllocationChoice:
        others = tuple(each for each in choice.buckets if each[0] != coin)
        return replace(choice, buckets=others if word == "auto" else (*others, (coin, BUCKETS[word])))

    settings = await _change(call, services, edit)
    bucket = BUCKET_WORDS[bucket_of(coin, settings.allocation)]
    return _stored(f"{show.escape(coin)} counts as: {bucket.lower()}.")


def _bucket_mistake(coin: str, word: str) -> UserMistake:
    near = nearest_word(word, tuple(BUCKETS)) or "growth"
    lines = [f"{COMMAND} bucket {shown(coin)} {each}" for each in dict.fromkeys((near, "auto"))]
    if word == "futures":
        return UserMistake(
            "Small-cap futures are the positions in small caps: put the coin there.",
            [Suggestion(f"{shown(coin)} small", f"{COMMAND} bucket {shown(coin)} small")],
        )
    return UserMistake(
        "A coin goes to foundation, growth, small or stables, or back with auto.",
        [Suggestion(each, each) for each in lines],
    )


def _listed(choice: AllocationChoice) -> Reply:
    rows = [f"{show.escape(coin)}: {BUCKET_WORDS[bucket].lower()}" for coin, bucket in choice.buckets]
    text = "\n".join(("<b>Coins you put elsewhere</b>", *(rows or ["none; the catalogue decides"])))
    return _stored(f"{text}\n<code>{COMMAND} bucket SOL growth</code>")


async def answer_band(call: Call, words: str, services: Services) -> Reply:
    """`5`: points around each target. While every part is inside nothing is traded; beyond, all are brought back."""
    number = parse_number(words.strip().rstrip("%").strip())
    if number is None or not 0 <= number / 100 <= WIDEST_BAND:
        raise UserMistake("A band is 0 to 50 points.", [Suggestion("5 points", f"{COMMAND} band 5")])
    await _change(call, services, lambda choice: replace(choice, band_share=number / 100))
    points = show.number(number)
    return _stored(
        f"While every part is within {points} points of its target nothing is traded; beyond, all are brought back."
    )


async def _change(call: Call, services: Services, edit: Callable[[AllocationChoice], AllocationChoice]) -> ChatSettings:
    changed = await services.settings.change(
        call.user_id, call.setting_id, lambda settings: replace(settings, allocation=edit(settings.allocation))
    )
    return changed or await services.settings.load(call.user_id)


def _stored(text: str) -> Reply:
    return Reply(text, (_NOW,), audience=Audience.ASKER)
