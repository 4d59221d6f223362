"""Portfolios, their changes, and answers."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    op.create_table(
        "holdings",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("coin", sa.Text(), nullable=False),
        sa.Column("amount_base", sa.Text(), nullable=False),
        sa.Column("staking_yield_per_year", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("user_id", "line", name="pk_holdings"),
        sa.UniqueConstraint("user_id", "coin", name="uq_holdings_user_id_coin"),
    )
    op.create_table(
        "futures_positions",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("coin", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("amount_base", sa.Text(), nullable=False),
        sa.Column("exchange", sa.Text(), nullable=True),
        sa.Column("entry_quote", sa.Text(), nullable=True),
        sa.Column("leverage", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("user_id", "line", name="pk_futures_positions"),
    )
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("update_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("undone_by", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
        sa.ForeignKeyConstraint(["undone_by"], ["changes.id"], name="fk_changes_undone_by", ondelete="CASCADE"),
        sa.UniqueConstraint("user_id", "key", name="uq_changes_user_id_key"),
        sa.UniqueConstraint("user_id", "update_id", name="uq_changes_user_id_update_id"),
    )
    op.create_index("ix_changes_created_at", "changes", ["created_at"])
    op.create_index("ix_changes_undone_by", "changes", ["undone_by"])
    op.create_table(
        "answers",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("plan_json", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "key", name="pk_answers"),
    )
    op.create_index("ix_answers_answered_at", "answers", ["answered_at"])


def downgrade() -> None:
    for table in ("answers", "changes", "futures_positions", "holdings"):
        op.drop_table(table)
