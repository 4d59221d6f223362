"""Updates brought to the bot by HTTP POST. Laws: each is brought until it is taken, and one after the other of a queue.

As the real server, run with `--local`, does it: plain HTTP and any port are allowed. A queue is a chat for messages, a
person for presses, a chat for memberships. The first failure is tried again at once, then with doubling pauses, or
after the seconds of `Retry-After`. What was taken and answered too late is brought again: the bot must drop it.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout

from chatbot.sandbox.botapi.errors import bad_request
from chatbot.sandbox.botapi.updates import Updates

MOST_CONNECTIONS = 40
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
LONGEST_TOLD_S = 3600.0
ANSWER_WITHIN_S = 60.0
_LOADED = 1_000  # updates looked at to find one whose queue is free

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where updates are brought."""

    url: str
    secret: str = field(repr=False)
    max_connections: int = MOST_CONNECTIONS


def webhook(url: str, secret: str, max_connections: int) -> Webhook | None:
    """What `setWebhook` asks for; None takes it away. Raises ApiError for what the real server would refuse."""
    if not url:
        return None
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
        raise bad_request("secret token contains unallowed characters")
    address = urlsplit(url)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    return Webhook(url, secret, max(1, min(max_connections, 100)))


def queue_of(update: Json) -> str:
    """What must arrive in order: messages of a chat, presses of a person, memberships of a chat."""
    for kind, content in update.items():
        if kind == "callback_query":
            return f"press {content['from']['id']}"
        if kind in ("my_chat_member", "chat_member"):
            return f"member {content['chat']['id']}"
        if kind != "update_id":
            return f"chat {content['chat']['id']}"
    return ""


class Webhooks:
    """The webhook that is set, and the task that brings updates to it."""

    def __init__(self, updates: Updates, now: Callable[[], datetime]) -> None:
        self.first_pause_s = FIRST_PAUSE_S
        self._updates = updates
        self._now = now
        self._webhook: Webhook | None = None
        self._task: asyncio.Task[None] | None = None
        self._error: Json = {}

    @property
    def is_set(self) -> bool:
        """Whether there is one; then nobody may poll."""
        return self._webhook is not None

    def set(self, webhook: Webhook | None) -> None:
        """Bring updates there from now on, or nowhere."""
        if self._task is not None:
            self._task.cancel()
        self._webhook, self._error = webhook, {}
        self._task = None if webhook is None else asyncio.get_running_loop().create_task(self._bring_all(webhook))

    async def stop(self) -> None:
        """The server ends."""
        task = self._task
        self.set(None)
        if task is not None:
            await asyncio.wait([task])

    def info(self) -> Json:
        """As `getWebhookInfo` tells it."""
        if self._webhook is None:
            return {"url": "", "has_custom_certificate": False}
        known = {"url": self._webhook.url, "max_connections": self._webhook.max_connections, "ip_address": "127.0.0.1"}
        return {**known, "has_custom_certificate": False, **self._error}

    async def _bring_all(self, webhook: Webhook) -> None:
        busy: dict[str, asyncio.Task[None]] = {}
        async with ClientSession(timeout=ClientTimeout(total=ANSWER_WITHIN_S)) as session, asyncio.TaskGroup() as group:
            while True:
                busy = {queue: task for queue, task in busy.items() if not task.done()}
                for update in self._updates.pending(_LOADED):
                    queue = queue_of(update)
                    if queue not in busy and len(busy) < webhook.max_connections:
                        busy[queue] = group.create_task(self._bring(session, webhook, update))
                await self._updates.wait_for_change()

    async def _bring(self, session: ClientSession, webhook: Webhook, update: Json) -> None:
        """Until it is taken."""
        pause_s, failures = self.first_pause_s, 0
        while (told_s := await self._try(session, webhook, update)) is not None:
            if failures and not told_s:
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            await asyncio.sleep(told_s or (pause_s if failures else 0))
            failures += 1
        self._updates.remove(update)

    async def _try(self, session: ClientSession, webhook: Webhook, update: Json) -> float | None:
        """None where it was taken; else the seconds told to wait, 0 where none were."""
        headers = {SECRET_HEADER: webhook.secret} if webhook.secret else {}
        try:
            async with session.post(webhook.url, json=update, headers=headers) as answer:
                if 200 <= answer.status <= 299:
                    return None
                self._note(f"Wrong response from the webhook: {answer.status} {answer.reason}")
                return _seconds(answer.headers.get("Retry-After", ""))
        except (ClientError, TimeoutError):
            self._note("Webhook connection closed")
            return 0.0

    def _note(self, error: str) -> None:
        self._error = {"last_error_date": int(self._now().timestamp()), "last_error_message": error}


def _seconds(told: str) -> float:
    return min(float(told), LONGEST_TOLD_S) if told.isdigit() else 0.0
