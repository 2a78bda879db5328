"""The visitor's time zone. Only adds: the release before works beside it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the column."""
    op.add_column("conversations", sa.Column("time_zone", sa.String(length=64), nullable=True))


def downgrade() -> None:
    """Drops the column."""
    op.drop_column("conversations", "time_zone")
