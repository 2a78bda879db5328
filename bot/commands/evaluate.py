"""`babeldesk evaluate`: how well languages, articles, priorities and whole dialogues come out.

Each part reads a file of labelled rows, prints a table for people or, with `--json`, one document
for scripts; progress goes to standard error. Formats are in docs/evaluate.md.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.commands.output import complain, say, say_json, say_line
from bot.errors import StartError
from bot.settings import Settings, load_settings

app = typer.Typer(help="Measure language, search, priorities and dialogues.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document for scripts.")]
Pictures = Annotated[
    Path | None, typer.Option(help="Folder for pictures (SVG) of the figures.", file_okay=False)
]
TELL_EVERY_S = 2.0


class Telling:
    """Tells on standard error how far a long measurement is, at most every two seconds."""

    def __init__(self) -> None:
        """Begins in silence."""
        self._told_at = time.monotonic()
        self._stage = ""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Tells a new stage at once, and further steps now and then."""
        now = time.monotonic()
        if stage == self._stage and now - self._told_at < TELL_EVERY_S and done < total:
            return
        self._told_at, self._stage = now, stage
        complain(f"  {stage} {done}/{total}")


@app.command("language")
def language_command(
    data: Annotated[Path, typer.Option(help='Rows {"text", "lang"}, JSON Lines, also .gz.')],
    languages: Annotated[
        str | None, typer.Option(help="Choose among these only, e.g. en,de; all when left out.")
    ] = None,
    pictures: Pictures = None,
    as_json: AsJson = False,
) -> None:
    """Measure language identification, each text by itself."""
    from bot.commands.evaluate_language import evaluate, load_texts

    chosen = _chosen_languages(languages)
    result = evaluate(load_texts(data), progress=Telling(), languages=chosen)
    if pictures is not None:
        from bot.commands.evaluate_pictures import draw_language

        _tell_pictures(draw_language(pictures, result))
    if as_json:
        _say_document(result, "rows")
    else:
        _say_language(result)


@app.command("retrieval")
def retrieval_command(
    kb: Annotated[Path, typer.Option(help='Rows {"id", "lang", "questions", "body"}.')],
    queries: Annotated[Path, typer.Option(help='Rows {"text", "lang", "gold": id or null}.')],
    pictures: Pictures = None,
    k: Annotated[int, typer.Option(help="Ranked ids per question.", min=10, max=20)] = 10,
    as_json: AsJson = False,
) -> None:
    """Measure search and confidence on a knowledge base in a file."""
    from bot.brain.training import CHECKOUT
    from bot.commands.evaluate_retrieval import evaluate, load_costs
    from bot.commands.evaluate_rows import load_entries, load_questions
    from kb_index.encoder import DEFAULT_ENCODER, load_encoder

    entries, questions = load_entries(kb), load_questions(queries)
    result = evaluate(
        entries,
        questions,
        load_encoder(load_settings().brain.encoder or DEFAULT_ENCODER),
        costs=load_costs(CHECKOUT / "config.yml"),
        progress=Telling(),
        k=k,
    )
    n_unknown = result["summary"]["n_gold_unknown"]
    if n_unknown:
        complain(f"{n_unknown} questions name an id that {kb} does not hold; they count as missed.")
    if pictures is not None:
        from bot.commands.evaluate_pictures import draw_retrieval

        _tell_pictures(draw_retrieval(pictures, result))
    if as_json:
        _say_document(result, "queries")
    else:
        _say_retrieval(result)


