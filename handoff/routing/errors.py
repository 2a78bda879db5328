"""Refusals of queues and routing.

HandoffError
+-- TeamNotFound                  team_not_found
+-- ViewNotFound                  view_not_found
+-- TeamNameTaken                 team_name_taken
+-- StaffingInvalid               staffing_invalid
+-- ViewInvalid                   view_invalid
`-- EscalationRefused             escalation_refused
"""

from __future__ import annotations

from handoff.errors import HandoffError


class TeamNotFound(HandoffError):
    """No team has this id."""

    code = "team_not_found"

    def __init__(self, team_id: str) -> None:
        super().__init__(team_id)
        self.team_id = team_id

    def __str__(self) -> str:
        return f"there is no team {self.team_id[:40]!r}"


class ViewNotFound(HandoffError):
    """No view has this id, or it is somebody else's and not shared."""

    code = "view_not_found"

    def __init__(self, view_id: str) -> None:
        super().__init__(view_id)
        self.view_id = view_id

    def __str__(self) -> str:
        return f"there is no view {self.view_id[:40]!r}"


class TeamNameTaken(HandoffError):
    """Another team has this name."""

    code = "team_name_taken"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"a team named {self.name!r} exists"


class StaffingInvalid(HandoffError):
    """A team or profile that cannot be stored; `field` and `problem` say what is wrong."""

    code = "staffing_invalid"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(field, problem)
        self.field = field
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.field} {self.problem}"


class ViewInvalid(HandoffError):
    """A view that cannot be stored or shown; `field` and `problem` say what is wrong."""

    code = "view_invalid"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(field, problem)
        self.field = field
        self.problem = problem

    def __str__(self) -> str:
        return f"the view's {self.field} {self.problem}"


class EscalationRefused(HandoffError):
    """The ticket cannot go to a higher tier; `problem` says why."""

    code = "escalation_refused"

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"the ticket cannot be escalated: {self.problem}"
