"""Refusals and failures of the handoff core, one family with stable codes.

    HandoffError
    +-- MessageError
    |   +-- MessageEmpty              message_empty
    |   +-- MessageTooLong            message_too_long
    |   +-- ClientIdReused            client_id_reused
    |   `-- ClientIdInvalid           client_id_invalid
    +-- ContactInvalid                contact_invalid
    +-- LanguageInvalid               language_invalid
    +-- PriorityInvalid               priority_invalid
    +-- ConversationNotFound          conversation_not_found
    |   `-- NotYours                  conversation_not_found (the edge must not tell them apart)
    +-- TicketNotFound                ticket_not_found
    +-- FieldInvalid                  field_invalid
    +-- LinkInvalid                   link_invalid
    +-- TicketMergeRefused            ticket_merge_refused
    +-- NothingToUndo                 nothing_to_undo
    +-- TransitionRefused
    |   +-- AlreadyTaken              already_taken
    |   +-- NotAssignee               not_assignee
    |   `-- InvalidTransition         invalid_transition
    +-- AccountError
    |   +-- BadCredentials            bad_credentials
    |   +-- LoginThrottled            login_throttled
    |   +-- LinkExpired               link_expired
    |   +-- SessionInvalid            session_invalid
    |   +-- CsrfMismatch              csrf_mismatch
    |   +-- RoleNotAllowed            role_not_allowed
    |   +-- PasswordTooWeak           password_too_weak
    |   +-- EmailTaken                email_taken
    |   +-- UserNotFound              user_not_found
    |   `-- UserInvalid               user_invalid
    +-- CustomerError
    |   +-- CustomerNotFound          customer_not_found
    |   +-- CustomerInvalid           customer_invalid
    |   +-- IdentityTaken             identity_taken
    |   +-- MergeNotFound             merge_not_found
    |   `-- MergeRefused              merge_refused
    +-- RulesError
    |   +-- RuleInvalid               rule_invalid
    |   +-- RuleNotFound              rule_not_found
    |   +-- MacroNotFound             macro_not_found
    |   +-- ReplyNotFound             reply_not_found
    |   +-- ShortcutTaken             shortcut_taken
    |   +-- ReplyHasGaps              reply_has_gaps
    |   `-- ActionRefused             action_refused
    +-- WorkError
    |   +-- JobNotFound               job_not_found
    |   +-- JobSettled                job_settled
    |   +-- WebhookNotFound           webhook_not_found
    |   `-- WebhookInvalid            webhook_invalid
    +-- VersionConflict               precondition_failed
    +-- TokenProblem
    |   +-- TokenNotFound             token_not_found
    |   +-- TokenFieldInvalid         token_field_invalid
    |   `-- ScopeMissing              scope_missing
    +-- IdempotencyError
    |   +-- IdempotencyKeyInvalid     idempotency_key_invalid
    |   +-- IdempotencyKeyReused      idempotency_key_reused
    |   +-- IdempotencyInProgress     idempotency_in_progress
    |   `-- IdempotencyAnswerGone     idempotency_answer_gone
    `-- StoreUnavailable              store_unavailable

The text of an error is for logs and developers. What people read comes from catalogues by code.
"""

from __future__ import annotations

from typing import ClassVar


class HandoffError(Exception):
    """Base of every error that this package raises on purpose."""

    code: ClassVar[str] = "handoff_error"


class MessageError(HandoffError):
    """A message that cannot be stored as it was sent."""

    code = "message_invalid"


class MessageEmpty(MessageError):
    """A message without any visible text."""

    code = "message_empty"

    def __str__(self) -> str:
        return "the message has no text"


class MessageTooLong(MessageError):
    """A message over the limit; `length` and `limit` are in characters (code points)."""

    code = "message_too_long"

    def __init__(self, *, length: int, limit: int) -> None:
        super().__init__(length, limit)
        self.length = length
        self.limit = limit

    def __str__(self) -> str:
        return f"the message has {self.length} characters, at most {self.limit} are accepted"


