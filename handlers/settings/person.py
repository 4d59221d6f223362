"""The card of a person: time zone, quote, exchange, leverage, quiet hours, language; and the chats they set up."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from chatbot.command import Audience, Button, ChatKind, ChatSettings, Reply
from chatbot.core.chats import KnownChat
from chatbot.core.markets import exchange_name
from handlers import formatting as show
from handlers.languages import NAMES
from handlers.settings.group import Card, Row, language_row, marked, quiet_row, quiet_words
from handlers.settings.request import COMMAND, QUOTES
from handlers.settings.zones import USUAL, city, time_there

LEVERAGES = (1, 2, 3, 5)
BUTTONS_A_ROW = 3
MOST_CHATS = 10
LONGEST_TITLE = 30
REASONS = {"removed": "I was removed", "may not post": "I may not post", "blocked": "I was blocked"}


def card_of(settings: ChatSettings, chats: Sequence[KnownChat], now: datetime) -> Reply:
    """What was chosen, and every choice one tap away, or two for the long lists."""
    card = Card(COMMAND, settings)
    rows = (
        tuple(_quotes(settings)),
        tuple(_leverages(settings)),
        *quiet_row(card),
        language_row(card),
        (Button("Time zone", f"{COMMAND} zone"), Button("Exchange", f"{COMMAND} exchange")),
        *map(_chat_row, chats[:MOST_CHATS]),
    )
    return Reply("\n".join(_lines(settings, chats, now)), rows, audience=Audience.ASKER)


def zone_choices(card: Card, now: datetime, *, is_private: bool) -> Reply:
    """The usual zones with the time there; any other is typed."""
    buttons = [
        Button(
            marked(f"{city(zone)} {time_there(zone, now)}", is_chosen=zone == card.settings.zone),
            f"{card.command} zone {zone}",
        )
        for zone in USUAL
    ]
    text = (
        f"<b>Time zone: {show.escape(card.settings.zone)}</b>\n"
        "What does your clock show? Any other: <code>/settings zone Lisbon</code> or <code>/settings zone UTC+2</code>"
    )
    return Reply(text, (*_rows(buttons), _back(card)), audience=_audience(is_private=is_private))


def exchange_choices(settings: ChatSettings, exchanges: Sequence[str]) -> Reply:
    """The configured exchanges."""
    buttons = [
        Button(marked(exchange_name(each), is_chosen=each == settings.exchange), f"{COMMAND} exchange {each}")
        for each in exchanges
    ]
    anywhere = Button(marked("Any", is_chosen=settings.exchange is None), f"{COMMAND} exchange off")
    text = "<b>Where are hedges sized, unless the line says otherwise?</b>"
    return Reply(text, (*_rows([anywhere, *buttons]), _back(Card(COMMAND, settings))), audience=Audience.ASKER)


def _lines(settings: ChatSettings, chats: Sequence[KnownChat], now: datetime) -> Iterator[str]:
    yield "<b>Settings</b>"
    yield f"Time zone: {show.escape(settings.zone)}, {time_there(settings.zone, now)} now"
    yield f"Contracts: {settings.quote or 'any quote'}{' first' if settings.quote else ''}"
    yield f"Exchange: {exchange_name(settings.exchange) if settings.exchange else 'the best for each hedge'}"
    yield f"Leverage: {show.leverage(settings.leverage) if settings.leverage else '2x, the usual'}"
    yield f"{quiet_words(settings)}: alerts wait until they end" if settings.quiet else "No quiet hours"
    yield f"Alerts in {NAMES[settings.language]}"
    if chats:
        yield "Your groups and channels are below."
    yield "<i>A channel: <code>/settings chat=@name</code>. /privacy says what is stored.</i>"


def _quotes(settings: ChatSettings) -> Iterator[Button]:
    for quote in QUOTES:
        yield Button(marked(quote, is_chosen=settings.quote == quote), f"{COMMAND} quote {quote}")
    yield Button(marked("Any quote", is_chosen=settings.quote is None), f"{COMMAND} quote off")


def _leverages(settings: ChatSettings) -> Iterator[Button]:
    for times in LEVERAGES:
        yield Button(marked(f"{times}x", is_chosen=settings.leverage == times), f"{COMMAND} leverage {times}x")
    yield Button(marked("Usual", is_chosen=settings.leverage is None), f"{COMMAND} leverage off")


def _chat_row(chat: KnownChat) -> Row:
    kind = "Channel" if chat.kind is ChatKind.CHANNEL else "Group"
    quiet = f" ({REASONS.get(chat.reason, 'quiet')})" if chat.quiet_since is not None else ""
    return (Button(f"{kind} {chat.title[:LONGEST_TITLE]}{quiet}", f"{COMMAND} chat={chat.chat_id}"),)


def _rows(buttons: Sequence[Button]) -> tuple[Row, ...]:
    return tuple(tuple(buttons[begin : begin + BUTTONS_A_ROW]) for begin in range(0, len(buttons), BUTTONS_A_ROW))


def _back(card: Card) -> Row:
    return (Button("Back", card.command),)


def _audience(*, is_private: bool) -> Audience:
    return Audience.ASKER if is_private else Audience.ANYONE
