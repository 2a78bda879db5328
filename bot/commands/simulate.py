"""`babeldesk simulate`: a day with this desk's own promises and rules, before it happens."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bot.hours import read_service
from bot.settings import Settings
from bot.simulation.day import live
from bot.simulation.figures import day_figures
from bot.simulation.people import LANGUAGES, draw_requests, draw_workers
from handoff.routing.model import OrderPolicy

# An ordinary Monday; the clock stops at noon of the next day, for what came in the night.
DAY: Final = (2026, 11, 23)
STOPS_AFTER: Final = timedelta(hours=36)
USUAL_VALUES: Final = {"silver": 1.0, "gold": 3.0}


def simulate(
    settings: Settings, *, agents: int, tickets: int, seed: int, policies: Sequence[OrderPolicy]
) -> dict[str, Any]:
    """Gives the figures of one drawn day under each policy; the same seed gives the same figures.

    Raises:
        StartError: `bad_service_file`.
    """
    service = read_service(settings.paths)
    engine = service.engine()
    zone = service.calendar_for(settings.brain.market).zone
    midnight = datetime(*DAY, tzinfo=zone)
    until = midnight + STOPS_AFTER
    chance = random.Random(seed)
    requests = draw_requests(tickets, midnight=midnight, chance=chance)
    workers = draw_workers(agents, midnight=midnight, chance=chance)
    found = {}
    for order in policies:
        day = live(
            requests,
            workers,
            engine=engine,
            policy=dataclasses.replace(service.routing.policy, order=order),
            values=service.routing.value or USUAL_VALUES,
            capacity=service.routing.capacity,
            until=until,
        )
        found[order.value] = day_figures(day, engine, midnight=midnight, until=until)
    return {
        "agents": agents,
        "tickets": tickets,
        "seed": seed,
        "day": midnight.date().isoformat(),
        "zone": zone.key,
        "policies": found,
    }


def simulation_text(data: dict[str, Any]) -> str:
    """Writes the figures for people: the first policy whole, then all of them side by side."""
    policies: dict[str, Any] = data["policies"]
    name, first = next(iter(policies.items()))
    lines = [
        f"{data['tickets']} tickets and {data['agents']} agents on {data['day']} "
        f"({data['zone']}), seed {data['seed']}",
        "Waits are working minutes from the opening to the first answer of a person.",
        "",
        f"Policy {name}",
        "",
        "priority      n    p50    p90",
        *(_row(level, wait) for level, wait in first["wait_by_priority"].items()),
        "",
        "language      n    p50    p90  own language  first answer in time",
        *(
            _row(language, wait)
            + f"  {_percent(first['own_language'][language]):>12}"
            + f"  {_percent(first['sla_first_response_by_language'][language]['met_share']):>20}"
            for language, wait in first["wait_by_language"].items()
            if wait["n"]
        ),
        "",
        "promise           met  broken  kept",
        *(
            f"{metric:<15} {sla['met']:>5}  {sla['breached']:>6}  {_percent(sla['met_share'])}"
            for metric, sla in first["sla"].items()
        ),
        "",
        "Languages within a priority: the longest median wait by the shortest",
        *(
            f"  {level}: {one['ratio']:g} ({one['longest']} against {one['shortest']})"
            for level, one in first["fairness"]["ratio_by_priority"].items()
        ),
        f"  Jain's index {first['fairness']['jain']:g} (1 = all languages wait alike, "
        f"{1 / len(LANGUAGES):.2f} = one waits alone)",
        "",
        "policy        p50    p90   P1 p90  first in time  broken  used  Jain",
        *(_compared(order, found) for order, found in policies.items()),
    ]
    return "\n".join(lines)


def save_pictures(data: dict[str, Any], folder: Path) -> list[Path]:
    """Draws the figures as SVG; gives the files."""
    from bot.charts import save_groups, save_lines

    policies: dict[str, Any] = data["policies"]
    first = next(iter(policies.values()))

    def hours(found: dict[str, Any]) -> list[tuple[float, float]]:
        moments = [(datetime.fromisoformat(at), n) for at, n in found["backlog"]]
        begins = moments[0][0].replace(hour=0, minute=0, second=0, microsecond=0)
        return [((at - begins).total_seconds() / 3600, float(n)) for at, n in moments]

    files = [folder / name for name in ("wait-by-priority.svg", "wait-by-language.svg",
                                        "backlog.svg")]  # fmt: skip
    save_groups(
        files[0],
        {
            name: {level: wait["p90"] for level, wait in found["wait_by_priority"].items()}
            for name, found in policies.items()
        },
        label="Nine of ten are answered within (working minutes)",
        title="What each order means for each priority",
    )
    save_groups(
        files[1],
        {
            part: {
                language: wait[key]
                for language, wait in first["wait_by_language"].items()
                if wait["n"]
            }
            for part, key in (("half of them", "p50"), ("nine of ten", "p90"))
        },
        label="Answered within (working minutes)",
        title=f"How long each language waits ({next(iter(policies))})",
    )
    save_lines(
        files[2],
        {name: hours(found) for name, found in policies.items()},
        labels=("Hour, counted from midnight", "Tickets that nobody has"),
        title="The queue over the day",
    )
    return files


def _row(name: str, wait: dict[str, Any]) -> str:
    return f"{name:<9} {wait['n']:>5}  {_minutes(wait['p50']):>5}  {_minutes(wait['p90']):>5}"


def _compared(name: str, found: dict[str, Any]) -> str:
    sla = found["sla"]
    broken = sum(one["breached"] for one in sla.values())
    urgent = found["wait_by_priority"]["P1"]["p90"]
    return (
        f"{name:<11} {_minutes(found['wait']['p50']):>5}  {_minutes(found['wait']['p90']):>5}"
        f"  {_minutes(urgent):>7}  {_percent(sla['first_response']['met_share']):>13}"
        f"  {broken:>6}  {_percent(found['utilisation']):>4}  {found['fairness']['jain']:g}"
    )


def _minutes(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"
