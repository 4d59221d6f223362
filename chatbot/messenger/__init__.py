"""Telegram: updates in, questions to the commands, replies out. With the roof the only code that knows Telegram."""

from chatbot.messenger.application import Application, bot_name, build_application, serve
from chatbot.messenger.delivery import ButtonLines
from chatbot.messenger.door import respond
from chatbot.messenger.markup import plain_text
from chatbot.messenger.pace import UNPACED, Limits
from chatbot.messenger.receiving import Inbox
from chatbot.messenger.sending import Sender
from chatbot.messenger.transport import silence_token
from chatbot.messenger.webhook import Webhook

__all__ = [
    "UNPACED",
    "Application",
    "ButtonLines",
    "Inbox",
    "Limits",
    "Sender",
    "Webhook",
    "bot_name",
    "build_application",
    "plain_text",
    "respond",
    "serve",
    "silence_token",
]
