"""A reply as Telegram messages: sent, edited, drawn, with its buttons under it.

Keyboards and messages are plain JSON here, sent through `Bot.do_api_request`: python-telegram-bot's objects for a dozen
buttons, and for the message that Telegram sends back, cost more CPU than working out the answer (measured).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

from telegram import Bot, InputFile
from telegram.constants import ChatAction
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError

from chatbot.command import Button, Picture, Reply
from chatbot.messenger import patience
from chatbot.messenger.asking import Place
from chatbot.messenger.markup import LONGEST_CAPTION, split, visible_length

LONGEST_DATA_BYTES = 64
LONGEST_COPY_TEXT = 256
KEY_MARK = "~"  # before the key of a line that is too long for a button
MOST_BUTTONS_A_ROW = 8
BUSY_AFTER_S = 0.35  # a slow answer is seen to be worked on within half a second
BUSY_EVERY_S = 4.0  # Telegram shows it for five
NO_PREVIEW = {"is_disabled": True}

Json = dict[str, Any]

_LOG = logging.getLogger(__name__)


class ButtonLines(Protocol):
    """Command lines that are too long for a button, by a short key."""

    async def keep(self, line: str, user_id: int | None = None) -> str:
        """Stores it for this person (None: for everybody) and returns its key."""
        ...

    async def recall(self, key: str, user_id: int | None) -> str | None:
        """None when it is unknown, old, or another person's."""
        ...


@dataclass(frozen=True, slots=True)
class Link:
    """A button that opens an address."""

    label: str
    url: str


class Delivery:
    """Brings replies to their place."""

    def __init__(self, bot: Bot, button_lines: ButtonLines, draw: Callable[[Picture], Awaitable[bytes]]) -> None:
        self._bot = bot
        self._button_lines = button_lines
        self._draw = draw

    async def deliver(self, reply: Reply, place: Place, user_id: int | None = None, link: Link | None = None) -> int:
        """Says `reply` at `place` and returns the number of its (last) message, 0 where nobody hears us any more.

        `user_id` owns the lines behind long buttons; None: anybody may press them. TelegramError when it failed.
        """
        keyboard = await self._keyboard(reply, user_id, link)
        try:
            return await self._say(reply, place, keyboard)
        except ChatMigrated as error:
            _LOG.info("chat %s is now %s", place.chat_id, error.new_chat_id)
            return await self._say(reply, Place(error.new_chat_id, place.kind), keyboard)
        except Forbidden as error:
            _LOG.info("chat %s does not hear us: %s", place.chat_id, error)
            return 0

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
            await self._bot.send_chat_action(place.chat_id, action, message_thread_id=place.thread_id)
        except TelegramError as error:
            _LOG.info("no chat action: %s", error)

    async def _say(self, reply: Reply, place: Place, keyboard: Json | None) -> int:
        if reply.picture is not None:
            return await self._show(reply, reply.picture, place, keyboard)
        if reply.file is not None:
            send = partial(self._call, "SendDocument", document=InputFile(reply.file.content, reply.file.name))
            return await self._send_captioned(send, reply.text, place, keyboard)
        if place.pressed is None or reply.is_new_message:
            return await self._send_text(split(reply.text), place, keyboard)
        return await self._edit_text(split(reply.text), place, place.pressed, keyboard)

    async def _show(self, reply: Reply, picture: Picture, place: Place, keyboard: Json | None) -> int:
        _, png = await asyncio.gather(self._act(place, ChatAction.UPLOAD_PHOTO), self._draw(picture))
        send = partial(self._call, "SendPhoto", photo=InputFile(png, "chart.png"))
        return await self._send_captioned(send, picture.caption or reply.text, place, keyboard)

    async def _send_captioned(
        self,
        send: Callable[..., Awaitable[Json]],
        text: str,
        place: Place,
        keyboard: Json | None,
    ) -> int:
        """With its words as the caption, or in a message of their own where they are too long for one."""
        if visible_length(text) > LONGEST_CAPTION:
            await patience.send(send, **_address(place))
            return await self._send_text(split(text), place, keyboard)
        message: Json = await patience.as_html(
            patience.send, send, "caption", caption=text, reply_markup=keyboard, **_address(place)
        )
        return _number_of(message)

    async def _send_text(self, parts: tuple[str, ...], place: Place, keyboard: Json | None) -> int:
        """Part by part; the buttons are under the last."""
        address, message_id = _address(place), 0
        for number, part in enumerate(parts, start=1):
            message: Json = await patience.as_html(
                patience.send,
                partial(self._call, "SendMessage"),
                "text",
                text=part,
                link_preview_options=NO_PREVIEW,
                reply_markup=keyboard if number == len(parts) else None,
                **address,
            )
            message_id = _number_of(message)
        return message_id

    async def _edit_text(self, parts: tuple[str, ...], place: Place, message_id: int, keyboard: Json | None) -> int:
        """The first part into the message, the rest below it. A message that is gone is sent anew."""
        try:
            await patience.as_html(
                patience.edit,
                partial(self._call, "EditMessageText"),
                "text",
                text=parts[0],
                chat_id=place.chat_id,
                message_id=message_id,
                link_preview_options=NO_PREVIEW,
                reply_markup=keyboard if len(parts) == 1 else None,
            )
        except BadRequest as error:
            if patience.refuses(error, "message to edit not found", "message can't be edited"):
                return await self._send_text(parts, replace(place, pressed=None), keyboard)
            if not patience.refuses(error, "message is not modified"):
                raise
        return await self._send_text(parts[1:], place, keyboard) if parts[1:] else message_id

    async def _keyboard(self, reply: Reply, user_id: int | None, link: Link | None) -> Json | None:
        rows = [
            [await self._button(button, user_id) for button in row[start : start + MOST_BUTTONS_A_ROW]]
            for row in reply.buttons
            for start in range(0, len(row), MOST_BUTTONS_A_ROW)
        ]
        if link is not None:
            rows.append([{"text": link.label, "url": link.url}])
        return {"inline_keyboard": rows} if rows else None

    async def _button(self, button: Button, user_id: int | None) -> Json:
        if button.copy_text:
            return {"text": button.label, "copy_text": {"text": button.copy_text[:LONGEST_COPY_TEXT]}}
        if len(button.command.encode()) <= LONGEST_DATA_BYTES:
            return {"text": button.label, "callback_data": button.command}
        key = await self._button_lines.keep(button.command, user_id)
        return {"text": button.label, "callback_data": f"{KEY_MARK}{key}"}

    async def _call(self, method: str, **fields: Any) -> Json:
        """One method of the Bot API, by its name with a capital letter: Telegram takes either case, and the library
        warns of names that are its own. Fields of None are left out."""
        message: Json = await self._bot.do_api_request(method, api_kwargs=fields)
        return message


def _number_of(message: Json) -> int:
    number: int = message["message_id"]
    return number


def _address(place: Place) -> Json:
    """Where a new message goes."""
    question = {"message_id": place.reply_to, "allow_sending_without_reply": True} if place.reply_to else None
    return {"chat_id": place.chat_id, "message_thread_id": place.thread_id, "reply_parameters": question}
