"""The bot itself, sending as fast as it can, with a watch on its event loop where LAG_FILE names a file.

The lag is how late the loop comes back to a task that sleeps.
"""

import asyncio
import os
from pathlib import Path

from chatbot.__main__ import live
from chatbot.config import Settings
from chatbot.messenger import UNPACED

SLEEP_S = 0.002


async def watch(lags: list[float]) -> None:
    """Appends how many seconds each sleep took too long."""
    loop = asyncio.get_running_loop()
    while True:
        begun = loop.time()
        await asyncio.sleep(SLEEP_S)
        lags.append(loop.time() - begun - SLEEP_S)


async def watched(settings: Settings, token: str) -> list[float]:
    """Serves until it is stopped; the lags in seconds."""
    lags: list[float] = []
    watching = asyncio.create_task(watch(lags))
    await live(settings, token, UNPACED)
    watching.cancel()
    return lags


def main() -> None:
    """As `python -m chatbot run`, for a Telegram without limits; the lags go to the file named by LAG_FILE."""
    settings = Settings()
    assert settings.telegram_bot_token is not None
    token = settings.telegram_bot_token.get_secret_value()
    if "LAG_FILE" not in os.environ:
        asyncio.run(live(settings, token, UNPACED))
        return
    lags = asyncio.run(watched(settings, token))
    Path(os.environ["LAG_FILE"]).write_text("\n".join(map(str, lags)))


if __name__ == "__main__":
    main()
