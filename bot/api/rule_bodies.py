"""The bodies of the API for rules, macros and canned replies.

Conditions and actions are as in the desk file (docs/rules.md); `handoff.rules.parsing` checks them
and names each mistake with its place.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from handoff.model import Json
from handoff.rules.model import Trigger

Action = dict[str, Any]
_ID = "01m8017st7b5xj44mwr62nnjpp"
_RULE: dict[str, Any] = {
    "name": "Refunds first",
    "events": ["ticket_opened", "visitor_message"],
    "when": {"all": [{"message": ["refund*"]}, {"not": {"tags": "handled"}}]},
    "then": [{"set_priority": {"level": 2, "reason": "Money"}}, {"add_tag": "refund"}],
    "stop": False,
}
_MACRO: dict[str, Any] = {
    "name": "Start a refund",
    "description": "Takes the ticket and tells the visitor.",
    "then": [{"assign": "me"}, {"reply": "refund_started"}],
}
_REPLY: dict[str, Any] = {
    "shortcut": "refund_started",
    "title": "Refund started",
    "texts": {"en": "{visitor.first_name|Hello}, your refund is on its way."},
}


def _example(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [example]})


class AfterBody(BaseModel):
    """When a rule about time is due: so long after `opened`, `waiting`, `quiet` or `solved`."""

    model_config = _example({"since": "waiting", "minutes": 60})

    since: Annotated[str, Field(max_length=20)]
    minutes: Annotated[float, Field(strict=True)]


class RuleBody(BaseModel):
    """A new rule; it goes behind all others."""

    model_config = _example(_RULE)

    name: Annotated[str, Field(max_length=200)]
    active: StrictBool = True
    events: Annotated[list[Trigger], Field(min_length=1, max_length=10)]
    after: AfterBody | None = None
    when: dict[str, Any] | None = None
    then: Annotated[list[Action], Field(min_length=1, max_length=20)]
    stop: StrictBool = False

    def data(self) -> dict[str, Json]:
        """The rule as plain data; what is null is left out."""
        return self.model_dump(mode="json", exclude_none=True)


class RuleChangeBody(BaseModel):
    """What to change; what is left out stays, and null takes `after` or `when` away."""

    model_config = _example({"active": False})

    name: Annotated[str, Field(max_length=200)] = ""
    active: StrictBool = True
    events: Annotated[list[Trigger], Field(max_length=10)] = []
    after: AfterBody | None = None
    when: dict[str, Any] | None = None
    then: Annotated[list[Action], Field(max_length=20)] = []
    stop: StrictBool = False

    def data(self) -> dict[str, Json]:
        """The fields that the caller named."""
        return self.model_dump(mode="json", exclude_unset=True)


class OrderBody(BaseModel):
    """Every rule's id, in the order in which rules are looked at."""

    model_config = _example({"ids": [_ID]})

    ids: Annotated[list[Annotated[str, Field(max_length=26)]], Field(max_length=200)]


class TrialBody(BaseModel):
    """What to try. Without `rule`, the stored rules; without `ticket`, the newest `last` ones.

    `events` is what is supposed to happen; everything by default.
    """

    model_config = _example({"ticket": "BD-1001", "events": ["visitor_message"]})

    rule: RuleBody | None = None
    ticket: Annotated[str | None, Field(max_length=30)] = None
    last: Annotated[int, Field(ge=1, le=200)] = 20
    events: Annotated[list[Trigger], Field(max_length=10)] = []


class RuleView(BaseModel):
    """A rule. `version` rises with each change; firings name it."""

    id: str
    name: str
    position: int
    active: bool
    events: list[Trigger]
    after: AfterBody | None = None
    when: dict[str, Any] | None = None
    then: list[Action]
    stop: bool
    version: int
    n_firings: int
    created_at: str
    updated_at: str


class RulesView(BaseModel):
    """All rules in their order."""

    rules: list[RuleView]


