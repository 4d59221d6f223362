"""A reply as Telegram messages: sent, edited, drawn, with its buttons under it.

Messages are plain JSON here, sent through `Bot.do_api_request`: python-telegram-bot's objects for a dozen buttons, and
for the message that Telegram sends back, cost more CPU than working out the answer (measured).
Law: whatever is sent or edited goes through the gate.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from telegram import Bot, InputFile
from telegram.constants import ChatAction
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError

from chatbot.command import ChatBook, Drawing, Reply
from chatbot.messenger import patience
from chatbot.messenger.asking import Place
from chatbot.messenger.keyboard import KEY_MARK as KEY_MARK
from chatbot.messenger.keyboard import ButtonLines as ButtonLines
from chatbot.messenger.keyboard import Json, Keyboards
from chatbot.messenger.keyboard import Link as Link
from chatbot.messenger.markup import LONGEST_CAPTION, split, visible_length
from chatbot.messenger.pace import Gate, Priority
from chatbot.messenger.refusals import TOPIC_CLOSED, Dead, Migrated, meaning_of, misses_topic, refuses, wait_told

BUSY_AFTER_S = 0.35  # a slow answer is seen to be worked on within half a second
BUSY_EVERY_S = 4.0  # Telegram shows it for five
DRAWN_WITHIN_S = 20.0
NOT_DRAWN = "The picture could not be drawn in time. It is the bot's fault, not yours; please try again."
NO_PREVIEW = {"is_disabled": True}
GENERAL = 1  # the topic of a forum that Telegram wants to be left out

Draw = Callable[[Drawing], Awaitable[bytes]]
Depart = Callable[[], Awaitable[None]]

_LOG = logging.getLogger(__name__)


class PartlySentError(NetworkError):
    """The first part of a long message arrived and a later one did not: as a whole it may not be sent again."""


async def _nothing() -> None:
    """What is done before an answer leaves."""


@dataclass(frozen=True, slots=True)
class _Errand:
    """Where a message goes, what is under it, and how urgent it is; `depart` is awaited just before it leaves.

    `is_patient`: tried again here, because somebody waits for it. What nobody asked for is tried again from the outbox.
    """

    place: Place
    keyboard: Json | None
    priority: Priority = Priority.PEOPLE
    depart: Depart = _nothing
    is_patient: bool = True


class Delivery:
    """Brings replies to their place. `chat_book` is told of chats that moved or hear us no more."""

    def __init__(
        self,
        bot: Bot,
        button_lines: ButtonLines,
        draw: Draw,
        *,
        gate: Gate,
        chat_book: ChatBook,
        now: Callable[[], datetime],
    ) -> None:
        self._bot = bot
        self._button_lines = button_lines
        self._draw = draw
        self._gate = gate
        self._chat_book = chat_book
        self._now = now

    async def deliver(self, reply: Reply, place: Place, user_id: int | None = None, link: Link | None = None) -> int:
        """Answers at `place` and returns the number of the (last) message, 0 where nobody hears us any more.

        `user_id` owns the lines behind long buttons; None: anybody may press them. TelegramError when it failed.
        """
        errand = _Errand(place, await self._keyboards().under(reply, place.kind, user_id, link))
        try:
            return await self._say(reply, errand)
        except TelegramError as error:
            match meaning_of(error):
                case Migrated(new_chat_id):
                    _LOG.info("chat %s is now %s", place.chat_id, new_chat_id)
                    await self._chat_book.moved(place.chat_id, new_chat_id)
                    return await self._say(reply, replace(errand, place=Place(new_chat_id, place.kind)))
                case Dead(reason):
                    _LOG.info("chat %s does not hear us: %s", place.chat_id, error)
                    if not refuses(error, TOPIC_CLOSED):  # others are open
                        await self._chat_book.went_quiet(place.chat_id, reason, self._now())
                    return 0
            raise

    async def tell(self, reply: Reply, place: Place, priority: Priority, depart: Depart) -> int:
        """Says what nobody asked for, tried once, and returns the number of the (last) message.

        `depart` is awaited before anything leaves that Telegram could show twice: not before an edit. It may be
        awaited more than once. TelegramError when it failed, for `meaning_of`.
        """
        user_id = place.chat_id if place.chat_id > 0 else None
        keyboard = await self._keyboards().under(reply, place.kind, user_id)
        return await self._say(reply, _Errand(place, keyboard, priority, depart, is_patient=False))

    async def acknowledge(self, callback_id: str) -> None:
        """Stops the waiting sign of a pressed button. A failure leaves it turning, no more, so it is only noted."""
        try:
            await self._bot.answer_callback_query(callback_id)
        except TelegramError as error:  # mostly: the query is too old
            _LOG.info("a press was not acknowledged: %s", error)

    async def withdraw(self, chat_id: int, message_id: int) -> None:
        """Deletes one of our messages; one that is gone already is as good."""
        try:
            await self._bot.delete_message(chat_id, message_id)
        except TelegramError as error:
            _LOG.info("a message was not deleted: %s", error)

    @contextmanager
    def shown_busy(self, place: Place) -> Iterator[None]:
        """Shows "typing" while the body runs, if that takes long."""
        loop, busy = asyncio.get_running_loop(), set[asyncio.Task[None]]()
        timer = loop.call_later(BUSY_AFTER_S, lambda: busy.add(loop.create_task(self._stay_busy(place))))
        try:
            yield
        finally:
            timer.cancel()
            for task in busy:
                task.cancel()

    async def _stay_busy(self, place: Place) -> None:
        while True:
            await self._act(place, ChatAction.TYPING)
            await asyncio.sleep(BUSY_EVERY_S)

    async def _act(self, place: Place, action: ChatAction) -> None:
        try:
            await self._bot.send_chat_action(place.chat_id, action, message_thread_id=_topic(place))
        except TelegramError as error:
            _LOG.info("no chat action: %s", error)

    def _keyboards(self) -> Keyboards:
        return Keyboards(self._bot.username, self._button_lines)

    async def _say(self, reply: Reply, errand: _Errand) -> int:
        if reply.picture is not None:
            return await self._show(reply, reply.picture, errand)
        if reply.file is not None:
            document = InputFile(reply.file.content, reply.file.name)
            return await self._send_captioned("SendDocument", reply.text, errand, document=document)
        if errand.place.pressed is None or reply.is_new_message:
            return await self._send_text(split(reply.text), errand)
        return await self._edit_text(split(reply.text), errand, errand.place.pressed)

    async def _show(self, reply: Reply, picture: Drawing, errand: _Errand) -> int:
        caption = picture.caption or reply.text
        _, png = await asyncio.gather(self._act(errand.place, ChatAction.UPLOAD_PHOTO), self._drawn(picture))
        if png is None:
            return await self._send_text(split(f"{caption}\n\n{NOT_DRAWN}"), errand)
        return await self._send_captioned("SendPhoto", caption, errand, photo=InputFile(png, "chart.png"))

    async def _drawn(self, picture: Drawing) -> bytes | None:
        try:
            async with asyncio.timeout(DRAWN_WITHIN_S):
                return await self._draw(picture)
        except TimeoutError:
            _LOG.error("a picture was not drawn within %s s", DRAWN_WITHIN_S)
            return None

    async def _send_captioned(self, method: str, text: str, errand: _Errand, **content: InputFile) -> int:
        """With its words as the caption, or in a message of their own where they are too long for one."""
        if visible_length(text) > LONGEST_CAPTION:
            await self._post(replace(errand, keyboard=None), method, "caption", caption="", **content)
            return await self._send_text(split(text), errand)
        return await self._post(errand, method, "caption", caption=text, **content)

    async def _send_text(self, parts: tuple[str, ...], errand: _Errand) -> int:
        """Part by part; the buttons are under the last. What was begun is finished patiently."""
        errands = [*[replace(errand, keyboard=None)] * (len(parts) - 1), errand]
        message_id = await self._send_part(parts[0], errands[0])
        try:
            for part, each in zip(parts[1:], errands[1:], strict=True):
                message_id = await self._send_part(part, replace(each, is_patient=True))
        except TelegramError as error:
            if errand.is_patient:
                raise
            raise PartlySentError(str(error)) from error
        return message_id

    async def _send_part(self, part: str, errand: _Errand) -> int:
        return await self._post(errand, "SendMessage", "text", text=part, link_preview_options=NO_PREVIEW)

    async def _post(self, errand: _Errand, method: str, field: str, **content: Any) -> int:
        """One new message; in the General topic where its own is gone."""
        say = patience.send if errand.is_patient else patience.once
        post = partial(patience.as_html, say, partial(self._send, errand, method), field, **content)
        try:
            message: Json = await post(reply_markup=errand.keyboard, **_address(errand.place))
        except BadRequest as error:
            if errand.place.thread_id is None or not misses_topic(error):
                raise
            general = replace(errand.place, thread_id=None)
            message = await post(reply_markup=errand.keyboard, **_address(general))
        number: int = message["message_id"]
        return number

    async def _edit_text(self, parts: tuple[str, ...], errand: _Errand, message_id: int) -> int:
        """The first part into the message, the rest below it. A message that is gone is sent anew."""
        try:
            await patience.as_html(
                patience.edit if errand.is_patient else patience.once,
                partial(self._call, errand.priority, "EditMessageText"),
                "text",
                text=parts[0],
                chat_id=errand.place.chat_id,
                message_id=message_id,
                link_preview_options=NO_PREVIEW,
                reply_markup=errand.keyboard if len(parts) == 1 else None,
            )
        except BadRequest as error:
            if refuses(error, "message to edit not found", "message can't be edited", "message_id_invalid"):
                return await self._send_text(parts, replace(errand, place=replace(errand.place, pressed=None)))
            if not refuses(error, "message is not modified"):
                raise
        return await self._send_text(parts[1:], errand) if parts[1:] else message_id

    async def _send(self, errand: _Errand, method: str, **fields: Any) -> Json:
        return await self._call(errand.priority, method, errand.depart, **fields)

    async def _call(self, priority: Priority, method: str, depart: Depart = _nothing, **fields: Any) -> Json:
        """One method of the Bot API, by its name with a capital letter: Telegram takes either case, and the library
        warns of names that are its own. Fields of None are left out."""
        async with self._gate.turn(fields["chat_id"], priority):
            await depart()
            try:
                message: Json = await self._bot.do_api_request(method, api_kwargs=fields)
            except RetryAfter as error:
                self._gate.refused(fields["chat_id"], wait_told(error))
                raise
        return message


def _topic(place: Place) -> int | None:
    return None if place.thread_id == GENERAL else place.thread_id


def _address(place: Place) -> Json:
    """Where a new message goes."""
    question = {"message_id": place.reply_to, "allow_sending_without_reply": True} if place.reply_to else None
    return {"chat_id": place.chat_id, "message_thread_id": _topic(place), "reply_parameters": question}
