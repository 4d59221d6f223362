"""The yardstick: the smallest bot of python-telegram-bot that answers every text, on the bot's own transport."""

import os

from telegram import Update
from telegram.ext import Application, ContextTypes, ExtBot, MessageHandler, filters

from chatbot.messenger.transport import build_request


async def echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Sends the text back."""
    if update.message is not None and update.message.text is not None:
        await update.message.reply_text(update.message.text)


def main() -> None:
    """Polls until it is stopped."""
    bot = ExtBot[None](
        os.environ["TELEGRAM_BOT_TOKEN"],
        base_url=f"{os.environ['TELEGRAM_API_URL']}/bot",
        request=build_request(None),
        get_updates_request=build_request(None, connections=2),
    )
    application = Application.builder().bot(bot).concurrent_updates(True).job_queue(None).build()
    application.add_handler(MessageHandler(filters.TEXT, echo))
    application.run_polling()


if __name__ == "__main__":
    main()
