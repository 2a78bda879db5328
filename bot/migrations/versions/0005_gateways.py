"""Running gateways and their agents. Only adds: the release before works beside it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "gateways",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("agents", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateways")),
    )
    op.create_index(op.f("ix_gateways_seen_at"), "gateways", ["seen_at"], unique=False)


def downgrade() -> None:
    """Drops the table."""
    op.drop_table("gateways")
