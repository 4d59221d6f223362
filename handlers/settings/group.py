"""The card of a group or channel: what it is told, a tap for each choice; and the rules that follow from it. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from chatbot.command import Button, ChatSettings, Reply
from chatbot.core.alerts.rules import Measure, RuleTerms
from chatbot.core.chats import GroupWatch, Language, QuietHours
from handlers import formatting as show
from handlers import grammar
from handlers.languages import NAMES
from handlers.settings.request import OF_GROUPS
from handlers.settings.zones import city

OFFERED = ("BTC", "ETH", "SOL")
LEVELS = tuple(map(Decimal, ("0.0003", "0.0005", "0.001", "0.002")))
QUIET = (QuietHours(22, 7), QuietHours(23, 8), QuietHours(0, 8))
CLEARED_SHARE = Decimal("0.5")  # of the level
BUTTONS_A_ROW = 4
COOLDOWN = timedelta(hours=1)

Row = tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """Whose card it is. `command` is the line its buttons begin with; `title` is of another chat than this one."""

    command: str
    settings: ChatSettings
    thread_id: int | None = None  # the topic in which it is shown
    title: str = ""
    other_rules: int = 0  # made by lines


def group_rules(watch: GroupWatch | None) -> tuple[RuleTerms, ...]:
    """What the watcher looks for: each coin, or all, beyond the level; with flips and intervals, since it follows."""
    if watch is None:
        return ()
    return tuple(
        RuleTerms(
            measure=Measure.EXTREMES,
            coin=coin,
            level=watch.level_per_eight_hours,
            clear_level=watch.level_per_eight_hours * CLEARED_SHARE,
            cooldown=COOLDOWN,
            follows=True,
        )
        for coin in watch.coins or (None,)
    )


def card_of(card: Card) -> Reply:
    """What the chat is told now, and every choice one tap away; the chosen ones are marked."""
    rows = (*_coins(card), _levels(card), _topics(card), *quiet_row(card), language_row(card), _last(card))
    return Reply("\n".join(_lines(card)), tuple(row for row in rows if row))


def _lines(card: Card) -> Iterator[str]:
    whose = f"{show.escape(card.title)} is" if card.title else "this group is"
    yield f"<b>What {whose} told</b>"
    watch = card.settings.watch
    if watch is None:
        yield "Nothing yet. Tap coins, or Extremes for any coin; that turns it on."
    else:
        yield f"{_subject(watch)} beyond ±{show.share_as_percent(watch.level_per_eight_hours)} per 8 h"
        yield "with changed sides and intervals: one message between settlements, edited as values change"
        if card.thread_id is not None or watch.thread_id is not None:
            yield f"Topic: {_topic(watch, card)}"
    if card.other_rules:
        yield f"Alerts made by lines: {card.other_rules} (/funding alerts); Off deletes them"
    yield f"{quiet_words(card.settings)} · {card.settings.zone} · {NAMES[card.settings.language]}"
    yield f"<i>Administrators change this. Other coins: <code>{card.command} coins BTC PEPE</code></i>"


def _subject(watch: GroupWatch) -> str:
    return ", ".join(map(show.escape, watch.coins)) if watch.coins else "Any coin"


def _topic(watch: GroupWatch, card: Card) -> str:
    if watch.thread_id is None:
        return "General"
    return "this one" if watch.thread_id == card.thread_id else "another one"


def quiet_words(settings: ChatSettings) -> str:
    """Quiet 22:00–7:00."""
    if settings.quiet is None:
        return "No quiet hours"
    if settings.quiet.from_hour == settings.quiet.to_hour:
        return "Quiet the whole day"
    return f"Quiet {settings.quiet.from_hour}:00–{settings.quiet.to_hour}:00"


def marked(label: str, *, is_chosen: bool) -> str:
    """The chosen one of several."""
    return f"• {label}" if is_chosen else label


def quiet_row(card: Card) -> tuple[Row, ...]:
    """None, or one of the usual nights."""
    chosen, line = card.settings.quiet, f"{card.command} quiet"
    nights = [(f"{each.from_hour}–{each.to_hour}", f"{each.from_hour}-{each.to_hour}", each) for each in QUIET]
    return (
        (
            Button(marked("Never quiet", is_chosen=chosen is None), f"{line} off"),
            *(Button(marked(label, is_chosen=chosen == each), f"{line} {word}") for label, word, each in nights),
        ),
    )


def language_row(card: Card) -> Row:
    """The languages of alerts."""
    return tuple(
        Button(marked(language.value.upper(), is_chosen=card.settings.language is language), _in(card, language))
        for language in Language
    )


def _in(card: Card, language: Language) -> str:
    return f"{card.command} language {language.value}"


def _coins(card: Card) -> Iterator[Row]:
    watch = card.settings.watch
    chosen = watch.coins if watch else ()
    buttons = [_toggle(card, coin, chosen) for coin in dict.fromkeys((*OFFERED, *chosen))]
    yield from (tuple(buttons[begin : begin + BUTTONS_A_ROW]) for begin in range(0, len(buttons), BUTTONS_A_ROW))
    is_all = watch is not None and not chosen
    yield (Button(marked("Extremes: any coin", is_chosen=is_all), f"{card.command} extremes"),)


def _toggle(card: Card, coin: str, chosen: tuple[str, ...]) -> Button:
    """One more, or one less: a tap on another coin before the card has changed takes nothing away."""
    sign = "-" if coin in chosen else "+"
    word = grammar.coin_word(coin, OF_GROUPS)
    return Button(marked(coin, is_chosen=coin in chosen), f"{card.command} coins {sign}{word}")


def _levels(card: Card) -> Row:
    chosen = card.settings.watch.level_per_eight_hours if card.settings.watch else None
    return tuple(
        Button(
            marked(show.share_as_percent(each), is_chosen=each == chosen),
            f"{card.command} level {show.share_for_typing(each)}",
        )
        for each in LEVELS
    )


def _topics(card: Card) -> Row:
    watch = card.settings.watch
    if card.thread_id is None and (watch is None or watch.thread_id is None):
        return ()
    thread_id = watch.thread_id if watch else card.thread_id
    here = Button(
        marked("This topic", is_chosen=watch is not None and thread_id == card.thread_id), f"{card.command} topic here"
    )
    general = Button(
        marked("General", is_chosen=watch is not None and thread_id is None), f"{card.command} topic general"
    )
    return (here, general) if card.thread_id is not None else (general,)


def _last(card: Card) -> Row:
    zone = Button(f"Times: {city(card.settings.zone)}", f"{card.command} zone")
    off = Button("Off", f"{card.command} off")
    return (zone, off) if card.settings.watch is not None or card.other_rules else (zone,)
