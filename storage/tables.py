"""The tables. Law: numbers come back digit for digit, times aware and in UTC; whatever is about a person has `user_id`.

A column that only names somebody in what belongs to others is marked with NAMES_SOMEBODY.

A change here needs a revision in `migrations/versions`; a test compares the two.
"""

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, Dialect, Float, Index, MetaData, Text, UniqueConstraint
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

from chatbot.core.portfolio import Side

NAMES_SOMEBODY = {"info": {"names_somebody": True}}  # a column's; /forget empties it


def instant_text(instant: datetime) -> str:
    """An aware datetime as text in UTC of fixed width, so that texts sort as times do. ValueError for a naive one."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no time zone")
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


class ExactDecimal(TypeDecorator[Decimal]):
    """A number as the text of its digits: SQLite's own numbers are floats. Sums and comparisons are made in Python."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        if value is not None and not value.is_finite():
            raise ValueError(f"{value} is not an amount")
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, as `instant_text`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else instant_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


class EpochSeconds(TypeDecorator[datetime]):
    """An aware datetime as Unix seconds, exact to the microsecond: what is read a million at a time."""

    impl = Float
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> float | None:
        return None if value is None else value.timestamp()

    def process_result_value(self, value: float | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value, UTC)


class SideText(TypeDecorator[Side]):
    """A side by its value, `long` or `short`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Side | None, dialect: Dialect) -> str | None:
        return None if value is None else value.value

    def process_result_value(self, value: str | None, dialect: Dialect) -> Side | None:
        return None if value is None else Side(value)


class Row(SQLModel):
    """What all tables share: constraints have names, so that later revisions can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class HoldingRow(Row, table=True):
    """One coin that a user holds; `line` is its place in the order of entry, from 0."""

    __tablename__ = "holdings"
    __table_args__ = (UniqueConstraint("user_id", "coin"),)

    user_id: int = Field(sa_type=BigInteger, primary_key=True)
    line: int = Field(primary_key=True)
    coin: str = Field(sa_type=Text)
    amount_base: Decimal = Field(sa_type=ExactDecimal)
    staking_yield_per_year: Decimal | None = Field(default=None, sa_type=ExactDecimal)


class PositionRow(Row, table=True):
    """One futures position that a user holds elsewhere; `line` as in HoldingRow."""

    __tablename__ = "futures_positions"

    user_id: int = Field(sa_type=BigInteger, primary_key=True)
    line: int = Field(primary_key=True)
    coin: str = Field(sa_type=Text)
    side: Side = Field(sa_type=SideText)
    amount_base: Decimal = Field(sa_type=ExactDecimal)
    exchange: str | None = Field(default=None, sa_type=Text)
    entry_quote: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    leverage: Decimal | None = Field(default=None, sa_type=ExactDecimal)


class ChangeRow(Row, table=True):
    """One change of a portfolio: the update that asked for it, and the coins it touched before and after, as JSON."""

    __tablename__ = "changes"
    __table_args__ = (
        UniqueConstraint("user_id", "update_id"),
        UniqueConstraint("user_id", "key"),
    )

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(sa_type=BigInteger)
    update_id: int = Field(sa_type=BigInteger)
    key: str = Field(sa_type=Text)
    before: str = Field(sa_type=Text)
    after: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=Instant, index=True)
    undone_by: int | None = Field(default=None, foreign_key="changes.id", ondelete="CASCADE", index=True)


class AnswerRow(Row, table=True):
    """One answer that `How?` and `Chart` can come back to. The key is the user's own: nobody else can use it up."""

    __tablename__ = "answers"

    user_id: int = Field(sa_type=BigInteger, primary_key=True)
    key: str = Field(sa_type=Text, primary_key=True)
    command: str = Field(sa_type=Text)
    line: str = Field(sa_type=Text)
    plan_json: str = Field(sa_type=Text)
    answered_at: datetime = Field(sa_type=Instant, index=True)


class ButtonLineRow(Row, table=True):
    """One command line too long for a button, for one user or, without an id, for everybody."""

    __tablename__ = "button_lines"

    key: str = Field(sa_type=Text, primary_key=True)
    user_id: int | None = Field(default=None, sa_type=BigInteger, index=True)
    line: str = Field(sa_type=Text)
    used_at: datetime = Field(sa_type=Instant, index=True)


class ConfirmationRow(Row, table=True):
    """One question "really?" that awaits its yes."""

    __tablename__ = "confirmations"

    user_id: int = Field(sa_type=BigInteger, primary_key=True)
    key: str = Field(sa_type=Text, primary_key=True)
    purpose: str = Field(sa_type=Text)
    asked_at: datetime = Field(sa_type=Instant, index=True)


class ChatSettingsRow(Row, table=True):
    """What a chat chose, as JSON (decimals as text). `user_id`: of a private chat; a group's belong to nobody."""

    __tablename__ = "chat_settings"

    chat_id: int = Field(sa_type=BigInteger, primary_key=True)
    user_id: int | None = Field(default=None, sa_type=BigInteger, index=True)
    settings: str = Field(sa_type=Text)


