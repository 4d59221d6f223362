"""Lines that are too long for a button, and questions that await a yes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    op.create_table(
        "button_lines",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("used_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_button_lines"),
    )
    op.create_index("ix_button_lines_user_id", "button_lines", ["user_id"])
    op.create_index("ix_button_lines_used_at", "button_lines", ["used_at"])
    op.create_table(
        "confirmations",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "key", name="pk_confirmations"),
    )
    op.create_index("ix_confirmations_asked_at", "confirmations", ["asked_at"])


def downgrade() -> None:
    for table in ("confirmations", "button_lines"):
        op.drop_table(table)
