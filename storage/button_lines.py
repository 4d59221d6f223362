"""Command lines that are too long for a button (64 bytes) or that a link carries, under a short key.

Law: a line kept for somebody is theirs alone, whoever shows the key; one kept for nobody in particular is anyone's.
"""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from hashlib import blake2b

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.journal import Journal
from storage.retention import BUTTON_LINES
from storage.sessions import Sessions
from storage.tables import ButtonLineRow, instant_text

KEY_BYTES = 9  # 72 bits, 12 characters: nobody finds a second line for a key
USED_AGAIN_AFTER = timedelta(days=1)  # a use is noted once a day: pressing is frequent, ninety days are not exact

_UPSERT = (
    "INSERT INTO button_lines (key, user_id, line, used_at) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (key) DO UPDATE SET used_at = excluded.used_at"
)


class StoredButtonLines:
    """What the messenger calls `ButtonLines`, on the database."""

    def __init__(self, sessions: Sessions, journal: Journal, now: Callable[[], datetime]) -> None:
        self._sessions = sessions
        self._journal = journal
        self._now = now

    async def keep(self, line: str, user_id: int | None = None) -> str:
        """Stores it for this person (None: for everybody). Returns its key: one line of one person has one key."""
        key = _key(line, user_id)
        await self._journal.write(_UPSERT, (key, user_id, line, instant_text(self._now())))
        return key

    async def recall(self, key: str, user_id: int | None = None) -> str | None:
        """None when it is unknown, not used for 90 days, or another person's."""
        row = await self._sessions.read(partial(_find, key, user_id))
        if row is None or self._now() - row.used_at > BUTTON_LINES:
            return None
        if self._now() - row.used_at > USED_AGAIN_AFTER:
            await self.keep(row.line, row.user_id)
        return row.line


async def _find(key: str, user_id: int | None, session: AsyncSession) -> ButtonLineRow | None:
    owner = col(ButtonLineRow.user_id)
    is_theirs = owner.is_(None) if user_id is None else or_(owner.is_(None), owner == user_id)
    return (await session.exec(select(ButtonLineRow).where(ButtonLineRow.key == key, is_theirs))).first()


def _key(line: str, user_id: int | None) -> str:
    digest = blake2b(f"{user_id} {line}".encode(errors="surrogatepass"), digest_size=KEY_BYTES)
    return urlsafe_b64encode(digest.digest()).decode()
