"""The measured parts of docs/quality.md: tables against the levels aimed at, and pictures. Pure
apart from drawing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.charts import save_bars, save_coverage_error, save_reliability
from kb_index.evaluation import ReliabilityBin

UNSEEN = "-without-labels"
"""Behind the name of a set: measured with an encoder that never saw the labels of that set."""

Results = Mapping[str, Mapping[str, Any]]
CURVES = {
    "clinc150-k20": "150 intents, far questions refused",
    "clinc150-k20-half": "75 intents, near questions refused",
    "banking77-k10": "77 intents, nothing to refuse",
}
STATED = {
    "clinc150-k20": "150 intents",
    "banking77-k10": "77 intents",
    "support-titles-to-en": "support titles",
}
SETS = {
    "banking77-k3": "English, 77 entries of a name and 3 phrasings",
    "banking77-k10": "the same with 10 phrasings",
    "banking77-k10-typos": "the same, a typing error in a third of the longer words",
    "clinc150-k20": "English, 150 entries of a name and 20 phrasings, out-of-scope questions",
    "clinc150-k20-half": "every second of these entries, questions of the others are unanswerable",
    "support-titles-to-en": "titles in 22 languages against 651 English titles",
    "support-titles-to-en-typos": "the same in de, el, es, ru, tr with typing errors",
    "scratch-questions-to-en": "questions in 29 languages against 93 English ones",
    "xsid-to-en": "spoken commands in 10 languages against 15 English intents",
    "scratch-questions-to-answers": "questions against answers in their own language",
    "support-bodies": "titles against the beginnings of answers, same language, 22 languages",
}


@dataclass(frozen=True, slots=True)
class Level:
    """A level aimed at: at least `aim`, or at most where lower is better; None aims at nothing.

    Attributes:
        figure: Path of the figure in the result of the set, joined by dots; a path that begins with
            `thirty`, `conversations` or `total` is looked up beside the summary.
    """

    what: str
    aim: float | None
    name: str
    figure: str
    is_upper: bool = False


_FIRST, _MACRO = "summary.recall_at_1", "summary.macro.recall_at_1"
_WORST, _ECE = "summary.macro.worst_recall_at_1", "summary.ece"
_RIGHT_AT_5 = "summary.answered_right_at_5_percent_false"
LEVELS = (
    Level("language, 30 languages, mean", 0.975, "language-unseen", "thirty.macro"),
    Level("language, 1-2 words", 0.91, "language-unseen", "thirty.by_length.1-2"),
    Level(
        "language in conversations (30, page locale)", 0.98, "language-unseen",
        "conversations.30 languages, page locale.all",
    ),
    Level(
        "language in conversations (12, page locale)", 0.98, "language-unseen",
        "conversations.12 languages, page locale.all",
    ),
    Level("English FAQ, 3 phrasings per entry", 0.68, "banking77-k3", _FIRST),
    Level("English FAQ, 10 phrasings per entry", 0.77, "banking77-k10", _FIRST),
    Level("English FAQ, 10 phrasings, typing errors", 0.68, "banking77-k10-typos", _FIRST),
    Level("support titles X to English, mean", 0.92, "support-titles-to-en", _MACRO),
    Level("support titles X to English, worst language", 0.88, "support-titles-to-en", _WORST),
    Level("other domains X to English, help questions", 0.72, "scratch-questions-to-en", _MACRO),
    Level("other domains X to English, commands", 0.72, "xsid-to-en", _MACRO),
    Level("title to long answer, same language", 0.88, "support-bodies", _MACRO),
    Level("question to long answer, same language", 0.88, "scratch-questions-to-answers", _MACRO),
    Level("refusal, AUROC", 0.95, "clinc150-k20", "summary.auroc_refusal"),
    Level("answered right at 5 % false answers", 0.70, "clinc150-k20", _RIGHT_AT_5),
    Level("calibration error, 150 intents", 0.03, "clinc150-k20", _ECE, is_upper=True),
    Level("calibration error, 77 intents", 0.03, "banking77-k10", _ECE, is_upper=True),
    Level("calibration error, support titles", 0.03, "support-titles-to-en", _ECE, is_upper=True),
    Level("demo shop, answered rightly", 0.90, "demo", "total.right"),
    Level("demo shop, answered or offered rightly", 0.90, "demo", "total.right_or_offered"),
    Level("demo shop, off-topic refused", 0.90, "demo", "kinds.far.refused"),
    Level("demo shop, near misses refused", 0.90, "demo", "kinds.near.refused"),
    Level("demo shop, wrong language", 0.01, "demo", "total.wrong_language", is_upper=True),
)  # fmt: skip
OWN_THRESHOLD = "summary.false_answer_rate_at_own_threshold"


def levels(results: Results) -> str:
    """What is aimed at beside what is measured, with and without the labels of the set."""
    lines = ["| what | aim | labels never seen | shipped | | set |", "|---|---|---|---|---|---|"]
    for level in LEVELS:
        shipped, unseen = _both(results, level.name, level.figure)
        judged = shipped if unseen is None else unseen
        aim = (
            ""
            if level.aim is None
            else f"{'at most' if level.is_upper else 'at least'} {level.aim:g}"
        )
        lines.append(
            f"| {level.what} | {aim} | {_number(unseen)} | {_number(shipped)} | "
            f"{_verdict(level.aim, judged, not level.is_upper)} | {level.name} |"
        )
    shipped, unseen = _both(results, "clinc150-k20", OWN_THRESHOLD)
    judged = shipped if unseen is None else unseen
    verdict = "reached" if judged is not None and 0.04 <= judged <= 0.06 else "not reached"
    lines.append(
        "| false answers at the knowledge base's own threshold for 5 % | 0.04 to 0.06 | "
        f"{_number(unseen)} | {_number(shipped)} | {verdict} | clinc150-k20 |"
    )
    return "\n".join(lines)


def _both(results: Results, name: str, figure: str) -> tuple[float | None, float | None]:
    """A figure of what is shipped, and of a model that never saw the labels of that set."""
    if name.endswith("-unseen"):
        return None, _figure(results.get(name), figure)
    return _figure(results.get(name), figure), _figure(results.get(name + UNSEEN), figure)


def _figure(result: Any, path: str) -> float | None:
    for key in path.split("."):
        result = None if result is None else result.get(key)
    return None if result is None else float(result)


def sets(results: Results) -> str:
    """One row per set: ranking, refusal, calibration."""
    lines = [
        "| set | what | questions | right first | in 3 | in 10 | MRR | worst language | AUROC | "
        "right at 5 % false | ECE |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, what in _measured(results).items():
        row = results[name]["summary"]
        cells = [row[key] for key in ("recall_at_1", "recall_at_3", "recall_at_10", "mrr")]
        cells += [
            row["macro"].get("worst_recall_at_1") if len(results[name]["languages"]) > 1 else None
        ]
        cells += [row["auroc_refusal"], row["answered_right_at_5_percent_false"], row["ece"]]
        lines.append(f"| {name} | {what} | {row['n']:,} | {' | '.join(map(_number, cells))} |")
    return "\n".join(lines)


def _measured(results: Results) -> dict[str, str]:
    """The sets with what they are, each followed by itself without its labels."""
    found: dict[str, str] = {}
    for name, what in SETS.items():
        found[name] = what
        if name + UNSEEN in results:
            found[name + UNSEEN] = "the same, encoder without its labels"
    return found


def decisions(results: Results) -> str:
    """One row per set: what the product would do by itself."""
    columns = {
        "answered right": "answered_right", "answered wrong": "answered_wrong",
        "offered, right among them": "clarified_with_right", "asked to rephrase": "rephrased",
        "of its answers right": "answers_that_are_right",
        "unanswerable answered": "false_answer_rate",
    }  # fmt: skip
    lines = [f"| set | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for name in _measured(results):
        row = results[name]["summary"]
        cells = [_number(row[key]) for key in columns.values()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def language(results: Results) -> str:
    """Unseen folds beside the shipped model on the texts that it was trained on."""
    unseen, shipped = results["language-unseen"], results["language-shipped"]["summary"]
    lines = ["| | 1-2 words | 3-5 | 6-12 | 13+ | all |", "|---|---|---|---|---|---|"]
    for name, part in (("30 languages", unseen["thirty"]), ("12 languages", unseen["twelve"])):
        cells = [*part["by_length"].values(), part["macro"]]
        lines.append(f"| {name}, unseen folds | {' | '.join(map(_number, cells))} |")
    lengths = [row["macro_accuracy"] for row in shipped["lengths"].values()]
    cells = [*lengths, shipped["macro_accuracy"]]
    lines += [
        f"| 30 languages, shipped model on its own training data | "
        f"{' | '.join(map(_number, cells))} |",
        "",
        "| conversations of six messages | all | first | later | nothing said | international word "
        "| switch | after switch |",
        "|---|---|---|---|---|---|---|---|",
    ]
    kinds = ("all", "first", "later", "nothing", "international", "switch", "after switch")
    for name, part in unseen["conversations"].items():
        lines.append(f"| {name} | {' | '.join(_number(part.get(kind)) for kind in kinds)} |")
    return "\n".join(lines)


def demo(results: Results) -> str:
    """The demo shop by language, and the scripted conversations."""
    found, played = results["demo"], results["dialogues"]["summary"]
    columns = {
        "right": "right", "right or offered": "right_or_offered", "wrong": "wrong",
        "rephrase": "rephrase", "handoff": "handoff", "wrong language": "wrong_language",
    }  # fmt: skip
    lines = [f"| language | questions | {' | '.join(columns)} |", "|---" * (len(columns) + 2) + "|"]
    for name, part in [*found["languages"].items(), ("all", found["total"])]:
        cells = [_number(part[key]) for key in columns.values()]
        lines.append(f"| {name} | {part['questions']} | {' | '.join(cells)} |")
    for kind, part in found["kinds"].items():
        lines += [
            "",
            f"{part['unanswerable']} {kind} questions without an answer: {_number(part['refused'])}"
            f" not answered, {_number(part['refused_strictly'])} without even an offer.",
        ]
    lines += [
        "",
        f"{played['n_passed']} of {played['n_conversations']} scripted conversations pass "
        f"({played['n_steps_passed']} of {played['n_steps']} steps).",
    ]
    return "\n".join(lines)


def versions(results: Results) -> str:
    """What was measured."""
    encoders = sorted({str(results[name]["summary"]["encoder"]) for name in SETS})
    return f"Encoder {', '.join(f'`{encoder}`' for encoder in encoders)}."


PAGES: Mapping[str, Callable[[Results], str]] = {
    "versions": versions,
    "levels": levels,
    "sets": sets,
    "decisions": decisions,
    "language": language,
    "demo": demo,
}


def draw_pictures(folder: Path, results: Results) -> None:
    """Draws every picture that the page shows."""
    save_coverage_error(
        folder / "coverage-error.svg",
        {what: results[name]["curves"]["coverage_error"] for name, what in CURVES.items()},
        decisions={what: results[name]["curves"]["decision"] for name, what in CURVES.items()},
    )
    save_reliability(
        folder / "reliability.svg",
        {
            what: [ReliabilityBin(**row) for row in results[name]["curves"]["reliability"]]
            for name, what in STATED.items()
        },
    )
    for name, title, level in (
        ("support-titles-to-en", "Support titles: right English title first", 0.88),
        ("scratch-questions-to-en", "Help questions: right English question first", 0.72),
        ("support-bodies", "Support titles: right answer text first, same language", None),
    ):
        save_bars(
            folder / f"{name}.svg",
            {tag: row["recall_at_1"] for tag, row in results[name]["languages"].items()},
            label="Right article first",
            title=title,
            level=level,
        )
    save_bars(
        folder / "language.svg",
        results["language-unseen"]["thirty"]["by_language"],
        label="Language recognised, single messages of unseen folds",
        title="Language recognised, by language",
        level=0.975,
    )


def replaced(text: str, name: str, content: str) -> str:
    """The page with the part of that name written anew.

    Raises:
        ValueError: If the page has no such part.
    """
    pattern = re.compile(rf"(<!-- measured: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"docs/quality.md has no part <!-- measured: {name} --> ... <!-- end -->.")
    return pattern.sub(lambda found: f"{found[1]}{content}\n{found[2]}", text)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _verdict(aim: float | None, value: float | None, higher_is_better: bool) -> str:
    if aim is None or value is None:
        return ""
    return "reached" if (value >= aim if higher_is_better else value <= aim) else "not reached"
