"""An action endpoint that runs `rasa_sdk` actions in this process instead of over HTTP.

It keeps the two answers of an action server that Rasa acts on: 400 when an action refuses to run
(forms rely on it) and 404 when the action is unknown.
"""

from __future__ import annotations

import json as jsonlib
from typing import Any

from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

ACTIONS_PACKAGE = "actions"


class InProcessActions(EndpointConfig):  # type: ignore[misc]  # Rasa has no type information
    """Stands where Rasa expects the HTTP endpoint of an action server."""

    def __init__(self, *, executor: ActionExecutor | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("url", "inprocess://actions")
        # Our actions read texts from the catalogue, never the domain; sending it costs 1 ms.
        kwargs.setdefault("enable_selective_domain", True)
        super().__init__(**kwargs)
        self._executor = executor

    @property
    def executor(self) -> ActionExecutor:
        """Gives the executor; the actions package is imported at the first use."""
        if self._executor is None:
            from actions import services
            from bot.brain.services import install_services

            if not services.has_services():
                install_services()
            self._executor = ActionExecutor()
            self._executor.register_package(ACTIONS_PACKAGE)
        return self._executor

    async def request(
        self,
        method: str = "post",
        subpath: str | None = None,
        content_type: str | None = "application/json",
        compress: bool = False,
        json: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Runs the action named in `json["next_action"]` and gives its events and responses."""
        try:
            return await self.executor.run(json)
        except ActionExecutionRejection as error:
            body = {"error": error.message, "action_name": error.action_name}
            raise ClientResponseError(400, "rejected", jsonlib.dumps(body)) from error
        except ActionNotFoundException as error:
            raise ClientResponseError(404, "not found", error.message) from error

    def copy(self) -> InProcessActions:
        """Gives an endpoint that shares this one's actions."""
        return InProcessActions(executor=self._executor, url=self.url, **self.kwargs)
