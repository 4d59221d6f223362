"""Settings and alerts of chats, what waits to be told, updates that are not answered yet."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"

TABLES = (
    "chat_settings",
    "alert_rules",
    "alert_revision",
    "outbox",
    "held_chats",
    "digests",
    "chats",
    "last_charges",
    "inbox",
    "known_updates",
    "doings",
)
# A rule that is made, changed or removed, and a chat that goes quiet or comes back, raise the number.
TRIGGERS = (
    ("alert_made", "INSERT ON alert_rules"),
    ("alert_changed", "UPDATE OF revision, chat_id ON alert_rules"),
    ("alert_removed", "DELETE ON alert_rules"),
    ("chat_went_quiet", "INSERT ON chats"),
    ("chat_changed", "UPDATE OF quiet_since ON chats"),
    ("chat_forgotten", "DELETE ON chats"),
)


def upgrade() -> None:
    op.create_table(
        "chat_settings",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", name="pk_chat_settings"),
    )
    op.create_index("ix_chat_settings_user_id", "chat_settings", ["user_id"])
    op.create_table(
        "alert_rules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("coin", sa.Text(), nullable=True),
        sa.Column("exchange", sa.Text(), nullable=True),
        sa.Column("is_above", sa.Boolean(), nullable=False),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("clear_level", sa.Text(), nullable=True),
        sa.Column("unit_s", sa.Float(), nullable=False),
        sa.Column("cooldown_s", sa.Float(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=True),
        sa.Column("hour", sa.Integer(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("follows", sa.Boolean(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("told", sa.Float(), nullable=True),
        sa.Column("reference", sa.Float(), nullable=True),
        sa.Column("members", sa.Text(), nullable=True),
        sa.Column("fired_at", sa.Float(), nullable=True),
        sa.Column("snoozed_until", sa.Float(), nullable=True),
        sa.Column("snooze_level", sa.Float(), nullable=True),
        sa.Column("unattended", sa.Integer(), nullable=False),
        sa.Column("attended_at", sa.Float(), nullable=True),
        sa.Column("due_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_alert_rules"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alert_rules_chat_id", "alert_rules", ["chat_id"])
    op.create_index("ix_alert_rules_expires_at", "alert_rules", ["expires_at"])
    op.create_index("ix_alert_rules_user_id", "alert_rules", ["user_id"])
    op.create_table(
        "alert_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alert_revision"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("is_under_way", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("perhaps_seen_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_chat_id", "outbox", ["chat_id", "is_under_way", "created_at", "perhaps_seen_at"])
    op.create_index("ix_outbox_created_at", "outbox", ["created_at"])
    op.create_index("ix_outbox_user_id", "outbox", ["user_id"])
    op.create_table(
        "held_chats",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("until", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", name="pk_held_chats"),
    )
    op.create_index("ix_held_chats_user_id", "held_chats", ["user_id"])
    op.create_table(
        "digests",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", name="pk_digests"),
    )
    op.create_table(
        "chats",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("added_by", sa.BigInteger(), nullable=True),
        sa.Column("quiet_since", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", name="pk_chats"),
    )
    op.create_index("ix_chats_added_by", "chats", ["added_by"])
    op.create_index("ix_chats_quiet_since", "chats", ["quiet_since"])
    op.create_index("ix_chats_user_id", "chats", ["user_id"])
    op.create_table(
        "last_charges",
        sa.Column("exchange", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("due_at", sa.Text(), nullable=False),
        sa.Column("rate_per_interval", sa.Text(), nullable=False),
        sa.Column("interval_s", sa.Float(), nullable=True),
        sa.Column("charged_at", sa.Text(), nullable=True),
        sa.Column("charged_per_interval", sa.Text(), nullable=True),
        sa.Column("charged_interval_s", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("exchange", "symbol", name="pk_last_charges"),
    )
    op.create_index("ix_last_charges_due_at", "last_charges", ["due_at"])
    op.create_table(
        "inbox",
        sa.Column("update_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("update_id", name="pk_inbox"),
    )
    op.create_index("ix_inbox_user_id", "inbox", ["user_id"])
    op.create_table(
        "known_updates",
        sa.Column("update_id", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("update_id", name="pk_known_updates"),
    )
    op.create_index("ix_known_updates_stored_at", "known_updates", ["stored_at"])
    op.create_table(
        "doings",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("update_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("done_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "subject", "update_id", name="pk_doings"),
    )
    op.create_index("ix_doings_done_at", "doings", ["done_at"])
    op.create_index("ix_doings_user_id", "doings", ["user_id"])
    op.execute("INSERT INTO alert_revision (id, number) VALUES (1, 0)")
    for name, event in TRIGGERS:
        op.execute(f"CREATE TRIGGER {name} AFTER {event} BEGIN UPDATE alert_revision SET number = number + 1; END")


def downgrade() -> None:
    for name, _ in TRIGGERS:
        op.execute(f"DROP TRIGGER {name}")
    for table in TABLES:
        op.drop_table(table)
