"""Answers that `How?` and `Chart` come back to, for 30 days."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from chatbot.core.ports import KeptAnswer
from storage.journal import Journal
from storage.keys import new_key
from storage.retention import ANSWERS
from storage.sessions import Sessions
from storage.tables import AnswerRow, instant_text

_INSERT = "INSERT INTO answers (user_id, key, command, line, plan_json, answered_at) VALUES (?, ?, ?, ?, ?, ?)"


class StoredAnswers:
    """The port `Answers` on the database."""

    def __init__(self, sessions: Sessions, journal: Journal, now: Callable[[], datetime]) -> None:
        self._sessions = sessions
        self._journal = journal
        self._now = now

    async def keep(self, user_id: int, answer: KeptAnswer) -> str:
        """Stores it and returns its short key."""
        key, answered_at = new_key(), instant_text(answer.answered_at)
        await self._journal.write(_INSERT, (user_id, key, answer.command, answer.line, answer.plan_json, answered_at))
        return key

    async def recall(self, user_id: int, key: str) -> KeptAnswer | None:
        """None when it is unknown, older than 30 days, or another user's."""
        row = await self._sessions.read(partial(_find, user_id, key))
        if row is None or self._now() - row.answered_at > ANSWERS:
            return None
        return KeptAnswer(row.command, row.line, row.plan_json, row.answered_at)


async def _find(user_id: int, key: str, session: AsyncSession) -> AnswerRow | None:
    return (await session.exec(select(AnswerRow).where(AnswerRow.user_id == user_id, AnswerRow.key == key))).first()