@app.command("dialogue")
def dialogue_command(
    data: Annotated[
        Path, typer.Option(help="Conversations: YAML or JSON Lines, or a folder of such files.")
    ],
    fresh: Annotated[
        bool,
        typer.Option(
            "--fresh", help="Use the articles and training data of the checkout, not of the home."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run scripted conversations against the trained model; exit code 1 when a step fails."""
    from bot.commands.evaluate_dialogue import evaluate, load_conversations, opened_brain

    conversations = load_conversations(data)
    with opened_brain(load_settings(), fresh=fresh, tell=complain) as engine:
        result = asyncio.run(evaluate(conversations, engine))
    if as_json:
        say_json(result)
    else:
        _say_dialogue(result)
    if result["summary"]["n_failed"]:
        raise typer.Exit(1)


@app.command("triage")
def triage_command(
    data: Annotated[
        Path | None,
        typer.Option(help='Rows {"id", "text", "lang", "tier", "expected"} or {"messages"}.'),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Check lexicons, settings and help lines.")
    ] = False,
    labels: Annotated[
        bool, typer.Option("--labels", help="Print priorities that people set, as rows.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Estimate priorities with their reasons, and compare them with known ones."""
    if [data is not None, check, labels].count(True) != 1:
        raise StartError(
            "bad_arguments",
            happened="The command needs one of --data FILE, --check or --labels.",
            todo="Name one of them.",
        )
    settings = load_settings()
    if data is not None:
        _triage_rows(settings, data, as_json=as_json)
    elif check:
        _triage_check(settings, as_json=as_json)
    else:
        _triage_labels(settings)


@app.command("tickets")
def tickets_command(
    rows: Annotated[
        Path, typer.Argument(help='Rows {"text", "lang", "type", "category", "articles"}.')
    ],
    as_json: AsJson = False,
) -> None:
    """Tell types and categories of messages, and compare them with known ones."""
    from bot.commands.evaluate_tickets import evaluate, load_ticket_rows
    from bot.ticket_files import read_tickets

    _, classifier = read_tickets(load_settings().paths)
    result = evaluate(load_ticket_rows(rows), classifier)
    if as_json:
        _say_document(result, "rows")
        return
    say("language      n    type  category  surest right  surest wrong")
    for tag, row in [*result["languages"].items(), ("all", result["all"])]:
        say(
            f"{tag:8} {row['n']:6}  {row['type']:6.1%}  {row['category']:8.1%}  "
            f"{row['confidence_right']:12.2f}  {row['confidence_wrong']:12.2f}"
        )
    for row in result["rows"]:
        if not (row["type_right"] and row["category_right"]):
            say(f"  {row['lang']}: {row['text'][:70]}  ->  {row['type']}, {row['category']}")


@app.command("index")
def index_command(
    rows: Annotated[Path, typer.Argument(help="Rows of question, language, article_id.")],
    as_json: AsJson = False,
) -> None:
    """Measure how well the index in use finds the right articles."""
    from bot.commands.evaluate_index import evaluate, load_rows

    figures = evaluate(load_settings(), load_rows(rows))
    if as_json:
        say_json(figures)
        return
    say("language      n  recall@1  recall@5    MRR  AUROC  answered at 5 % false")
    for tag, row in [*figures["languages"].items(), ("all", figures["all"])]:
        say(
            f"{tag:8} {row['n']:6}  {row['recall_at_1']:8.3f}  {row['recall_at_5']:8.3f}  "
            f"{row['mrr']:5.3f}  {row['answerable_auroc']:5.3f}  "
            f"{row['answered_at_5_percent_false']:.3f}"
        )


def _triage_rows(settings: Settings, data: Path, *, as_json: bool) -> None:
    from bot.commands.evaluate_triage import evaluate, load_triage_rows, product_likeness
    from bot.hours import read_service
    from bot.triage_files import read_triage

    triage = read_triage(read_service(settings.paths).triage)
    rows = load_triage_rows(data, likeness=product_likeness(settings))
    result = evaluate(rows, triage, progress=Telling())
    if as_json:
        _say_document(result, "rows")
    else:
        _say_triage(result)


def _triage_check(settings: Settings, *, as_json: bool) -> None:
    from bot.commands.evaluate_triage import check

    found = check(settings)
    if as_json:
        say_json(found)
        return
    say(f"Triage {found['version']} is sound.")
    counts = ", ".join(f"{tag} {count}" for tag, count in found["phrases"].items())
    say(f"Phrases: {counts}.")
    say(f"Prototypes: {', '.join(f'{tag} {n}' for tag, n in found['prototypes'].items())}.")
    say(f"Help lines for {', '.join(found['help_line_countries'])}.")


def _triage_labels(settings: Settings) -> None:
    from handoff.priority_labels import load_priority_labels
    from handoff.store.engine import open_database

    async def load() -> list[dict[str, Any]]:
        database = open_database(settings.database_url)
        try:
            return list(await load_priority_labels(database))
        finally:
            await database.dispose()

    for label in asyncio.run(load()):
        say_line(label)


def _chosen_languages(value: str | None) -> list[str] | None:
    from nlu.languages import IDENTIFIED, primary_code

    if value is None:
        return None
    codes = [primary_code(part) for part in value.split(",") if part.strip()]
    unknown = [part for part, code in zip(value.split(","), codes, strict=False)
               if code not in IDENTIFIED]  # fmt: skip
    if unknown or not codes:
        raise StartError(
            "bad_languages",
            happened=f"--languages {value!r} names none or unknown ones ({', '.join(unknown)}).",
            todo=f"Name some of {', '.join(IDENTIFIED)}, joined by commas.",
        )
    return [code for code in codes if code]


def _say_document(document: Mapping[str, Any], long: str) -> None:
    """One JSON document; the element `long`, which comes last, has one of its rows a line."""
    head = {key: value for key, value in document.items() if key != long}
    text = json.dumps(head, ensure_ascii=False, indent=1)
    sys.stdout.write(f"{text.removesuffix('}').rstrip()},\n {json.dumps(long)}: [\n")
    last = len(document[long]) - 1
    for number, row in enumerate(document[long]):
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + (",\n" if number < last else "\n"))
    sys.stdout.write(" ]\n}\n")
    sys.stdout.flush()


def _tell_pictures(paths: Iterable[Path]) -> None:
    for path in paths:
        complain(f"  wrote {path}")


def _say_language(result: Mapping[str, Any]) -> None:
    buckets = list(result["summary"]["lengths"])
    say("language      n  " + "  ".join(f"{bucket:>5}" for bucket in buckets) + "    all")
    for tag, row in result["languages"].items():
        cells = [row["lengths"].get(bucket, {}).get("accuracy") for bucket in buckets]
        say(f"{tag:8} {row['n']:6}  " + "  ".join(map(_percent, [*cells, row["accuracy"]])))
    summary = result["summary"]
    cells = [summary["lengths"][bucket]["macro_accuracy"] for bucket in buckets]
    macro = [*cells, summary["macro_accuracy"]]
    say(f"{'mean':8} {summary['n']:6}  " + "  ".join(map(_percent, macro)))
    say(f"Right of all texts {100 * summary['accuracy']:.1f} %, ECE {summary['ece']:.3f}.")
    if summary["n_outside"]:
        say(
            f"{summary['n_outside']} texts are in languages that cannot be chosen; they are not in "
            f"the mean, and {summary['outside_told_as_unknown']} of them were told as unknown."
        )


_COLUMNS = (
    ("recall@1", "recall_at_1"), ("@3", "recall_at_3"), ("@10", "recall_at_10"), ("MRR", "mrr"),
    ("AUROC", "auroc_refusal"), ("right@5%", "answered_right_at_5_percent_false"), ("ECE", "ece"),
    ("answered", "answered"), ("right", "answered_right"), ("wrong", "answered_wrong"),
    ("clarified", "clarified"), ("false", "false_answer_rate"),
)  # fmt: skip


def _say_retrieval(result: Mapping[str, Any]) -> None:
    say("language      n  " + "  ".join(f"{name:>8}" for name, _ in _COLUMNS))
    rows = [*result["languages"].items(), ("all", result["summary"])]
    for tag, row in rows:
        cells = ["       -" if row[key] is None else f"{row[key]:8.3f}" for _, key in _COLUMNS]
        say(f"{tag:8} {row['n']:6}  " + "  ".join(cells))
    say(
        "right@5%: rightly answered when 5 % of the unanswerable are answered. answered, right, "
        "wrong,\nclarified: shares of the answerable questions by the product's own decision; "
        "false: share of\nthe unanswerable that it answers."
    )


def _say_dialogue(result: Mapping[str, Any]) -> None:
    for conversation in result["conversations"]:
        verdict = "pass" if conversation["passed"] else "FAIL"
        say(f"{verdict}  {conversation['name']}")
        for number, step in enumerate(conversation["steps"], start=1):
            if not step["passed"]:
                say(f"      step {number} {step['said']!r}")
                for problem in step["problems"]:
                    say(f"        {problem}")
    summary = result["summary"]
    say(
        f"{summary['n_passed']} of {summary['n_conversations']} conversations passed, "
        f"{summary['n_steps_passed']} of {summary['n_steps']} steps."
    )


def _say_triage(result: Mapping[str, Any]) -> None:
    for row in result["rows"]:
        expected = f" (expected P{row['expected']})" if row.get("right") is False else ""
        why = "; ".join(
            f"{reason['code']} {reason['evidence']!r}" if "evidence" in reason else reason["code"]
            for reason in row["reasons"]
        )
        say(f"P{row['level']}{expected}  {row.get('id', '')}  {why}")
    say("")
    say("language      n  labelled  exact  within one  mean level")
    for tag, part in [*result["languages"].items(), ("all", result["summary"])]:
        say(
            f"{tag:8} {part['n']:6}  {part['n_labelled']:8}  {_percent(part['exact'])}  "
            f"     {_percent(part['within_one'])}  {part['mean_level']:10.2f}"
        )
    if result["summary"]["n_labelled"]:
        say("")
        say("expected    " + "  ".join(f"{level:>5}" for level in result["confusion"]))
        for expected, given in result["confusion"].items():
            say(f"{expected:10}  " + "  ".join(f"{count:5}" for count in given.values()))


def _percent(value: float | None) -> str:
    return "    -" if value is None else f"{100 * value:5.1f}"
