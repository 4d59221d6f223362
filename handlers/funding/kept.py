"""Plans of /funding kept for `How?` and `Chart`."""

from chatbot.command import Services
from handlers import kept


async def keep(services: Services, chat_id: int, kind: str, line: str, plan: object) -> str:
    """Stores a plan as this kind of answer and returns its key."""
    return await kept.keep(services, chat_id, "funding", kind, line, plan)
