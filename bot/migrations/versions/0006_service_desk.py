"""Customers, classified tickets, routing, rules, service levels and API tokens.

Only adds: the release before works beside it. Each subject has its own step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TODO_INDEXES = {
    "rank_at": ("rank_at", "due_at", "kind", "lane", "group_id"),
    "due_at": ("due_at", "kind", "lane", "group_id"),
    "group_id": ("group_id", "due_at"),
}
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
    sa.Column("sla_version", sa.String(length=16), nullable=True),
    sa.Column("sla_alarm_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("triage_inputs", sa.JSON(none_as_null=True), nullable=True),
    sa.Column("hold", sa.JSON(none_as_null=True), nullable=True),
)
TICKET_TABLES = (
    "ticket_tags",
    "ticket_watchers",
    "ticket_links",
    "ticket_moves",
    "search_places",
    "search_words",
    "search_progress",
)
# Compared byte by byte on both databases.
WORD = sa.String(length=40).with_variant(sa.String(length=40, collation="C"), "postgresql")

ROUTING_TABLES = (
    "ticket_views", "routing_progress", "ticket_waits", "assignments", "agent_connections",
    "agent_presence", "agent_profiles", "team_members", "teams",
)  # fmt: skip


def upgrade() -> None:
    """Adds columns and tables."""
    _tickets()
    _customers()
    _routing()
    _rules()
    _service_levels()
    _tokens()
    _jobs(TODO_INDEXES)


def _jobs(indexes: Mapping[str, Sequence[str]]) -> None:
    """The same questions as before, answered without a look at the jobs that are passed over."""
    todo = sa.text("state = 'todo'")
    for name, columns in indexes.items():
        op.drop_index(f"ix_jobs_todo_{name}", table_name="jobs")
        op.create_index(
            f"ix_jobs_todo_{name}", "jobs", columns, sqlite_where=todo, postgresql_where=todo
        )


def _tickets() -> None:
    for column in TICKET_COLUMNS:
        op.add_column("tickets", column.copy())
    op.create_index("ix_audit_log_subject_id", "audit_log", ["subject", "id"])
    op.create_table(
        "ticket_tags",
        sa.Column("ticket_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tag", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("actor_id", sa.String(length=26), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("ticket_number", "tag", name="pk_ticket_tags"),
    )
    op.create_index("ix_ticket_tags_tag", "ticket_tags", ["tag"])
    op.create_table(
        "ticket_watchers",
        sa.Column("ticket_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("ticket_number", "user_id", name="pk_ticket_watchers"),
    )
    op.create_index("ix_ticket_watchers_user_id", "ticket_watchers", ["user_id"])
    op.create_table(
        "ticket_links",
        sa.Column("from_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("to_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("actor_id", sa.String(length=26), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("from_number", "to_number", "kind", name="pk_ticket_links"),
    )
    op.create_index("ix_ticket_links_to_number", "ticket_links", ["to_number"])
    op.create_table(
        "ticket_moves",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("source_number", sa.Integer(), nullable=False),
        sa.Column("target_number", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("actor_id", sa.String(length=26), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=26), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_moves"),
    )
    op.create_index("ix_ticket_moves_source_number", "ticket_moves", ["source_number"])
    op.create_index("ix_ticket_moves_target_number", "ticket_moves", ["target_number"])
    _search()


def _search() -> None:
    op.create_table(
        "search_places",
        sa.Column("word", WORD, nullable=False),
        sa.Column("ticket_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("word", "ticket_number", "seq", name="pk_search_places"),
    )
    op.create_index("ix_search_places_ticket_number", "search_places", ["ticket_number"])
    op.create_table(
        "search_words",
        sa.Column("variant", WORD, nullable=False),
        sa.Column("word", WORD, nullable=False),
        sa.PrimaryKeyConstraint("variant", "word", name="pk_search_words"),
        sa.UniqueConstraint("word", "variant", name="uq_search_words_word_variant"),
    )
    op.create_table(
        "search_progress",
        sa.Column("ticket_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("indexed_seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_number", name="pk_search_progress"),
    )


def _customers() -> None:
    op.add_column("visitors", sa.Column("customer_id", sa.String(length=26), nullable=True))
    op.create_index("ix_visitors_customer_id", "visitors", ["customer_id"], unique=False)
    op.create_index("ix_tickets_customer_id", "tickets", ["customer_id"], unique=False)
    op.create_table(
        "customers",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("folded_name", sa.String(length=400), nullable=True),
        sa.Column("tier", sa.String(length=30), nullable=True),
        sa.Column("language", sa.String(length=35), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=True),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("consent", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("attributes", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("merged_into", sa.String(length=26), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
    )
    for name in ("merged_into", "created_at", "updated_at"):
        op.create_index(f"ix_customers_{name}", "customers", [name], unique=False)
    op.create_table(
        "customer_identities",
        sa.Column("customer_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=254), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_customer_identities_customer_id")
        ),
        sa.PrimaryKeyConstraint(
            "customer_id", "kind", "value", name=op.f("pk_customer_identities")
        ),
    )
    op.create_index(
        "ix_customer_identities_kind_value", "customer_identities", ["kind", "value"], unique=False
    )
    op.create_index(
        "uq_customer_identities_verified",
        "customer_identities",
        ["kind", "value"],
        unique=True,
        sqlite_where=sa.text("verified"),
        postgresql_where=sa.text("verified"),
    )
    op.create_table(
        "customer_merges",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kept_id", sa.String(length=26), nullable=False),
        sa.Column("dropped_id", sa.String(length=26), nullable=False),
        sa.Column("moved", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=26), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=26), nullable=True),
        sa.ForeignKeyConstraint(
            ["kept_id"], ["customers.id"], name=op.f("fk_customer_merges_kept_id")
        ),
        sa.ForeignKeyConstraint(
            ["dropped_id"], ["customers.id"], name=op.f("fk_customer_merges_dropped_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_merges")),
    )
    for name in ("kept_id", "dropped_id"):
        op.create_index(f"ix_customer_merges_{name}", "customer_merges", [name], unique=False)


def _routing() -> None:
    op.create_table(
        "teams",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("languages", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("calendar", sa.String(length=60), nullable=True),
        sa.Column("support_tier", sa.Integer(), nullable=False),
        sa.Column("order_policy", sa.String(length=20), nullable=True),
        sa.Column("mode", sa.String(length=10), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_teams"),
        sa.UniqueConstraint("name", name="uq_teams_name"),
    )
    op.create_table(
        "team_members",
        sa.Column("team_id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "user_id", name="pk_team_members"),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_team_members_team_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_team_members_user_id"),
    )
    op.create_index("ix_team_members_user_id", "team_members", ["user_id"])
    op.create_table(
        "agent_profiles",
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("skills", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("channel_capacity", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("support_tier", sa.Integer(), nullable=False),
        sa.Column("market", sa.String(length=30), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=True),
        sa.Column("calendar", sa.String(length=60), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_agent_profiles"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_agent_profiles_user_id"),
    )
    op.create_table(
        "agent_presence",
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("chosen", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("user_id", name="pk_agent_presence"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_agent_presence_user_id"),
    )
    op.create_table(
        "agent_connections",
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "user_id", name="pk_agent_connections"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_agent_connections_user_id"),
    )
    for column in ("user_id", "expires_at"):
        op.create_index(f"ix_agent_connections_{column}", "agent_connections", [column])
    op.create_table(
        "assignments",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("ticket_number", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reasons", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_as", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_assignments"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_assignments_user_id"),
    )
    for column in ("ticket_number", "user_id"):
        op.create_index(f"ix_assignments_{column}", "assignments", [column])
    open_ones = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_assignments_open",
        "assignments",
        ["ticket_number"],
        unique=True,
        sqlite_where=open_ones,
        postgresql_where=open_ones,
    )
    op.create_table(
        "ticket_waits",
        sa.Column("ticket_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("ticket_number", name="pk_ticket_waits"),
    )
    op.create_table(
        "routing_progress",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("inbox_seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_routing_progress"),
    )
    op.create_table(
        "ticket_views",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("owner_id", sa.String(length=26), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("filter", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("order_policy", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_views"),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name="fk_ticket_views_owner_id"),
    )
    op.create_index("ix_ticket_views_owner_id", "ticket_views", ["owner_id"])


def _rules() -> None:
    op.create_table(
        "rules",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("events", sa.String(length=200), nullable=False),
        sa.Column("definition", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("n_firings", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rules")),
    )
    op.create_table(
        "rule_firings",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("rule_id", sa.String(length=26), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("ticket_number", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=26), nullable=False),
        sa.Column("occasion", sa.String(length=80), nullable=False),
        sa.Column("trigger", sa.String(length=20), nullable=False),
        sa.Column("n_actions", sa.Integer(), nullable=False),
        sa.Column("steps", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_firings")),
        sa.UniqueConstraint(
            "rule_id",
            "ticket_number",
            "occasion",
            name=op.f("uq_rule_firings_rule_id_ticket_number_occasion"),
        ),
    )
    op.create_index(
        "ix_rule_firings_conversation_id", "rule_firings", ["conversation_id"], unique=False
    )
    op.create_index(
        "ix_rule_firings_ticket_number_at", "rule_firings", ["ticket_number", "at"], unique=False
    )
    op.create_table(
        "macros",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("actions", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("n_used", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_macros")),
    )
    op.create_table(
        "canned_replies",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("shortcut", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("texts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("n_used", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_replies")),
        sa.UniqueConstraint("shortcut", name=op.f("uq_canned_replies_shortcut")),
    )


def _service_levels() -> None:
    op.create_table(
        "sla_events",
        sa.Column("ticket_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("traits", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("ticket_number", "seq", name=op.f("pk_sla_events")),
    )


def _tokens() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("prefix", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("scopes", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=26), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_api_tokens_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
        sa.UniqueConstraint("token_hash", name="uq_api_tokens_token_hash"),
    )
    op.create_index("ix_api_tokens_user_id", "api_tokens", ["user_id"])
    op.create_table(
        "idempotency_keys",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("caller", sa.String(length=60), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("lease_token", sa.String(length=26), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effect_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_idempotency_keys"),
        sa.UniqueConstraint("caller", "key_hash", name="uq_idempotency_keys_caller_key_hash"),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])


def downgrade() -> None:
    """Drops them."""
    _jobs({name: (name,) for name in TODO_INDEXES})
    for table in ("rules", "rule_firings", "macros", "canned_replies"):
        op.drop_table(table)
    op.drop_table("idempotency_keys")
    op.drop_table("api_tokens")
    for table in ROUTING_TABLES:
        op.drop_table(table)
    op.drop_table("sla_events")
    for table in ("customer_merges", "customer_identities", "customers"):
        op.drop_table(table)
    op.drop_index("ix_tickets_customer_id", table_name="tickets")
    with op.batch_alter_table("visitors") as batch:
        batch.drop_index("ix_visitors_customer_id")
        batch.drop_column("customer_id")
    for name in reversed(TICKET_TABLES):
        op.drop_table(name)
    op.drop_index("ix_audit_log_subject_id", "audit_log")
    with op.batch_alter_table("tickets") as batch:
        for column in TICKET_COLUMNS:
            batch.drop_column(column.name)