class ClientIdReused(MessageError):
    """The client's id already belongs to a message with other content."""

    code = "client_id_reused"

    def __init__(self, client_id: str) -> None:
        super().__init__(client_id)
        self.client_id = client_id

    def __str__(self) -> str:
        return f"client_id {self.client_id!r} was used for another message"


class ClientIdInvalid(MessageError):
    """The client's id is empty, too long or has characters outside printable ASCII."""

    code = "client_id_invalid"

    def __str__(self) -> str:
        return "client_id must have 1 to 100 printable ASCII characters"


class ContactInvalid(HandoffError):
    """Contact details that cannot be right; `field` is `email` or `name`."""

    code = "contact_invalid"

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field

    def __str__(self) -> str:
        return f"the contact's {self.field} is not usable"


class LanguageInvalid(HandoffError):
    """A text that is not a language tag."""

    code = "language_invalid"

    def __init__(self, language: str) -> None:
        super().__init__(language)
        self.language = language

    def __str__(self) -> str:
        return f"{self.language[:40]!r} is not a language tag"


class PriorityInvalid(HandoffError):
    """A priority outside 1 to 5, or an override without a reason; `field` says which."""

    code = "priority_invalid"

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field

    def __str__(self) -> str:
        return f"the priority's {self.field} is not usable"


class ConversationNotFound(HandoffError):
    """No conversation has this id, or the caller may not see it."""

    code = "conversation_not_found"

    def __init__(self, conversation_id: str) -> None:
        super().__init__(conversation_id)
        self.conversation_id = conversation_id

    def __str__(self) -> str:
        return f"there is no conversation {self.conversation_id!r}"


class NotYours(ConversationNotFound):
    """The conversation belongs to another visitor.

    Same code and text as an unknown id, so that the edge cannot give away which ids exist; the
    type lets logs and tests tell the two apart.
    """


class TicketNotFound(HandoffError):
    """No ticket has this number, or the caller may not see it."""

    code = "ticket_not_found"

    def __init__(self, number: str) -> None:
        super().__init__(number)
        self.number = number

    def __str__(self) -> str:
        return f"there is no ticket {self.number!r}"


class FieldInvalid(HandoffError):
    """A value that a ticket's field cannot have; `field` and `problem` say which and why."""

    code = "field_invalid"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(field, problem)
        self.field = field
        self.problem = problem

    def __str__(self) -> str:
        return f"the ticket's {self.field[:60]} {self.problem}"


class LinkInvalid(HandoffError):
    """Two tickets that cannot be linked so."""

    code = "link_invalid"

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return self.problem


class TicketMergeRefused(HandoffError):
    """Two tickets that cannot be merged; `reason` is same_ticket, other_customer, target_done."""

    code = "ticket_merge_refused"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return {
            "same_ticket": "a ticket cannot be merged into itself",
            "other_customer": "the tickets are of different customers; force it if that is meant",
            "target_done": "the ticket to merge into is done; reopen it first",
        }[self.reason]


class NothingToUndo(HandoffError):
    """There is no merge or split of this ticket that can still be taken back."""

    code = "nothing_to_undo"

    def __init__(self, number: str) -> None:
        super().__init__(number)
        self.number = number

    def __str__(self) -> str:
        return f"ticket {self.number} has no merge or split that can still be taken back"


class TransitionRefused(HandoffError):
    """The conversation or ticket is not in a state that allows the act."""

    code = "invalid_transition"


class AlreadyTaken(TransitionRefused):
    """Another agent has the conversation; `agent_id` and `agent_name` say who."""

    code = "already_taken"

    def __init__(self, *, agent_id: str | None, agent_name: str | None) -> None:
        super().__init__(agent_id, agent_name)
        self.agent_id = agent_id
        self.agent_name = agent_name

    def __str__(self) -> str:
        return f"{self.agent_name or 'another agent'} already has this conversation"


