"""Tables of the system of record, in SQLAlchemy Core; bot/migrations follows them."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from handoff.store.types import JsonColumn, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_ID = String(26)

visitors = Table(
    "visitors",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("locale", String(35)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
    # The person behind this browser or address, once there is something to know of her.
    Column("customer_id", _ID, index=True),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("visitor_id", _ID, ForeignKey("visitors.id"), nullable=False, index=True),
    Column("owner", String(10), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("episode", Integer, nullable=False),
    # First seq of the current episode, where its ticket's transcript begins.
    Column("episode_seq", Integer, nullable=False),
    Column("last_seq", Integer, nullable=False),
    # Newest visitor message meant for the bot, and the newest one that is dealt with.
    Column("pending_seq", Integer, nullable=False),
    Column("answered_seq", Integer, nullable=False),
    Column("agent_id", _ID, ForeignKey("users.id")),
    # Newest ticket and the episode it belongs to; 0 while there was none.
    Column("ticket_number", Integer),
    Column("ticket_episode", Integer, nullable=False),
    Column("language", String(35)),
    Column("language_choice", String(35)),
    Column("language_state", JsonColumn),
    Column("dialogue_events", JsonColumn, nullable=False),
    Column("lease_token", _ID),
    Column("lease_until", UtcDateTime),
    Column("turn_attempts", Integer, nullable=False),
    Column("contact_name", String(200)),
    Column("contact_email", String(254)),
    Column("contact_asked", Boolean, nullable=False),
    Column("locale", String(35)),
    Column("page_url", Text),
    # What the browser says; opening times are told in it.
    Column("time_zone", String(64)),
    Column("channel", String(30), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    CheckConstraint("owner IN ('bot', 'queue', 'agent', 'closed')", name="owner"),
    CheckConstraint("(owner = 'agent') = (agent_id IS NOT NULL)", name="agent"),
    CheckConstraint("pending_seq <= last_seq AND answered_seq <= last_seq", name="seqs"),
)
# The dispatcher's sweep reads only conversations with work, however many there are.
Index(
    "ix_conversations_waiting",
    conversations.c.updated_at,
    sqlite_where=text("owner = 'bot' AND pending_seq > answered_seq"),
    postgresql_where=text("owner = 'bot' AND pending_seq > answered_seq"),
)

events = Table(
    "events",
    metadata,
    Column("conversation_id", _ID, ForeignKey("conversations.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(30), nullable=False),
    Column("author", String(10), nullable=False),
    Column("author_id", _ID),
    Column("author_name", String(200)),
    Column("client_id", String(100)),
    Column("text", Text, nullable=False),
    Column("language", String(35)),
    Column("payload", JsonColumn, nullable=False),
    # Decision evidence: for agents only.
    Column("internal", JsonColumn, nullable=False),
    # The whole event is for agents only.
    Column("agents_only", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("conversation_id", "author", "client_id"),
    CheckConstraint("author IN ('visitor', 'bot', 'agent', 'system')", name="author"),
    CheckConstraint("seq > 0", name="seq"),
)

tickets = Table(
    "tickets",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("conversation_id", _ID, ForeignKey("conversations.id"), nullable=False),
    Column("episode", Integer, nullable=False),
    Column("state", String(10), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("impact", Integer, nullable=False),
    Column("urgency", Integer, nullable=False),
    Column("reasons", JsonColumn, nullable=False),
    Column("reason", String(40), nullable=False),
    Column("language", String(35)),
    Column("subject", String(200), nullable=False),
    Column("last_message", String(200), nullable=False),
    Column("seq_from", Integer, nullable=False),
    Column("seq_upto", Integer, nullable=False),
    Column("assignee_id", _ID, ForeignKey("users.id"), index=True),
    Column("contact_name", String(200)),
    Column("contact_email", String(254)),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("waiting_since", UtcDateTime),
    Column("first_reply_at", UtcDateTime),
    Column("resolved_at", UtcDateTime),
    Column("triage_version", String(60), nullable=False),
    Column("override", JsonColumn),
    # Raised by every change: the ETag of the API.
    Column("version", Integer, nullable=False, server_default="1"),
    Column("channel", String(30)),
    # `merged` or `spam` for a closed ticket that ended so; the release before sees it closed.
    Column("closed_as", String(10)),
    Column("type", String(20)),
    Column("category", String(60)),
    # Field -> {"value", "confidence", "source"}: who says so and how sure it is.
    Column("classification", JsonColumn),
    Column("summary", JsonColumn),
    Column("custom_fields", JsonColumn),
    Column("customer_id", _ID, index=True),
    Column("team_id", _ID),
    Column("support_tier", Integer, nullable=False, server_default="1"),
    Column("skills", JsonColumn),
    Column("assigned_at", UtcDateTime),
    # `agent` or `routing`.
    Column("assigned_by", String(10)),
    Column("merged_into", Integer),
    Column("follow_up_of", Integer),
    # Clocks of `handoff.sla` after the last event, and the instants that queues sort by.
    Column("sla", JsonColumn),
    Column("due_at", UtcDateTime),
    Column("breached_at", UtcDateTime),
    # Which promises the clocks were counted by, and when somebody has to look at them again.
    Column("sla_version", String(16)),
    Column("sla_alarm_at", UtcDateTime),
    # What triage was told beside the messages: tier, earlier tickets and the like.
    Column("triage_inputs", JsonColumn),
    # Why it is on hold, who says so and until when; counts only in that state.
    Column("hold", JsonColumn),
    UniqueConstraint("conversation_id", "episode"),
    CheckConstraint("priority BETWEEN 1 AND 5", name="priority"),
    CheckConstraint(
        "state IN ('new', 'open', 'pending', 'on_hold', 'solved', 'closed')", name="state"
    ),
)
Index("ix_tickets_queue", tickets.c.state, tickets.c.priority, tickets.c.opened_at)

inbox_events = Table(
    "inbox_events",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(30), nullable=False),
    Column("ticket_number", Integer, ForeignKey("tickets.number"), nullable=False),
    Column("conversation_id", _ID, nullable=False),
    Column("payload", JsonColumn, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

# Gapless numbers: one row per series, raised inside the transaction that uses the number. A
# database sequence would number in another order than commits, and readers would miss events.
counters = Table(
    "counters",
    metadata,
    Column("name", String(30), primary_key=True),
    Column("value", Integer, nullable=False),
)

# Running gateways and the agents connected to each; only where several share one database.
gateways = Table(
    "gateways",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("agents", JsonColumn, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False, index=True),
)

users = Table(
    "users",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("email", String(254), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("languages", JsonColumn, nullable=False),
    Column("password_hash", String(200)),
    Column("active", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_login_at", UtcDateTime),
    CheckConstraint("role IN ('agent', 'supervisor', 'editor', 'admin')", name="role"),
)

agent_sessions = Table(
    "agent_sessions",
    metadata,
    # SHA-256 of the token: reading the database does not give a way in.
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", _ID, ForeignKey("users.id"), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
)

login_links = Table(
    "login_links",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("purpose", String(10), nullable=False),
    Column("user_id", _ID, ForeignKey("users.id")),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    CheckConstraint("purpose IN ('setup', 'reset')", name="purpose"),
)

login_failures = Table(
    "login_failures",
    metadata,
    # SHA-256 of e-mail and address: a list of failures is not a list of people.
    Column("key", String(64), primary_key=True),
    Column("n_failures", Integer, nullable=False),
    Column("last_at", UtcDateTime, nullable=False, index=True),
    Column("blocked_until", UtcDateTime),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("actor_id", _ID),
    Column("act", String(40), nullable=False),
    Column("subject", String(60), nullable=False),
    Column("detail", JsonColumn, nullable=False),
)
# The history of one thing, such as a ticket, in order.
Index("ix_audit_log_subject_id", audit_log.c.subject, audit_log.c.id)

# Durable work. `key` names the work: of several with one key only the first is stored.
jobs = Table(
    "jobs",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("kind", String(60), nullable=False),
    Column("key", String(200), nullable=False, unique=True),
    Column("lane", String(30), nullable=False),
    Column("group_id", String(60)),
    Column("subject", String(120), index=True),
    Column("priority", Integer, nullable=False),
    Column("payload", JsonColumn, nullable=False),
    Column("state", String(10), nullable=False),
    # When it may be taken: its time, the next try, or the end of the running lease.
    Column("due_at", UtcDateTime, nullable=False),
    # due_at moved back by the priority: the order of the queue.
    Column("rank_at", UtcDateTime, nullable=False),
    Column("give_up_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("refusals", Integer, nullable=False),
    Column("losses", Integer, nullable=False),
    Column("lease_token", _ID),
    Column("leased_by", String(100)),
    Column("error", String(500)),
    Column("result", JsonColumn),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    CheckConstraint("state IN ('todo', 'done', 'dead', 'discarded')", name="state"),
)
# Workers read only what is to do, however much is done: in its order, when the next one is due,
# and what waits for the same receiver. What a worker has no room for is passed over within the
# index, however much of it waits. The condition stands in queries word for word: as a parameter it
# could be anything, and no partial index would do.
JOB_IS_TODO = text("jobs.state = 'todo'")
for _name, _columns in {
    "rank_at": ("rank_at", "due_at", "kind", "lane", "group_id"),
    "due_at": ("due_at", "kind", "lane", "group_id"),
    "group_id": ("group_id", "due_at"),
}.items():
    Index(
        f"ix_jobs_todo_{_name}",
        *(jobs.c[_column] for _column in _columns),
        sqlite_where=text("state = 'todo'"),
        postgresql_where=text("state = 'todo'"),
    )
Index("ix_jobs_state_id", jobs.c.state, jobs.c.id)
Index("ix_jobs_group_id_id", jobs.c.group_id, jobs.c.id)

# Receivers of signed webhooks. The signing secrets are derived, never stored: see handoff/webhooks.
webhooks = Table(
    "webhooks",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("url", String(2000), nullable=False),
    Column("description", String(200), nullable=False),
    Column("events", JsonColumn, nullable=False),
    Column("active", Boolean, nullable=False),
    # Why it was switched off by us, such as an answer 410; None when a person decides.
    Column("disabled_reason", String(60)),
    Column("keys", JsonColumn, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("created_by", _ID),
)
