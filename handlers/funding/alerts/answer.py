"""Answers /funding alert and /funding alerts: understand, ask who may, look, change, say.

Law: in a group only administrators change, and anyone may look; a mistake changes nothing.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chatbot.command import MOST_RULES, Call, ChatKind, ChatSettings, Reply, Services, end_silence, may_change
from chatbot.core.alerts.rules import Measure, Rule, RuleState, RuleTerms, WatchedRule
from chatbot.core.alerts.view import MarketView, view_of
from chatbot.core.alerts.why import RuleStanding, closest_first, standing_of
from chatbot.core.errors import NotPossible, Suggestion, UserMistake
from handlers import grammar
from handlers.funding.alerts import screens
from handlers.funding.alerts.changes import attended, silenced, wakened
from handlers.funding.alerts.listed import require_listed
from handlers.funding.alerts.request import COMMAND, KEYWORDS, AlertRequest, parse
from handlers.funding.alerts.terms import Asking, line_of, merged, terms_of
from handlers.grammar.written import shown

LIST = screens.LIST
NEW = 0  # the number of a rule that is not made yet
CONFIRMED = frozenset({Measure.RATE, Measure.SPREAD, Measure.BASIS})  # made anyway only when its owner says so
IN_GROUPS = frozenset({Measure.RATE, Measure.FLIP, Measure.INTERVAL, Measure.TOP, Measure.DIGEST})
VERBS = ("snooze", "wake", "why", "delete")
NO_RIGHTS = Reply(
    "Only administrators of this group change its alerts. Anyone may list them: /funding alerts", is_new_message=True
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question, with what the chat chose and when it is asked."""

    call: Call
    services: Services
    settings: ChatSettings
    now: datetime

    @property
    def is_private(self) -> bool:
        return self.call.chat_kind is ChatKind.PRIVATE

    def asking(self, command: str = COMMAND) -> Asking:
        return Asking(command, self.settings.zone, self.now, follows=not self.is_private)

    def vocabulary(self) -> grammar.Vocabulary:
        market = self.services.market
        exchanges = tuple(state.exchange for state in market.states())
        return grammar.Vocabulary(market.coins(), exchanges, KEYWORDS)


async def answer(call: Call, services: Services) -> Reply:
    """`/funding alerts`, `/funding alert ...` and `/funding alert 17 ...`."""
    head, _, rest = call.words.strip().partition(" ")
    asked = _Asked(call, services, await services.settings.load(call.chat_id), services.now())
    if asked.is_private:  # who asks hears us, though we were away when the bot was unblocked
        await end_silence(call.chat_id, services)
    if head.lower() == "alerts":
        return await _list(asked, rest.strip())
    words = _number_first(rest.split())
    if words and _is_number(words[0]):
        return await _one(asked, int(words[0]), " ".join(words[1:]))
    return await _make(asked, rest.strip())


def _number_first(words: list[str]) -> list[str]:
    """`delete 5` as `5 delete`."""
    if len(words) > 1 and words[0].lower() in VERBS and _is_number(words[1]):
        return [words[1], words[0], *words[2:]]
    return words


def _is_number(word: str) -> bool:
    return word.isdecimal() and len(word) < 16


# Looking


async def _list(asked: _Asked, page: str) -> Reply:
    rules = await asked.services.alerts.of(asked.call.chat_id)
    standings: tuple[RuleStanding, ...] = ()
    if rules:
        view = await _view([rule.rule.terms for rule in rules], asked.services)
        standings = closest_first(rules, view, asked.now)
    return screens.list_screen(
        standings, int(page) if page.isdecimal() and len(page) < 4 else 1, asked.settings, asked.now
    )


async def _view(terms: Sequence[RuleTerms], services: Services) -> MarketView:
    """What the markets say of these rules: of their coins alone, unless one is about all. Off the loop: it is long."""
    (boards, _), charges = await asyncio.gather(services.market.boards(), services.charges.load())
    named = {each.coin for each in terms if each.coin is not None}
    coins = None if any(each.coin is None for each in terms) else named
    return await asyncio.to_thread(view_of, boards, charges, services.now(), coins)