class NotAssignee(TransitionRefused):
    """Only the agent who has the conversation may do this; `agent_name` says who that is."""

    code = "not_assignee"

    def __init__(self, *, agent_id: str | None, agent_name: str | None) -> None:
        super().__init__(agent_id, agent_name)
        self.agent_id = agent_id
        self.agent_name = agent_name

    def __str__(self) -> str:
        return f"only the assigned agent may do this ({self.agent_name or 'nobody is assigned'})"


class InvalidTransition(TransitionRefused):
    """The act does not fit the state; `act` and `state` name both."""

    code = "invalid_transition"

    def __init__(self, *, act: str, state: str) -> None:
        super().__init__(act, state)
        self.act = act
        self.state = state

    def __str__(self) -> str:
        return f"{self.act} is not possible while the state is {self.state}"


class AccountError(HandoffError):
    """Logging in, sessions, links and roles."""

    code = "account_error"


class BadCredentials(AccountError):
    """E-mail and password do not belong together; never says which of the two is wrong."""

    code = "bad_credentials"

    def __str__(self) -> str:
        return "e-mail or password is wrong"


class LoginThrottled(AccountError):
    """Too many failures for this e-mail and address; try again after `retry_after_s` seconds."""

    code = "login_throttled"

    def __init__(self, *, retry_after_s: float) -> None:
        super().__init__(retry_after_s)
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        return f"too many failed logins, retry in {self.retry_after_s:.0f} s"


class LinkExpired(AccountError):
    """The one-time link is unknown, used or too old."""

    code = "link_expired"

    def __str__(self) -> str:
        return "the link is unknown, was already used or is too old"


class SessionInvalid(AccountError):
    """The session token is unknown, ended or expired."""

    code = "session_invalid"

    def __str__(self) -> str:
        return "the session is unknown or has ended"


class CsrfMismatch(AccountError):
    """The request does not carry the token that belongs to its session."""

    code = "csrf_mismatch"

    def __str__(self) -> str:
        return "the request's CSRF token does not belong to its session"


class RoleNotAllowed(AccountError):
    """The user's role does not include this act."""

    code = "role_not_allowed"

    def __init__(self, *, role: str, act: str) -> None:
        super().__init__(role, act)
        self.role = role
        self.act = act

    def __str__(self) -> str:
        return f"role {self.role} may not {self.act}"


class PasswordTooWeak(AccountError):
    """The password breaks a rule; `rule` is `too_short`, `too_long` or `too_common`."""

    code = "password_too_weak"

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule

    def __str__(self) -> str:
        return f"the password is refused: {self.rule}"


class EmailTaken(AccountError):
    """Another user has this e-mail address."""

    code = "email_taken"

    def __init__(self, email: str) -> None:
        super().__init__(email)
        self.email = email

    def __str__(self) -> str:
        return f"a user with e-mail {self.email!r} exists"


class UserNotFound(AccountError):
    """No active user has this id or e-mail."""

    code = "user_not_found"

    def __init__(self, who: str) -> None:
        super().__init__(who)
        self.who = who

    def __str__(self) -> str:
        return f"there is no active user {self.who!r}"


class UserInvalid(AccountError):
    """A user's field is not usable; `field` is `name`, `email` or `role`."""

    code = "user_invalid"

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field

    def __str__(self) -> str:
        return f"the user's {self.field} is not usable"


class CustomerError(HandoffError):
    """About customer records."""

    code = "customer_error"


class CustomerNotFound(CustomerError):
    """No customer record has this id."""

    code = "customer_not_found"

    def __init__(self, customer_id: str) -> None:
        super().__init__(customer_id)
        self.customer_id = customer_id

    def __str__(self) -> str:
        return f"there is no customer {self.customer_id[:40]!r}"


