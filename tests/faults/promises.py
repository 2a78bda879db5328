"""The promises under attack: one sentence each, what it means and how it is attacked."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Promise(StrEnum):
    """What Babeldesk promises, in the words of the report."""

    STORED = "No acknowledged message is lost"
    ONCE = "No message is stored twice"
    ORDER = "Order is kept, without gaps"
    TICKET = "An episode that needs a person ends in exactly one ticket"
    TRANSCRIPT = "The ticket shows the whole conversation"
    TAKEOVER = "The bot never talks over a person"
    ONE_OWNER = "Two agents never own one conversation"
    ANSWERED = "Every message is answered or becomes a ticket"
    JOBS = "Follow-up work is neither lost nor done twice"
    DELIVERIES = "Other systems hear of every event, and can tell repeats"
    FENCED = "A process that was stopped or late cannot overwrite"
    CLIENTS = "Clients see every event once and in order"
    BUS = "Losing the bus costs delay, not data"
    REFUSES = "Disk full or database away: refused, never a lie"
    OVERLOAD = "Overload is bounded and ends by itself"
    ROLLING = "A rolling restart loses nothing"
    SCHEDULE = "Timers fire once, whatever the clocks say"
    PROOF = "The proof notices a broken promise"


# Promise -> (what is meant, how it is attacked). Markdown, one paragraph each.
MEANING: Final[Mapping[Promise, tuple[str, str]]] = {
    Promise.STORED: (
        "What the API answered with 200 or 201 is in the log afterwards, word for word.",
        "Clients keep every acknowledgement; the judge looks each one up after the last fault.",
    ),
    Promise.ONCE: (
        "One `client_id` is one event, however often the client had to send it.",
        "Clients send again, with the same id, after every error, cut connection and time limit; "
        "replies are cut off after the commit.",
    ),
    Promise.ORDER: (
        "The log of a conversation is numbered 1, 2, 3 and so on, and a visitor's messages stand "
        "in it in the order of sending.",
        "The numbers of every conversation are read from the database after the last fault.",
    ),
    Promise.TICKET: (
        "One handoff, one ticket: not none and not two.",
        "Handoffs, repeated turns and kills between any two steps; the log's handoffs are counted "
        "against the tickets.",
    ),
    Promise.TRANSCRIPT: (
        "A ticket points at a range of the log, and that range holds all that was said.",
        "The range of every ticket is compared with the log, the agent's view with both.",
    ),
    Promise.TAKEOVER: (
        "From the moment an agent has joined until she hands back, the bot says nothing.",
        "Takeovers race answers that are under way; the log is read for a word of the bot between "
        "joining and leaving.",
    ),
    Promise.ONE_OWNER: (
        "Of many who take a ticket at the same time one gets it.",
        "Agents claim the same tickets through different gateways at the same time.",
    ),
    Promise.ANSWERED: (
        "Whatever a visitor wrote gets an answer of the bot or stands in a ticket.",
        "Brains are killed, stopped, slowed down and made to talk nonsense under load.",
    ),
    Promise.JOBS: (
        "A job that was written with a change is done, and its effect counts once.",
        "Workers are killed and stopped for longer than their leases; nothing may be left to do.",
    ),
    Promise.DELIVERIES: (
        "Every event reaches the receiver at least once under its id, so that a receiver who "
        "remembers ids acts exactly once.",
        "A receiver answers 500 now and then, or acts and cuts the connection before answering.",
    ),
    Promise.FENCED: (
        "Whoever lost its lease while it slept writes nothing when it wakes.",
        "SIGSTOP for longer than a lease, then SIGCONT.",
    ),
    Promise.CLIENTS: (
        "A client that resumes from its cursor ends up with the log, without gap or repeat.",
        "Long polls and event streams are cut together with their gateway; what they showed is "
        "compared with the public log.",
    ),
    Promise.BUS: (
        "Without the bus other gateways learn of an event later, not never.",
        "The Redis server is killed under load and stays away for a while.",
    ),
    Promise.REFUSES: (
        "What cannot be stored is answered 503 with Retry-After, never 201.",
        "The database is killed, its network cut, its disk filled.",
    ),
    Promise.OVERLOAD: (
        "Ten times the usual load is answered with 429 or 503 and Retry-After, in bounded memory, "
        "and nobody has to restart anything.",
        "A burst of ten times the load; memory, answers and the time until all is quiet.",
    ),
    Promise.ROLLING: (
        "Every process can be replaced in turn while visitors write.",
        "Gateways, brains, Redis and PostgreSQL are restarted in turn, twice, under load.",
    ),
    Promise.SCHEDULE: (
        "A slot of a schedule is done once by whichever process comes first.",
        "One of two workers lives an hour ahead.",
    ),
    Promise.PROOF: (
        "These tests fail when a promise is broken.",
        "Mutants: the code is changed in a copy so that one promise breaks; a test must fail.",
    ),
}