class StepView(BaseModel):
    """One action. `changes`: there is something to do. `refused`: why it is not possible."""

    action: str
    value: str
    changes: bool
    refused: str | None
    detail: dict[str, Any]


class FiringView(BaseModel):
    """A rule that fires. `depth` is 0 unless a change by another rule woke it."""

    rule_id: str
    name: str
    version: int
    trigger: Trigger
    depth: int
    steps: list[StepView]


class TrialView(BaseModel):
    """What rules would do to one ticket now.

    `missed`: rule id -> the place of the first condition that does not hold.
    """

    ticket: str
    firings: list[FiringView]
    missed: dict[str, str]
    stopped_by: str | None
    cut: bool


class TrialsView(BaseModel):
    """A dry run; nothing was changed."""

    trials: list[TrialView]


class FiringRecordView(BaseModel):
    """A firing that happened."""

    id: str
    rule_id: str
    rule_version: int
    ticket: str
    trigger: Trigger
    steps: list[StepView]
    at: str


class MacroBody(BaseModel):
    """A new macro: the actions of rules, and `assign: me`."""

    model_config = _example(_MACRO)

    name: Annotated[str, Field(max_length=200)]
    description: Annotated[str, Field(max_length=500)] = ""
    then: Annotated[list[Action], Field(min_length=1, max_length=20)]

    def data(self) -> dict[str, Json]:
        """The macro as plain data."""
        return self.model_dump(mode="json")


class MacroChangeBody(BaseModel):
    """What to change; what is left out stays."""

    model_config = _example({"description": "For refunds by card."})

    name: Annotated[str, Field(max_length=200)] = ""
    description: Annotated[str, Field(max_length=500)] = ""
    then: Annotated[list[Action], Field(max_length=20)] = []

    def data(self) -> dict[str, Json]:
        """The fields that the caller named."""
        return self.model_dump(mode="json", exclude_unset=True)


class MacroView(BaseModel):
    """A macro."""

    id: str
    name: str
    description: str
    then: list[Action]
    version: int
    n_used: int
    created_at: str
    updated_at: str


class MacrosView(BaseModel):
    """All macros, the most used first."""

    macros: list[MacroView]


class OnTicketBody(BaseModel):
    """Which ticket."""

    model_config = _example({"ticket": "BD-1001"})

    ticket: Annotated[str, Field(min_length=1, max_length=30)]


class MacroPreviewView(BaseModel):
    """What a macro would do now; `possible` is false if any step is refused."""

    macro_id: str
    version: int
    possible: bool
    steps: list[StepView]


class ReplyBody(BaseModel):
    """A new canned reply: a text per language, with variables such as `{ticket.number}`."""

    model_config = _example(_REPLY)

    shortcut: Annotated[str, Field(max_length=40)]
    title: Annotated[str, Field(max_length=200)] = ""
    texts: Annotated[dict[str, str], Field(min_length=1, max_length=50)]

    def data(self) -> dict[str, Json]:
        """The canned reply as plain data."""
        return self.model_dump(mode="json")


class ReplyChangeBody(BaseModel):
    """What to change; what is left out stays, `texts` are replaced as a whole."""

    model_config = _example({"title": "Refund is on its way"})

    shortcut: Annotated[str, Field(max_length=40)] = ""
    title: Annotated[str, Field(max_length=200)] = ""
    texts: Annotated[dict[str, str], Field(max_length=50)] = {}

    def data(self) -> dict[str, Json]:
        """The fields that the caller named."""
        return self.model_dump(mode="json", exclude_unset=True)


class ReplyView(BaseModel):
    """A canned reply."""

    id: str
    shortcut: str
    title: str
    texts: dict[str, str]
    version: int
    n_used: int
    created_at: str
    updated_at: str


class RepliesView(BaseModel):
    """Canned replies, the most used first."""

    replies: list[ReplyView]


class FilledView(BaseModel):
    """A text for one ticket, in the visitor's language."""

    text: str
    language: str
