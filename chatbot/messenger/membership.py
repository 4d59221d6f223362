"""Where the bot was let in, thrown out or given rights, and groups that changed their number.

Laws: what Telegram tells is stored before anything is said about it; a card is posted only where the bot was not yet.
A group that became a supergroup is told first as a new one: its card is corrected when it turns out which it was.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from telegram.error import TelegramError

from chatbot.command import Call, ChatKind, Command, Services
from chatbot.core.chats import KnownChat
from chatbot.messenger.asking import NOBODY, Json, Place, kind_of, time_of
from chatbot.messenger.delivery import Delivery
from chatbot.messenger.door import find, respond
from chatbot.messenger.refusals import BLOCKED, MAY_NOT_POST, REMOVED

CARD = "/settings"

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Presence:
    """What the bot may do in a chat from now on: `chat` is quiet where it may not write. `is_new`: it was not there."""

    update_id: int
    chat: KnownChat
    is_new: bool

    @property
    def keys(self) -> tuple[int, ...]:
        """The line it stands in."""
        return (self.chat.chat_id,)


@dataclass(frozen=True, slots=True)
class Migration:
    """A group became a supergroup, which has another number."""

    update_id: int
    chat_id: int
    new_chat_id: int

    @property
    def keys(self) -> tuple[int, ...]:
        """The lines it stands in; always in this order, whichever of the two chats told it."""
        return self.chat_id, self.new_chat_id


def changed(update: Json) -> Presence | Migration | None:
    """What an update tells of our membership. One of `asking.UNREADABLE` for a broken one. Pure.

    A topic that is open again may be the one whose closing made the chat quiet; of that no membership tells.
    """
    match update:
        case {"my_chat_member": change}:
            return _presence(update["update_id"], change)
        case {"message": {"forum_topic_reopened": _, "chat": chat}}:
            return Presence(
                update["update_id"], KnownChat(chat["id"], ChatKind.GROUP, title_of(chat), None), is_new=False
            )
        case {"message": {"migrate_to_chat_id": new, "chat": {"id": old}}}:
            return Migration(update["update_id"], old, new)
        case {"message": {"migrate_from_chat_id": old, "chat": {"id": new}}}:
            return Migration(update["update_id"], old, new)
    return None


def _presence(update_id: int, change: Json) -> Presence:
    chat, old, new = change["chat"], change["old_chat_member"], change["new_chat_member"]
    reason = why_silent(kind_of(chat), new)
    known = KnownChat(
        chat["id"],
        kind_of(chat),
        title_of(chat),
        None if change["from"].get("is_bot") else change["from"]["id"],  # an anonymous administrator is shown as a bot
        time_of(change["date"]) if reason else None,
        reason,
    )
    return Presence(update_id, known, is_new=_is_in(new) and not _is_in(old))


def title_of(chat: Json) -> str:
    """A group's or channel's title, a person's first name."""
    title: str = chat.get("title") or chat.get("first_name") or ""
    return title


def why_silent(kind: ChatKind, bot: Json) -> str:
    """Why the bot, as this ChatMember, may not write in a chat of this kind; empty where it may."""
    if not _is_in(bot):
        return BLOCKED if kind is ChatKind.PRIVATE else REMOVED
    if kind is ChatKind.CHANNEL:
        return "" if bot["status"] == "creator" or bot.get("can_post_messages") else MAY_NOT_POST
    return MAY_NOT_POST if bot["status"] == "restricted" and not bot.get("can_send_messages") else ""


def _is_in(member: Json) -> bool:
    return member["status"] in ("creator", "administrator", "member") or bool(member.get("is_member"))


class Memberships:
    """Stores what became of the bot's memberships, and introduces it where it is new."""

    def __init__(
        self,
        commands: Sequence[Command],
        services: Services,
        delivery: Delivery,
        allowed_users: frozenset[int] = frozenset(),
    ) -> None:
        self._commands = commands
        self._services = services
        self._delivery = delivery
        self._allowed_users = allowed_users
        self._cards: dict[int, tuple[Presence, int]] = {}  # by group: how it was met, and the number of its card

    async def note(self, change: Presence | Migration) -> None:
        """Stores it; posts the card. TelegramError where the card of a group could not be brought."""
        if isinstance(change, Migration):
            await self._services.chat_book.moved(change.chat_id, change.new_chat_id)
            await self._correct_card(change.new_chat_id)
            return
        await self._store(change)
        if change.is_new and self._is_welcome(change.chat.added_by):
            await self._introduce(change)

    async def _store(self, change: Presence) -> None:
        """A channel that gives no right to post is noted first as found, so that it is known whose it is."""
        book, chat = self._services.chat_book, change.chat
        if change.is_new or not chat.reason:
            await book.opened(chat if change.is_new else await self._as_added(chat))
        if chat.quiet_since is not None:
            await book.went_quiet(chat.chat_id, chat.reason, chat.quiet_since)

    async def _as_added(self, chat: KnownChat) -> KnownChat:
        """Who gives the bot more rights is not who added it."""
        known = await self._services.chat_book.find(chat.chat_id)
        return chat if known is None or known.added_by is None else replace(chat, added_by=known.added_by)

    def _is_welcome(self, user_id: int | None) -> bool:
        return find(CARD, self._commands) is not None and (not self._allowed_users or user_id in self._allowed_users)

    async def _introduce(self, change: Presence) -> None:
        """A group gets its card; a channel's goes to whoever added the bot, who may never have written to it."""
        if change.chat.kind is ChatKind.GROUP and not change.chat.reason:
            number = await self._post(change, Place(change.chat.chat_id, ChatKind.GROUP), CARD)
            self._cards[change.chat.chat_id] = change, number
        elif change.chat.kind is ChatKind.CHANNEL and change.chat.added_by is not None:
            line = f"{CARD} chat={change.chat.chat_id}"
            try:
                await self._post(change, Place(change.chat.added_by, ChatKind.PRIVATE), line)
            except TelegramError as error:
                _LOG.info("channel %s is set up when its administrator writes: %s", change.chat.chat_id, error)

    async def _correct_card(self, chat_id: int) -> None:
        """The card that was posted before the group's settings had moved there shows them."""
        if chat_id in self._cards:
            met, number = self._cards.pop(chat_id)
            await self._post(met, Place(chat_id, ChatKind.GROUP, pressed=number), CARD)

    async def _post(self, change: Presence, place: Place, line: str) -> int:
        call = Call(
            update_id=change.update_id,
            user_id=NOBODY if change.chat.added_by is None else change.chat.added_by,
            chat_id=place.chat_id,
            chat_kind=place.kind,
            text=line,
            asked_at=self._services.now(),
            is_administrator=place.kind is ChatKind.PRIVATE,
        )
        reply = await respond(call, self._commands, self._services)
        return await self._delivery.deliver(reply, place, call.user_id if place.kind is ChatKind.PRIVATE else None)
