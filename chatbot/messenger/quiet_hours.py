"""When a chat wants to hear nothing that it did not ask for."""

from chatbot.core.chats import quiet_until as quiet_until
