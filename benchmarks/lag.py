"""The bot itself with a watch on its event loop: how late the loop comes back to a task that sleeps."""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from chatbot.__main__ import main

SLEEP_S = 0.002


async def sample(lags: list[float]) -> None:
    """Appends how many seconds each sleep took too long."""
    loop = asyncio.get_running_loop()
    while True:
        begun = loop.time()
        await asyncio.sleep(SLEEP_S)
        lags.append(loop.time() - begun - SLEEP_S)


class WatchedRunner(asyncio.Runner):
    """An asyncio.Runner whose loop is watched; the lags go to the file named by LAG_FILE."""

    def run(self, coro, *, context=None):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201 - as its parent
        async def watched():  # type: ignore[no-untyped-def] # noqa: ANN202
            lags: list[float] = []
            watch = asyncio.create_task(sample(lags))
            try:
                return await coro
            finally:
                watch.cancel()
                Path(os.environ["LAG_FILE"]).write_text("\n".join(map(str, lags)))

        return super().run(watched(), context=context)


def run(arguments: Sequence[str]) -> int:
    """`python -m benchmarks.lag run`, as `python -m chatbot run`."""
    asyncio.runners.Runner = WatchedRunner  # type: ignore[misc] # asyncio.run makes its loop with it
    return main(arguments)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
