"""One update from hearing to answering: who may ask, which line is meant, when it can be answered, who may read it.

Law: what is about somebody's holdings is never said where others read along.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from hashlib import blake2b

from telegram import Bot
from telegram.error import BadRequest, TelegramError

from chatbot.apology import apologise, bug
from chatbot.command import Attachment, Audience, Call, ChatKind, Command, Reply, Services
from chatbot.core.errors import MarketUnavailable
from chatbot.messenger import phrases
from chatbot.messenger.asking import NOBODY, Document, Place, Question, Way
from chatbot.messenger.delivery import KEY_MARK, ButtonLines, Delivery, Link
from chatbot.messenger.door import find, respond
from chatbot.messenger.keyboard import private_link
from chatbot.messenger.stopping import Waits
from chatbot.messenger.turns import Turns

LARGEST_FILE_BYTES = 1_000_000
FILE_COMMAND = "/portfolio"  # what a table sent without words is for
TABLE_TYPES = ("text/csv", "text/plain", "text/comma-separated-values", "application/csv", "application/vnd.ms-excel")
LOADING_PATIENCE_S = 60

Later = Callable[[], Awaitable[None]]

_LOG = logging.getLogger(__name__)


class Conversation:
    """Answers questions."""

    def __init__(
        self,
        *,
        bot: Bot,
        commands: Sequence[Command],
        services: Services,
        button_lines: ButtonLines,
        delivery: Delivery,
        turns: Turns,
        waits: Waits,
        allowed_users: frozenset[int] = frozenset(),
    ) -> None:
        self._bot = bot
        self._commands = commands
        self._services = services
        self._button_lines = button_lines
        self._delivery = delivery
        self._turns = turns
        self._waits = waits
        self._allowed_users = allowed_users

    async def hear(self, question: Question) -> Later | None:
        """Answers, or gives what will answer later, outside the asker's line. TelegramError when that failed."""
        if not question.callback_id:
            return await self._answer(question)
        if question.place.kind is ChatKind.CHANNEL:
            await self._open_private_chat(question)
            return None
        acknowledged = asyncio.create_task(self._delivery.acknowledge(question.callback_id))
        try:
            return await self._answer(question)
        finally:
            await acknowledged

    async def refuse(self, question: Question) -> None:
        """Asks somebody who sends faster than we answer to slow down."""
        await self._delivery.deliver(phrases.SLOW_DOWN, replace(question.place, pressed=None))

    async def fail(self, question: Question, error: BaseException) -> None:
        """What escaped from `hear`: Telegram cannot be reached, or would not take what we said, or we have a bug."""
        if _is_out_of_reach(error):
            _LOG.warning("update %s could not be answered: %s", question.update_id, error)
            return
        _LOG.error("update %s failed", question.update_id, exc_info=error)
        try:
            await self._delivery.deliver(bug(question.update_id, error), replace(question.place, pressed=None))
        except TelegramError as second:
            _LOG.warning("update %s got no apology: %s", question.update_id, second)

    async def _answer(self, question: Question) -> Later | None:
        with self._delivery.shown_busy(question.place):
            asked = await self._asked(question)
            if isinstance(asked, Reply):
                await self._deliver(asked, question.place, question.user_id)
            elif self._must_wait(asked):
                notice = await self._deliver(phrases.LOADING, question.place, question.user_id)
                return partial(self._answer_later, asked, question.place, notice)
            else:
                reply, link = await self._reply(asked)
                await self._deliver(reply, question.place, question.user_id, link)
        return None

    async def _open_private_chat(self, question: Question) -> None:
        """Who presses a button of a channel is one of many: the answer is theirs alone, the post stays as it is."""
        line = await self._pressed_line(question)
        key = await self._button_lines.keep(line) if isinstance(line, str) else None
        url = private_link(self._bot.username, key) if key else None
        try:
            await self._bot.answer_callback_query(question.callback_id, url=url)
        except TelegramError as error:
            _LOG.info("a press was not acknowledged: %s", error)

    async def _asked(self, question: Question) -> Call | Reply:
        """What is to be run, or what is to be said instead."""
        if self._allowed_users and question.user_id not in self._allowed_users:
            return phrases.NOT_ALLOWED
        if question.way is Way.EDITED:
            return phrases.edited(question.line)
        line = await self._line(question)
        if isinstance(line, Reply):
            return line
        attachment = await self._attachment(question.document)
        return attachment if isinstance(attachment, Reply) else self._call(question, line, attachment)

    async def _line(self, question: Question) -> str | Reply:
        """The command line that is meant, or what to say where there is none."""
        if question.way is Way.PRESSED:
            return await self._pressed_line(question)
        if question.is_private and question.line.startswith("/start "):
            key = question.line.removeprefix("/start ").strip()
            return await self._button_lines.recall(key, question.user_id) or "/start"
        if question.line.startswith("/"):
            return question.line
        if question.document is not None and _is_table(question.document):
            return FILE_COMMAND
        if find(question.line, self._commands) is not None:
            return f"/{question.line}"
        return phrases.hint(question.line, self._commands)

    async def _pressed_line(self, question: Question) -> str | Reply:
        if question.line.startswith("/"):
            return question.line
        key = question.line.removeprefix(KEY_MARK)
        is_key = key != question.line
        return (await self._button_lines.recall(key, question.user_id) if is_key else None) or phrases.EXPIRED

    async def _attachment(self, document: Document | None) -> Attachment | Reply | None:
        if document is None:
            return None
        if document.size_bytes > LARGEST_FILE_BYTES:
            return phrases.FILE_TOO_LARGE
        try:
            file = await self._bot.get_file(document.file_id)
            return Attachment(document.name or "file", bytes(await file.download_as_bytearray()))
        except TelegramError as error:
            _LOG.warning("a file could not be fetched: %s", error)
            return phrases.FILE_NOT_FETCHED

    def _call(self, question: Question, line: str, attachment: Attachment | None) -> Call:
        return Call(
            update_id=_doing(question),
            user_id=NOBODY if question.user_id is None else question.user_id,
            chat_id=question.place.chat_id,
            chat_kind=question.place.kind,
            text=line,
            asked_at=question.asked_at or self._services.now(),
            is_press=question.way is Way.PRESSED,
            is_administrator=question.is_administrator,
            thread_id=question.place.thread_id,
            attachment=attachment,
        )

    async def _reply(self, call: Call) -> tuple[Reply, Link | None]:
        """The answer, or in a group the way to where it may be read."""
        if call.chat_kind is ChatKind.PRIVATE:
            return await respond(call, self._commands, self._services), None
        if not self._may_answer_here(call):
            return await self._elsewhere(call)
        reply = await respond(call, self._commands, self._services)
        return (reply, None) if reply.audience is Audience.ANYONE else await self._elsewhere(call)

    def _may_answer_here(self, call: Call) -> bool:
        command = find(call.text, self._commands)
        return call.chat_kind is ChatKind.PRIVATE or command is None or command.in_groups

    async def _elsewhere(self, call: Call) -> tuple[Reply, Link | None]:
        """A bot cannot write first: the asker comes to the private chat by a link that carries the line's key."""
        if call.user_id == NOBODY:
            return phrases.NOBODY, None
        key = await self._button_lines.keep(call.text, call.user_id)
        return phrases.GO_PRIVATE, Link(phrases.GO_PRIVATE_LABEL, private_link(self._bot.username, key))

    def _must_wait(self, call: Call) -> bool:
        command = find(call.text, self._commands)
        needs_market = command is not None and command.needs_market and self._may_answer_here(call)
        return needs_market and not self._services.market.is_ready()

    async def _answer_later(self, call: Call, place: Place, notice: int) -> None:
        """Waits outside the line, so that `/start` is answered meanwhile; then answers where the notice stands."""
        is_ready = await self._waits.until(self._services.market.wait_until_ready(), LOADING_PATIENCE_S)
        async with self._turns.of(call.chat_id if call.user_id == NOBODY else call.user_id, call.chat_id):
            with self._delivery.shown_busy(place):
                reply, link = await self._reply(call) if is_ready else (self._no_market(call), None)
                if reply.picture or reply.file:
                    await self._delivery.withdraw(place.chat_id, notice)
                place = replace(place, pressed=notice)
                await self._deliver(replace(reply, is_new_message=False), place, call.user_id, link)

    def _no_market(self, call: Call) -> Reply:
        outages = [state.outage for state in self._services.market.states() if state.outage]
        line = call.text if call.attachment is None else ""
        return apologise(MarketUnavailable(phrases.STILL_LOADING, outages), self._services.now(), line)

    async def _deliver(self, reply: Reply, place: Place, user_id: int | None, link: Link | None = None) -> int:
        """In a group anybody may press; in private nobody else is there."""
        return await self._delivery.deliver(reply, place, user_id if place.kind is ChatKind.PRIVATE else None, link)


def _doing(question: Question) -> int:
    """The number under which a change is stored once.

    A button does what it does once, however often it is tapped: each tap is an update of its own, so the number comes
    from the button's place and line. It is negative, as no update's is.
    """
    if question.way is not Way.PRESSED or question.place.pressed is None:
        return question.update_id
    named = f"{question.place.chat_id}/{question.place.pressed}/{question.line}"
    return -int.from_bytes(blake2b(named.encode(), digest_size=7).digest(), "big") - 1


def _is_out_of_reach(error: BaseException) -> bool:
    """A refused request is our mistake; with anything else from Telegram another message would fare no better."""
    return isinstance(error, TelegramError) and not isinstance(error, BadRequest)


def _is_table(document: Document) -> bool:
    """A list of coins, as far as its name or kind says."""
    return document.mime_type in TABLE_TYPES or document.name.lower().endswith((".csv", ".txt", ".tsv"))