async def _standing(watched: WatchedRule, services: Services) -> RuleStanding:
    return standing_of(watched, await _view([watched.rule.terms], services), services.now())


# Making


async def _make(asked: _Asked, words: str) -> Reply:
    request = parse(COMMAND, words, asked.vocabulary(), asked.settings.zone)
    if request.is_bare:
        return screens.menu(request.coin)
    if not await may_change(asked.call, asked.services):
        return NO_RIGHTS
    terms = terms_of(request, asked.asking())
    _require_fit_for_chat(terms, asked)
    require_listed(terms, COMMAND, asked.services.market)
    standing = await _standing(_unmade(terms, asked), asked.services)
    if _is_to_be_confirmed(standing, request):
        return screens.crossed(standing, line_of(terms), COMMAND, asked.now)
    return await _add(standing, asked)


def _unmade(terms: RuleTerms, asked: _Asked) -> WatchedRule:
    return WatchedRule(Rule(NEW, asked.call.chat_id, None, terms, asked.now), RuleState())


def _is_to_be_confirmed(standing: RuleStanding, request: AlertRequest) -> bool:
    return standing.is_crossed and standing.watched.rule.terms.measure in CONFIRMED and not request.is_anyway


def _require_fit_for_chat(terms: RuleTerms, asked: _Asked) -> None:
    """A group has one message of single rates; its extremes are chosen on its card."""
    if asked.is_private or terms.measure in IN_GROUPS:
        return
    if terms.measure is Measure.EXTREMES:
        raise UserMistake("In a group the extremes are set on its card.", [Suggestion("The card", "/settings")])
    raise NotPossible(
        "Spreads and bases are told in the private chat with me. Here: rates, flips, intervals, top and digest.",
        [Suggestion("This group's alerts", LIST)],
    )


async def _add(standing: RuleStanding, asked: _Asked) -> Reply:
    terms, alerts, chat_id = standing.watched.rule.terms, asked.services.alerts, asked.call.chat_id
    rules = await alerts.of(chat_id)
    same = next((each for each in rules if each.rule.terms == terms), None)
    if same is not None:
        return _screen(replace(standing, watched=same), f"You have that already: alert {same.rule.id}", asked)
    if len(rules) >= MOST_RULES:
        raise _too_many()
    owner = asked.call.user_id if asked.is_private else None
    rule = await alerts.add(chat_id, owner, asked.call.setting_id, terms, is_on=standing.is_crossed)
    if rule is None:  # a second delivery
        return await _list(asked, "")
    made = WatchedRule(rule, RuleState(is_on=standing.is_crossed))
    return _screen(replace(standing, watched=made), f"Alert {rule.id} is set", asked)


def _too_many() -> NotPossible:
    return NotPossible(
        f"A chat has up to {MOST_RULES} alerts, and this one has them all. Delete one first.",
        [Suggestion("All alerts", LIST)],
    )


def _screen(standing: RuleStanding, heading: str, asked: _Asked) -> Reply:
    return screens.rule_screen(standing, heading, asked.settings, asked.now)


# One rule


async def _one(asked: _Asked, number: int, words: str) -> Reply:
    watched = await asked.services.alerts.find(asked.call.chat_id, number)
    if watched is None:
        raise UserMistake(f"There is no alert {number} here; it may be deleted.", [Suggestion("All alerts", LIST)])
    verb, _, rest = words.partition(" ")
    is_look = verb.lower() in ("", "why")
    if not is_look and not await may_change(asked.call, asked.services):
        return NO_RIGHTS
    match verb.lower():
        case "":
            return await _look(watched, asked)
        case "why":
            return await _why(watched, asked)
        case "delete":
            return await _delete(watched, asked)
        case "snooze":
            return await _snooze(watched, rest.strip(), asked)
        case "wake":
            return await _store(watched, wakened(watched, asked.now), f"Alert {number} is awake", asked)
        case _:
            return await _edit(watched, words, asked)