class AlertRuleRow(Row, table=True):
    """A rule with its state. Levels are exact; what the watcher itself worked out is the floats it works with."""

    __tablename__ = "alert_rules"
    __table_args__ = ({"sqlite_autoincrement": True},)  # the number of a rule that is gone is not given again

    id: int | None = Field(default=None, primary_key=True)
    chat_id: int = Field(sa_type=BigInteger, index=True)
    user_id: int | None = Field(default=None, sa_type=BigInteger, index=True)
    revision: int = 0
    made_at: datetime = Field(sa_type=Instant)
    measure: str = Field(sa_type=Text)
    coin: str | None = Field(default=None, sa_type=Text)
    exchange: str | None = Field(default=None, sa_type=Text)
    is_above: bool = True
    level: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    clear_level: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    unit_s: float
    cooldown_s: float
    expires_at: datetime | None = Field(default=None, sa_type=EpochSeconds, index=True)
    hour: int | None = None
    zone: str = Field(sa_type=Text)
    follows: bool = False
    is_on: bool = False
    told: float | None = None
    reference: float | None = None
    members: str | None = Field(default=None, sa_type=Text)  # JSON
    fired_at: datetime | None = Field(default=None, sa_type=EpochSeconds)
    snoozed_until: datetime | None = Field(default=None, sa_type=EpochSeconds)
    snooze_level: float | None = None
    unattended: int = 0
    attended_at: datetime | None = Field(default=None, sa_type=EpochSeconds)
    due_at: datetime | None = Field(default=None, sa_type=EpochSeconds)


class AlertRevisionRow(Row, table=True):
    """One number, raised by triggers when a rule is made, changed or removed, or a chat goes quiet or comes back."""

    __tablename__ = "alert_revision"

    id: int | None = Field(default=None, primary_key=True)
    number: int


class ParcelRow(Row, table=True):
    """A fact that waits to be told. `is_under_way`: it was begun, and it is not known yet what became of it.

    `perhaps_seen_at`: since when it is known that it may have arrived.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_chat_id", "chat_id", "is_under_way", "created_at", "perhaps_seen_at"),  # all that `due` asks
        {"sqlite_autoincrement": True},  # who comes late with the number of a parcel that is gone finds no other
    )

    id: int | None = Field(default=None, primary_key=True)
    chat_id: int = Field(sa_type=BigInteger)
    user_id: int | None = Field(default=None, sa_type=BigInteger, index=True)
    fact: str = Field(sa_type=Text)  # JSON
    is_under_way: bool = False
    created_at: datetime = Field(sa_type=Instant, index=True)
    perhaps_seen_at: datetime | None = Field(default=None, sa_type=Instant)


class HeldChatRow(Row, table=True):
    """A chat to which nothing is sent before a time: flood limits, quiet hours."""

    __tablename__ = "held_chats"

    chat_id: int = Field(sa_type=BigInteger, primary_key=True)
    user_id: int | None = Field(default=None, sa_type=BigInteger, index=True)
    until: datetime = Field(sa_type=Instant)


class DigestRow(Row, table=True):
    """The latest message of a group, as JSON."""

    __tablename__ = "digests"

    chat_id: int = Field(sa_type=BigInteger, primary_key=True)
    digest: str = Field(sa_type=Text)


class ChatRow(Row, table=True):
    """A group or channel the bot is in, or a private chat that closed. `user_id`: whose private chat it is."""

    __tablename__ = "chats"

    chat_id: int = Field(sa_type=BigInteger, primary_key=True)
    user_id: int | None = Field(default=None, sa_type=BigInteger, index=True)
    kind: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    added_by: int | None = Field(default=None, sa_type=BigInteger, index=True, sa_column_kwargs=NAMES_SOMEBODY)
    quiet_since: datetime | None = Field(default=None, sa_type=Instant, index=True)
    reason: str = Field(sa_type=Text)


class ChargeRow(Row, table=True):
    """What one market was last seen to charge."""

    __tablename__ = "last_charges"

    exchange: str = Field(sa_type=Text, primary_key=True)
    symbol: str = Field(sa_type=Text, primary_key=True)
    due_at: datetime = Field(sa_type=Instant, index=True)
    rate_per_interval: Decimal = Field(sa_type=ExactDecimal)
    interval_s: float | None = None
    charged_at: datetime | None = Field(default=None, sa_type=Instant)
    charged_per_interval: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    charged_interval_s: float | None = None


class UpdateRow(Row, table=True):
    """An update from Telegram that is not done, as it came: JSON. `user_id`: who sent it."""

    __tablename__ = "inbox"

    update_id: int = Field(sa_type=BigInteger, primary_key=True)
    user_id: int | None = Field(default=None, sa_type=BigInteger, index=True)
    content: str = Field(sa_type=Text)


class KnownUpdateRow(Row, table=True):
    """The number of an update that came: it is not taken again."""

    __tablename__ = "known_updates"

    update_id: int = Field(sa_type=BigInteger, primary_key=True)
    stored_at: datetime = Field(sa_type=Instant, index=True)


class DoingRow(Row, table=True):
    """That an update changed something of a chat: settings or alerts. It does so once."""

    __tablename__ = "doings"

    chat_id: int = Field(sa_type=BigInteger, primary_key=True)
    subject: str = Field(sa_type=Text, primary_key=True)
    update_id: int = Field(sa_type=BigInteger, primary_key=True)
    user_id: int | None = Field(default=None, sa_type=BigInteger, index=True)
    done_at: datetime = Field(sa_type=Instant, index=True)


def chat_tables() -> tuple[str, ...]:
    """Every table whose rows belong to a chat, the chats themselves last."""
    names = [table.name for table in Row.metadata.sorted_tables if "chat_id" in table.columns]
    return tuple(sorted(names, key=lambda name: name == "chats"))