class CustomerInvalid(CustomerError):
    """A change of a customer record that cannot be stored; `field` says what is wrong."""

    code = "customer_invalid"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(field, problem)
        self.field = field
        self.problem = problem

    def __str__(self) -> str:
        return f"the customer's {self.field} {self.problem}"


class IdentityTaken(CustomerError):
    """Another customer has shown that the identity is hers; `customer_id` says who."""

    code = "identity_taken"

    def __init__(self, customer_id: str) -> None:
        super().__init__(customer_id)
        self.customer_id = customer_id

    def __str__(self) -> str:
        return f"the identity is customer {self.customer_id}'s; merge the two if they are one"


class MergeNotFound(CustomerError):
    """No merge has this id."""

    code = "merge_not_found"

    def __init__(self, merge_id: str) -> None:
        super().__init__(merge_id)
        self.merge_id = merge_id

    def __str__(self) -> str:
        return f"there is no merge {self.merge_id[:40]!r}"


class MergeRefused(CustomerError):
    """Two records that cannot be merged, or a merge that cannot be undone, as they are now."""

    code = "merge_refused"

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return self.problem


class RulesError(HandoffError):
    """About rules, macros and canned replies."""

    code = "rules_error"


class RuleInvalid(RulesError):
    """A rule, macro or canned reply that makes no sense; `where` is the place of the mistake."""

    code = "rule_invalid"

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(where, problem)
        self.where = where
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}"


class RuleNotFound(RulesError):
    """No rule has this id."""

    code = "rule_not_found"

    def __init__(self, rule_id: str) -> None:
        super().__init__(rule_id)
        self.rule_id = rule_id

    def __str__(self) -> str:
        return f"there is no rule {self.rule_id[:40]!r}"


class MacroNotFound(RulesError):
    """No macro has this id."""

    code = "macro_not_found"

    def __init__(self, macro_id: str) -> None:
        super().__init__(macro_id)
        self.macro_id = macro_id

    def __str__(self) -> str:
        return f"there is no macro {self.macro_id[:40]!r}"


class ReplyNotFound(RulesError):
    """No canned reply has this id."""

    code = "reply_not_found"

    def __init__(self, reply_id: str) -> None:
        super().__init__(reply_id)
        self.reply_id = reply_id

    def __str__(self) -> str:
        return f"there is no canned reply {self.reply_id[:40]!r}"


class ShortcutTaken(RulesError):
    """Another canned reply has this shortcut."""

    code = "shortcut_taken"

    def __init__(self, shortcut: str) -> None:
        super().__init__(shortcut)
        self.shortcut = shortcut

    def __str__(self) -> str:
        return f"there is a canned reply {self.shortcut!r} already"


class ReplyHasGaps(RulesError):
    """A canned reply that cannot be filled in; `variables` have no value, or no language fits."""

    code = "reply_has_gaps"

    def __init__(self, variables: tuple[str, ...]) -> None:
        super().__init__(variables)
        self.variables = variables

    def __str__(self) -> str:
        if not self.variables:
            return "there is no text in any language that fits"
        return f"there is no value for {', '.join(self.variables)}"


class ActionRefused(RulesError):
    """A macro that cannot be applied as a whole; nothing was done. `reason` says why."""

    code = "action_refused"

    def __init__(self, action: str, reason: str) -> None:
        super().__init__(action, reason)
        self.action = action
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.action} is refused: {self.reason}"


class WorkError(HandoffError):
    """About durable work."""

    code = "work_error"


class JobNotFound(WorkError):
    """No job has this id."""

    code = "job_not_found"

    def __init__(self, job_id: str) -> None:
        super().__init__(job_id)
        self.job_id = job_id

    def __str__(self) -> str:
        return f"there is no job {self.job_id[:40]!r}; it may have been trimmed"


class JobSettled(WorkError):
    """The job is done or discarded already, so it cannot be discarded."""

    code = "job_settled"

    def __init__(self, job_id: str, state: str) -> None:
        super().__init__(job_id, state)
        self.job_id = job_id
        self.state = state

    def __str__(self) -> str:
        return f"job {self.job_id} is {self.state}; only one that is to do or dead can be discarded"