async def _look(watched: WatchedRule, asked: _Asked) -> Reply:
    seen = await _attend(watched, asked)
    return _screen(await _standing(seen, asked.services), f"Alert {watched.rule.id}", asked)


async def _why(watched: WatchedRule, asked: _Asked) -> Reply:
    before = await _standing(watched, asked.services)
    seen = await _attend(watched, asked)
    after = replace(before, watched=seen) if seen is watched else await _standing(seen, asked.services)
    return screens.why_screen(after, before, asked.settings, asked.now)


async def _attend(watched: WatchedRule, asked: _Asked) -> WatchedRule:
    """A tap, or a question, about an alert: somebody reads them. Only a private chat's are counted."""
    if not asked.is_private or not watched.state.unattended:
        return watched
    return await _changed(watched, attended(watched, asked.now), asked)


async def _changed(watched: WatchedRule, after: WatchedRule, asked: _Asked) -> WatchedRule:
    """Stored on top of what the watcher may have changed meanwhile: the fields that differ, no others."""
    changes = {
        field: getattr(after.state, field)
        for field in RuleState.__slots__
        if getattr(after.state, field) != getattr(watched.state, field)
    }

    def edit(stored: WatchedRule) -> WatchedRule:
        return WatchedRule(replace(stored.rule, terms=after.rule.terms), replace(stored.state, **changes))

    chat_id, number = asked.call.chat_id, asked.call.setting_id
    stored = await asked.services.alerts.change(chat_id, watched.rule.id, number, edit)
    return stored or await asked.services.alerts.find(chat_id, watched.rule.id) or after


async def _store(watched: WatchedRule, after: WatchedRule, heading: str, asked: _Asked) -> Reply:
    stored = await _changed(watched, after, asked)
    return _screen(await _standing(stored, asked.services), heading, asked)


async def _snooze(watched: WatchedRule, words: str, asked: _Asked) -> Reply:
    standing = await _standing(watched, asked.services)
    after = silenced(standing, words, asked.now)
    return await _store(watched, after, f"Alert {watched.rule.id} is snoozed", asked)


async def _delete(watched: WatchedRule, asked: _Asked) -> Reply:
    await asked.services.alerts.remove(asked.call.chat_id, watched.rule.id, asked.call.update_id)
    return screens.deleted(watched.rule.terms)


async def _edit(watched: WatchedRule, words: str, asked: _Asked) -> Reply:
    command = f"{COMMAND} {watched.rule.id}"
    request = parse(command, words, asked.vocabulary(), asked.settings.zone)
    if request == AlertRequest():
        raise UserMistake(f'I don\'t know "{shown(words)}" for an alert.', [Suggestion("Open it", command)])
    terms = terms_of(merged(watched.rule.terms, request), asked.asking(command))
    _require_fit_for_chat(terms, asked)
    require_listed(terms, command, asked.services.market)
    standing = await _standing(WatchedRule(replace(watched.rule, terms=terms), RuleState()), asked.services)
    is_other = _watches_for(terms) != _watches_for(watched.rule.terms)
    if is_other and _is_to_be_confirmed(standing, request):
        return screens.crossed(standing, line_of(terms, command), command, asked.now)
    state = watched.state
    if is_other:
        state = RuleState(is_on=standing.is_crossed, fired_at=state.fired_at, snoozed_until=state.snoozed_until)
    after = attended(WatchedRule(replace(watched.rule, terms=terms), state), asked.now)
    return await _store(watched, after, f"Alert {watched.rule.id} is changed", asked)


def _watches_for(terms: RuleTerms) -> tuple[object, ...]:
    """What its state is about; a cooldown or an end is not."""
    return terms.measure, terms.coin, terms.exchange, terms.is_above, terms.level, terms.clear_level, terms.hour
