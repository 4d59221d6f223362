"""Telegram: updates in, questions to the commands, replies out. With the roof the only code that knows Telegram."""

from chatbot.messenger.application import bot_name, build_application, poll
from chatbot.messenger.delivery import ButtonLines
from chatbot.messenger.door import respond
from chatbot.messenger.markup import plain_text
from chatbot.messenger.transport import silence_token

__all__ = [
    "ButtonLines",
    "bot_name",
    "build_application",
    "plain_text",
    "poll",
    "respond",
    "silence_token",
]