class WebhookNotFound(WorkError):
    """No webhook has this id."""

    code = "webhook_not_found"

    def __init__(self, webhook_id: str) -> None:
        super().__init__(webhook_id)
        self.webhook_id = webhook_id

    def __str__(self) -> str:
        return f"there is no webhook {self.webhook_id[:40]!r}"


class WebhookInvalid(WorkError):
    """A webhook that cannot be stored as it was given; `field` says what is wrong."""

    code = "webhook_invalid"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(field, problem)
        self.field = field
        self.problem = problem

    def __str__(self) -> str:
        return f"the webhook's {self.field} {self.problem}"


class VersionConflict(HandoffError):
    """Somebody else changed it meanwhile; `current` is the version that is there now."""

    code = "precondition_failed"

    def __init__(self, current: int) -> None:
        super().__init__(current)
        self.current = current

    def __str__(self) -> str:
        return f"it was changed meanwhile and has version {self.current} now"


class TokenProblem(HandoffError):
    """About API tokens."""

    code = "token_problem"


class TokenNotFound(TokenProblem):
    """No API token has this id, or the caller may not see it."""

    code = "token_not_found"

    def __init__(self, token_id: str) -> None:
        super().__init__(token_id)
        self.token_id = token_id

    def __str__(self) -> str:
        return f"there is no API token {self.token_id[:40]!r}"


class TokenFieldInvalid(TokenProblem):
    """An API token that cannot be made as it was asked for; `field` says what is wrong."""

    code = "token_field_invalid"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(field, problem)
        self.field = field
        self.problem = problem

    def __str__(self) -> str:
        return f"the API token's {self.field} {self.problem}"


class ScopeMissing(TokenProblem):
    """The API token does not hold the scope that the call needs, though its owner's role does."""

    code = "scope_missing"

    def __init__(self, scope: str) -> None:
        super().__init__(scope)
        self.scope = scope

    def __str__(self) -> str:
        return f"the API token lacks the scope {self.scope}"


class IdempotencyError(HandoffError):
    """About calls that carry an Idempotency-Key."""

    code = "idempotency_error"


class IdempotencyKeyInvalid(IdempotencyError):
    """An Idempotency-Key that is empty, too long or has other than printable ASCII."""

    code = "idempotency_key_invalid"

    def __str__(self) -> str:
        return "Idempotency-Key must have 1 to 255 printable ASCII characters"


class IdempotencyKeyReused(IdempotencyError):
    """The caller used this Idempotency-Key within a day for another call."""

    code = "idempotency_key_reused"

    def __str__(self) -> str:
        return "this Idempotency-Key was used for another call; make a new key for a new call"


class IdempotencyAnswerGone(IdempotencyError):
    """The first call took effect, but its answer was not kept; it is not done again.

    Either the process ended between effect and answer, or the answer held a secret that is shown
    once.
    """

    code = "idempotency_answer_gone"

    def __str__(self) -> str:
        return "the call with this Idempotency-Key took effect, its answer is gone; read the result"


class IdempotencyInProgress(IdempotencyError):
    """A call with the same Idempotency-Key is being worked on; try again after `retry_after_s`."""

    code = "idempotency_in_progress"

    def __init__(self, *, retry_after_s: float) -> None:
        super().__init__(retry_after_s)
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        return "a call with this Idempotency-Key is being worked on"


class StoreUnavailable(HandoffError):
    """The database cannot take the work now: locked, full, unreachable or out of connections.

    Nothing was stored. The edge answers 503 with `retry_after_s`; the caller keeps its text and
    tries again with the same client_id.
    """

    code = "store_unavailable"

    def __init__(self, reason: str, *, retry_after_s: float = 2.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        return f"the database is not available: {self.reason}"
