"""What was asked of /settings: the line read into changes of what a chat chose.

Law: a line sets, it never toggles, so that the same line twice is the same as once.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from chatbot.core.chats import ChatSettings, GroupWatch, Language, QuietHours
from chatbot.core.errors import Suggestion, UserMistake
from chatbot.core.funding import HARDLY_POSSIBLE_SHARE
from chatbot.core.markets import exchange_name
from handlers import formatting as show
from handlers import grammar
from handlers.grammar import levels
from handlers.grammar.written import shown, split, visible
from handlers.settings.zones import read_zone

COMMAND = "/settings"
NONE_WORDS = frozenset({"off", "none", "any", "no"})
QUOTES = ("USDT", "USDC", "USD")
HIGHEST_LEVERAGE = Decimal(100)
MOST_COINS = 20
LANGUAGES: Mapping[str, Language] = {
    **{language.value: language for language in Language},
    "english": Language.ENGLISH,
    "german": Language.GERMAN,
    "deutsch": Language.GERMAN,
    "spanish": Language.SPANISH,
    "español": Language.SPANISH,
    "espanol": Language.SPANISH,
    "russian": Language.RUSSIAN,
    "русский": Language.RUSSIAN,
}
OF_ALL = ("zone", "quiet", "language")
OF_PEOPLE = (*OF_ALL, "quote", "exchange", "leverage")
OF_GROUPS = (*OF_ALL, "coins", "extremes", "level", "topic", "off")
SYNONYMS = {"timezone": "zone", "tz": "zone", "lang": "language", "coin": "coins", "extreme": "extremes"}
_HOURS = re.compile(r"(\d{1,2})(?::00)?\s*(?:-|–|—|to|until)\s*(\d{1,2})(?::00)?", re.IGNORECASE)
_CHAT = re.compile(r"(?:^|\s)chat\s*=\s*(\S+)", re.IGNORECASE)

Edit = Callable[[ChatSettings], ChatSettings]


@dataclass(frozen=True, slots=True)
class Context:
    """What the words of a line can mean. `command` stands before each corrected line."""

    command: str
    is_group: bool
    coins: frozenset[str]
    exchanges: tuple[str, ...]
    thread_id: int | None = None  # the topic in which it is asked


@dataclass(frozen=True, slots=True)
class SettingsRequest:
    """The edits of a line, in its order, or the one setting whose choices are asked for."""

    edits: tuple[Edit, ...] = ()
    choices_of: str = ""
    turns_off: bool = False


def chat_in(words: str) -> tuple[str | None, str]:
    """The value of chat= in a line, and the other words."""
    text = visible(words)
    match = _CHAT.search(text)
    return (match[1], _CHAT.sub(" ", text).strip()) if match else (None, text.strip())


def parse(words: str, context: Context) -> SettingsRequest:
    """Raises UserMistake, with the corrected line where one can be guessed."""
    said = _by_name(split(words), context)
    if len(said) == 1 and said[0][0] in ("zone", "exchange", "coins") and not said[0][1]:
        return SettingsRequest(choices_of=said[0][0])
    edits = tuple(READERS[name](value, context) for name, value in said)
    return SettingsRequest(edits, turns_off=any(name == "off" for name, _ in said))


def applied(edits: tuple[Edit, ...], settings: ChatSettings) -> ChatSettings:
    """The settings with all of these edits."""
    for edit in edits:
        settings = edit(settings)
    return settings


def _by_name(words: Sequence[str], context: Context) -> list[tuple[str, str]]:
    """Each setting with the words behind its name."""
    names = OF_GROUPS if context.is_group else OF_PEOPLE
    said: list[tuple[str, list[str]]] = []
    for word in " ".join(words).replace("=", " ").split():
        name = SYNONYMS.get(word.lower(), word.lower())
        is_value = name == "off" and said and said[-1][0] != "off" and not said[-1][1]  # quiet off
        if name in names and not is_value:
            said.append((name, []))
        elif said:
            said[-1][1].append(word)
        else:
            raise _unknown(word, names, context)
    return [(name, " ".join(values)) for name, values in said]


def _unknown(word: str, names: tuple[str, ...], context: Context) -> UserMistake:
    near = grammar.nearest(word, names, most=1)
    tips = [f"{context.command} {EXAMPLES[name]}" for name in near or names[:3]]
    return UserMistake(
        f'I don\'t know the setting "{shown(word)}". There are {", ".join(names)}.',
        [Suggestion(line, line) for line in tips],
    )


EXAMPLES = {
    "zone": "zone Europe/Berlin",
    "quiet": "quiet 22-7",
    "language": "language de",
    "quote": "quote USDC",
    "exchange": "exchange bybit",
    "leverage": "leverage 3x",
    "coins": "coins BTC ETH",
    "extremes": "extremes",
    "level": "level 0.05%",
    "topic": "topic here",
    "off": "off",
}


def _mistake(sentence: str, context: Context, *values: str) -> UserMistake:
    lines = [f"{context.command} {value}" for value in values]
    return UserMistake(sentence, [Suggestion(line, line) for line in lines])


# People


def _zone(value: str, context: Context) -> Edit:
    zone = read_zone(value, context.command)
    return lambda settings: replace(settings, zone=zone)


def _quiet(value: str, context: Context) -> Edit:
    quiet = None if value.lower() in NONE_WORDS else _hours(value, context)
    return lambda settings: replace(settings, quiet=quiet)


def _hours(value: str, context: Context) -> QuietHours:
    match = _HOURS.fullmatch(value)
    hours = [int(hour) % 24 if int(hour) <= 24 else -1 for hour in match.groups()] if match else [-1]
    if min(hours) < 0:
        raise _mistake(
            f'Quiet hours are two full hours of the day, like 22-7, not "{shown(value)}".',
            context,
            "quiet 22-7",
            "quiet off",
        )
    return QuietHours(*hours)


def _language(value: str, context: Context) -> Edit:
    language = LANGUAGES.get(value.lower())
    if language is None:
        lines = [f"language {each.value}" for each in Language]
        raise _mistake(f'Alerts are written in en, de, es and ru, not "{shown(value)}".', context, *lines)
    return lambda settings: replace(settings, language=language)


def _quote(value: str, context: Context) -> Edit:
    quote = None if value.lower() in NONE_WORDS else value.upper()
    if quote is not None and quote not in QUOTES:
        lines = [f"quote {each}" for each in QUOTES]
        raise _mistake(f'The quote is USDT, USDC or USD, not "{shown(value)}".', context, *lines)
    return lambda settings: replace(settings, quote=quote)


def _exchange(value: str, context: Context) -> Edit:
    if value.lower() in NONE_WORDS:
        return lambda settings: replace(settings, exchange=None)
    found = grammar.Vocabulary(context.coins, context.exchanges).exchange(value.lower())
    if found is None or found not in context.exchanges:
        near = grammar.nearest(value, context.exchanges) or context.exchanges[:2]
        names = ", ".join(map(exchange_name, context.exchanges))
        lines = [f"exchange {each}" for each in near]
        raise _mistake(f'"{shown(value)}" is not asked here. Here: {names}.', context, *lines)
    return lambda settings: replace(settings, exchange=found)


def _leverage(value: str, context: Context) -> Edit:
    if value.lower() in NONE_WORDS:
        return lambda settings: replace(settings, leverage=None)
    times = grammar.numbers.parse_number(value.lower().strip("x"))
    if times is None or not 1 <= times <= HIGHEST_LEVERAGE:
        raise _mistake(f'Leverage is 1x to 100x, not "{shown(value)}".', context, "leverage 2x", "leverage 3x")
    return lambda settings: replace(settings, leverage=times)


# Groups


def _watched(settings: ChatSettings, context: Context) -> GroupWatch:
    """What is watched; where nothing is yet, it will be told where it is set up."""
    return settings.watch or GroupWatch(thread_id=context.thread_id)


def _coins(value: str, context: Context) -> Edit:
    """All that are to be watched, or one more or less (`+ETH`, `-ETH`): so the buttons say it, tapped however fast."""
    vocabulary = grammar.Vocabulary(context.coins, ())
    if value[:1] in ("+", "-") and " " not in value:
        return _one_coin(_coin(value[1:], vocabulary, context), context, is_more=value[0] == "+")
    coins = tuple(dict.fromkeys(_coin(word, vocabulary, context) for word in value.replace(",", " ").split()))
    if len(coins) > MOST_COINS:
        few = " ".join(("coins", *(grammar.coin_word(coin, OF_GROUPS) for coin in coins[:MOST_COINS])))
        raise _mistake(f"A group watches up to {MOST_COINS} coins, or the extremes of all.", context, few, "extremes")
    return lambda settings: replace(settings, watch=replace(_watched(settings, context), coins=coins))


def _one_coin(coin: str, context: Context, *, is_more: bool) -> Edit:
    """The last one stays, because none would mean all."""

    def edit(settings: ChatSettings) -> ChatSettings:
        watch = _watched(settings, context)
        others = tuple(each for each in watch.coins if each != coin)
        coins = (*others, coin) if is_more else others or (coin,)
        if len(coins) > MOST_COINS:
            raise _mistake(f"A group watches up to {MOST_COINS} coins, or the extremes of all.", context, "extremes")
        return replace(settings, watch=replace(watch, coins=coins))

    return edit


def _coin(word: str, vocabulary: grammar.Vocabulary, context: Context) -> str:
    coin = vocabulary.coin(word) or (None if context.coins else vocabulary.ticker(word))
    if coin is None:
        near = grammar.nearest(word, context.coins) or ("BTC",)
        raise _mistake(f'I don\'t know the coin "{shown(word)}".', context, *(f"coins {each}" for each in near))
    return coin


def _extremes(value: str, context: Context) -> Edit:
    if value:
        raise _mistake(f'"{shown(value)}" is too much: extremes are of all coins.', context, "extremes")
    return lambda settings: replace(settings, watch=replace(_watched(settings, context), coins=()))


def _level(value: str, context: Context) -> Edit:
    word = levels.joined(value)
    level = levels.read_level(word)
    if level is None:
        raise _mistake(f'A level is written 0.05% (per 8 h), not "{shown(value)}".', context, "level 0.05%")
    if not level.has_sign:
        shares = [level.share / 100, level.share]
        possible = [share for share in shares if 0 < share <= HARDLY_POSSIBLE_SHARE]
        lines = [f"level {show.share_for_typing(share)}" for share in possible] or ["level 0.05%"]
        raise _mistake(f'"{shown(value)}" has no unit. Percent of 8 hours?', context, *lines)
    per_eight_hours = levels.rounded(level.per(levels.EIGHT_HOURS, levels.EIGHT_HOURS))
    if not 0 < per_eight_hours <= HARDLY_POSSIBLE_SHARE:
        raise _mistake("A level is above 0 and up to 3 % per 8 h.", context, "level 0.05%", "level 0.1%")
    return lambda settings: replace(
        settings, watch=replace(_watched(settings, context), level_per_eight_hours=per_eight_hours)
    )


def _topic(value: str, context: Context) -> Edit:
    if value.lower() not in ("here", "general"):
        raise _mistake("The topic is here or general.", context, "topic here", "topic general")
    thread_id = context.thread_id if value.lower() == "here" else None
    return lambda settings: replace(settings, watch=replace(_watched(settings, context), thread_id=thread_id))


def _off(value: str, context: Context) -> Edit:
    if value:
        raise _mistake(f'"{shown(value)}" is too much: off stands alone.', context, "off")
    return lambda settings: replace(settings, watch=None)


READERS: Mapping[str, Callable[[str, Context], Edit]] = {
    "zone": _zone,
    "quiet": _quiet,
    "language": _language,
    "quote": _quote,
    "exchange": _exchange,
    "leverage": _leverage,
    "coins": _coins,
    "extremes": _extremes,
    "level": _level,
    "topic": _topic,
    "off": _off,
}
