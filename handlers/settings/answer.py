"""Answers /settings: a person's in the private chat, a group's in the group, a channel's from the private chat.

Law: what a group or channel chose is changed by its administrators alone, asked anew at every tap.
"""

from dataclasses import dataclass

from chatbot.command import Audience, Call, ChatKind, ChatSettings, Reply, Services, end_silence, may_change
from chatbot.core.alerts.rules import Measure, RuleTerms
from chatbot.core.chats import KnownChat
from chatbot.core.errors import NotPossible, Suggestion, UserMistake
from chatbot.core.markets import InstrumentKind
from handlers import grammar
from handlers.grammar.written import shown
from handlers.settings import group, person
from handlers.settings.group import Card, group_rules
from handlers.settings.request import COMMAND, OF_GROUPS, Context, SettingsRequest, applied, chat_in, parse

NO_RIGHTS = Reply("Only administrators of this group change its settings.", is_new_message=True)


@dataclass(frozen=True, slots=True)
class _Target:
    """Whose settings are asked for. `title`: of a chat that is set up from another."""

    chat_id: int
    command: str
    is_group: bool
    title: str = ""


async def answer(call: Call, services: Services) -> Reply:
    """The card, or what the line changes in it."""
    chat, words = chat_in(call.words)
    target = await _target(call, chat, services)
    request = parse(words, _context(call, target, services))
    is_here = target.is_group and not target.title  # of another chat it was asked already
    is_look = not (request.edits or request.choices_of or call.is_press)
    if is_here and not is_look and not await may_change(call, services):
        return NO_RIGHTS
    if not request.edits:
        return await _shown(call, target, request, await services.settings.load(target.chat_id), services)
    settings = await _changed(call, target, request, services)
    return await _shown(call, target, SettingsRequest(), settings, services)


async def _target(call: Call, chat: str | None, services: Services) -> _Target:
    is_private = call.chat_kind is ChatKind.PRIVATE
    if chat is None:
        return _Target(call.chat_id, COMMAND, is_group=not is_private)
    if not is_private:
        raise UserMistake("Another chat is set up in the private chat with me.")
    known = await _known(call, chat, services)
    return _Target(known.chat_id, f"{COMMAND} chat={known.chat_id}", is_group=True, title=known.title or chat)


async def _known(call: Call, chat: str, services: Services) -> KnownChat:
    """A chat that this person administers and where the bot may post."""
    name = chat if chat.startswith("@") or chat.lstrip("-").isdecimal() else f"@{chat}"
    again = Suggestion("Try again", f"{COMMAND} chat={name}")
    known = await services.chats.look_up(name)
    if known is None or known.kind is ChatKind.PRIVATE:
        raise UserMistake(
            f'I see no group or channel "{shown(chat)}". Add me there first, in a channel as an administrator who may '
            "post.",
            [again, Suggestion("My settings", COMMAND)],
        )
    if not await services.chats.administers(known.chat_id, call.user_id):
        raise UserMistake(
            f"Only administrators of {shown(known.title)} change what it is told.",
            [again, Suggestion("My settings", COMMAND)],
        )
    if known.reason:
        raise NotPossible(
            f"I may not post in {shown(known.title)}. Make me an administrator there who may post messages, then try "
            "again. Nothing was changed.",
            [again, Suggestion("My settings", COMMAND)],
        )
    return known


def _context(call: Call, target: _Target, services: Services) -> Context:
    exchanges = tuple(state.exchange for state in services.market.states())
    thread_id = None if target.title else call.thread_id
    return Context(target.command, target.is_group, services.market.coins(), exchanges, thread_id)


# Changing


async def _changed(call: Call, target: _Target, request: SettingsRequest, services: Services) -> ChatSettings:
    """What the chat chose afterwards; a group's rules follow, also where the change itself was stored before."""
    before = await services.settings.load(target.chat_id)
    _require_perpetuals(applied(request.edits, before), before, target, services)
    changed = await services.settings.change(
        target.chat_id, call.setting_id, lambda settings: applied(request.edits, settings)
    )
    settings = changed or await services.settings.load(target.chat_id)
    if target.is_group:
        others = () if request.turns_off else await _others(target, services)
        rules = (*group_rules(settings.watch), *others)
        await services.alerts.replace_group(target.chat_id, call.setting_id, rules)
        await end_silence(target.chat_id, services)
    return settings


async def _others(target: _Target, services: Services) -> tuple[RuleTerms, ...]:
    """The rules that the group's administrators made by lines: its card makes none but for extremes."""
    rules = await services.alerts.of(target.chat_id)
    return tuple(each.rule.terms for each in rules if each.rule.terms.measure is not Measure.EXTREMES)


def _require_perpetuals(after: ChatSettings, before: ChatSettings, target: _Target, services: Services) -> None:
    """NotPossible for a coin that has none, as far as the exchanges are known."""
    market = services.market
    if after.watch is None or not any(state.markets for state in market.states()):
        return
    new = [coin for coin in after.watch.coins if before.watch is None or coin not in before.watch.coins]
    without = [coin for coin in new if not _has_perpetual(coin, services)]
    if without:
        rest = [grammar.coin_word(coin, OF_GROUPS) for coin in after.watch.coins if coin not in without] or ["BTC"]
        line = " ".join((target.command, "coins", *rest))
        raise NotPossible(
            f"No exchange here has a perpetual of {', '.join(without)}, so nothing was changed.",
            [Suggestion(line, line)],
        )


def _has_perpetual(coin: str, services: Services) -> bool:
    return any(each.kind is InstrumentKind.PERPETUAL for each in services.market.futures(coin))


# Showing


async def _shown(
    call: Call, target: _Target, request: SettingsRequest, settings: ChatSettings, services: Services
) -> Reply:
    is_private = call.chat_kind is ChatKind.PRIVATE
    if request.choices_of == "zone":
        return person.zone_choices(Card(target.command, settings), services.now(), is_private=is_private)
    if request.choices_of == "exchange":
        return person.exchange_choices(settings, [state.exchange for state in services.market.states()])
    if not target.is_group:
        chats = await services.chat_book.of_person(call.user_id)
        return person.card_of(settings, chats, services.now())
    others = len(await _others(target, services))
    card = Card(target.command, settings, _context(call, target, services).thread_id, target.title, others)
    reply = group.card_of(card)
    return Reply(reply.text, reply.buttons, audience=Audience.ASKER) if is_private else reply
