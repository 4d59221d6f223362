"""Plans of /funding kept for `How?` and `Chart`: one command has many kinds of answer, so each says which it is."""

from pydantic import TypeAdapter

from chatbot.command import KeptAnswer, Services


async def keep(services: Services, chat_id: int, kind: str, line: str, plan: object) -> str:
    """Stores a plan, a dataclass, as `{"kind": ..., "plan": ...}` and returns its key."""
    stored = TypeAdapter(dict[str, object]).dump_json({"kind": kind, "plan": plan}).decode()
    return await services.answers.keep(chat_id, KeptAnswer("funding", line, stored, services.now()))
