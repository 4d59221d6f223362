"""What Telegram says of chats: who administers them, and whether the bot may post there. Fills the Chats port.

Law: it is asked each time; rights that were taken a minute ago are gone.
"""

import logging
from typing import Any

from telegram import Bot
from telegram.error import TelegramError

from chatbot.command import ChatKind
from chatbot.core.chats import KnownChat
from chatbot.messenger.asking import Json, kind_of
from chatbot.messenger.membership import title_of, why_silent
from chatbot.messenger.refusals import MAY_NOT_POST

ADMINISTRATORS = ("creator", "administrator")

_LOG = logging.getLogger(__name__)


class TelegramChats:
    """Asks Telegram."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def administers(self, chat_id: int, user_id: int) -> bool:
        """Whether this person owns or administers that group or channel now; False where Telegram does not say."""
        member = await self._member(chat_id, user_id)
        return member is not None and member.get("status") in ADMINISTRATORS

    async def look_up(self, name: str) -> KnownChat | None:
        """A public channel or group by its @name, or one by its id as text; `reason` says why the bot may not post."""
        chat = await self._ask("GetChat", chat_id=name)
        if chat is None or kind_of(chat) is ChatKind.PRIVATE:
            return None
        bot = await self._member(chat["id"], self._bot.id)
        reason = MAY_NOT_POST if bot is None else why_silent(kind_of(chat), bot)
        return KnownChat(chat["id"], kind_of(chat), title_of(chat), added_by=None, reason=reason)

    async def _member(self, chat_id: int, user_id: int) -> Json | None:
        return await self._ask("GetChatMember", chat_id=chat_id, user_id=user_id)

    async def _ask(self, method: str, **fields: Any) -> Json | None:
        """What Telegram answers; None where it does not."""
        try:
            answer: Json = await self._bot.do_api_request(method, api_kwargs=fields)
        except TelegramError as error:
            _LOG.info("%s of %s was not answered: %s", method, fields["chat_id"], error)
            return None
        return answer
