"""`babeldesk kb`: articles in and out, checks, search and the index."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.commands.output import complain, say, say_json
from bot.errors import StartError
from bot.settings import Settings, load_settings

if TYPE_CHECKING:
    from kb_index.articles import ArticleStore, ImportReport

app = typer.Typer(help="The knowledge base: articles and their index.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="JSON for scripts.")]


@asynccontextmanager
async def open_articles(settings: Settings) -> AsyncIterator[ArticleStore]:
    """The article store on a database that has its tables."""
    from bot.migrations.run import upgrade_async
    from handoff.store.engine import open_database
    from kb_index.articles import ArticleStore

    await upgrade_async(settings.database_url)
    database = open_database(settings.database_url)
    try:
        yield ArticleStore(database.engine)
    finally:
        await database.dispose()


async def import_articles(settings: Settings, folder: Path) -> ImportReport:
    """Takes the articles of a folder into the database."""
    async with open_articles(settings) as store:
        return await store.import_folder(folder)


@app.command("import")
def import_command(
    folder: Annotated[Path | None, typer.Argument(help="Folder of articles.")] = None,
    build: Annotated[bool, typer.Option(help="Also bring the index up to date.")] = True,
    as_json: AsJson = False,
) -> None:
    """Take articles from files into the database; edits made in the console are kept."""
    from bot.commands.children import build_index

    settings = load_settings()
    folder = folder or settings.paths.content
    if not folder.is_dir():
        raise StartError(
            "no_folder",
            happened=f"There is no folder {folder}.",
            todo="Name the folder that holds one folder per language.",
        )
    report = asyncio.run(import_articles(settings, folder))
    index = build_index(settings) if build else None
    if as_json:
        shape = {name: list(getattr(report, name)) for name in ("added", "updated", "kept")}
        problems = [str(problem) for problem in report.problems]
        say_json(
            {**shape, "unchanged": len(report.unchanged), "problems": problems, "index": index}
        )
    else:
        say(
            f"{len(report.added)} added, {len(report.updated)} updated, "
            f"{len(report.unchanged)} unchanged, {len(report.kept)} kept because they were edited."
        )
        for problem in report.problems:
            complain(f"left out: {problem}")
        if index is not None:
            say(f"Index {index.get('snapshot_id')} is in use.")
    if report.problems:
        raise typer.Exit(1)


@app.command("export")
def export_command(folder: Path, as_json: AsJson = False) -> None:
    """Write every article of the database to files."""

    async def export() -> int:
        async with open_articles(load_settings()) as store:
            return await store.export_folder(folder)

    n_articles = asyncio.run(export())
    if as_json:
        say_json({"articles": n_articles, "folder": str(folder)})
    else:
        say(f"{n_articles} articles written to {folder}.")


@app.command("check")
def check_command(
    folder: Annotated[Path | None, typer.Argument(help="Folder of articles.")] = None,
    as_json: AsJson = False,
) -> None:
    """Find missing translations, duplicates, dead links and other faults in article files."""
    from kb_index.check import check_folder

    settings = load_settings()
    folder = folder or settings.paths.content
    if not folder.is_dir():
        raise StartError(
            "no_folder",
            happened=f"There is no folder {folder}.",
            todo="Name the folder that holds one folder per language.",
        )
    findings = check_folder(folder)
    n_errors = sum(finding.severity == "error" for finding in findings)
    if as_json:
        say_json({"errors": n_errors, "findings": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            say(f"{finding.severity}: {finding.path}: {finding.message} ({finding.code})")
        say(f"{n_errors} errors, {len(findings) - n_errors} warnings.")
    if n_errors:
        raise typer.Exit(1)


@app.command("build")
def build_command(
    force: Annotated[bool, typer.Option(help="Build even if nothing changed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Build the search index from the database and put it in use."""
    from bot.commands.children import build_index

    settings = load_settings()

    async def ensure_tables() -> None:
        async with open_articles(settings):
            pass

    asyncio.run(ensure_tables())
    result = build_index(settings, force=force)
    if as_json:
        say_json(result)
    else:
        done = "built" if result.get("changed") else "was already up to date"
        say(f"Index {result.get('snapshot_id')} {done}.")


@app.command("search")
def search_command(
    question: str,
    language: Annotated[
        str | None, typer.Option(help="Language of the question; detected when left out.")
    ] = None,
    k: Annotated[int, typer.Option(help="Most hits.", min=1, max=50)] = 5,
    as_json: AsJson = False,
) -> None:
    """Ask the index as the assistant does, and see what it finds."""
    settings = load_settings()
    spoken = language or _detected(question, settings)
    hits, answerable = search(settings, [question], [spoken], k=k)[0]
    if as_json:
        say_json({"answerable": answerable, "language": spoken, "hits": hits})
        return
    if language is None:
        say(f"Language: {spoken or 'not recognised'}")
    say(f"Answerable here: {answerable:.0%}")
    for hit in hits:
        say(
            f"  {hit['probability']:.2f}  {hit['article_id']} ({hit['language']}): {hit['title']}"
            f"  [similarity {hit['similarity']:.2f}]"
        )


def _detected(question: str, settings: Settings) -> str | None:
    """The language that the assistant would see in a first message."""
    from nlu.language import detect

    return detect(question, supported=settings.brand.languages).conversation


def search(
    settings: Settings, questions: list[str], languages: list[str | None], *, k: int
) -> list[tuple[list[dict[str, Any]], float]]:
    """Hits and answerability of each question, from the index in use.

    Raises:
        StartError: `no_index` when there is none.
    """
    from kb_index.encoder import DEFAULT_ENCODER, load_encoder
    from kb_index.errors import SnapshotError
    from kb_index.index import LiveIndex
    from kb_index.search import search as search_index

    encoder = load_encoder(settings.brain.encoder or DEFAULT_ENCODER)
    try:
        snapshot = LiveIndex(settings.paths.kb, encoder).snapshot()
    except SnapshotError as error:
        raise StartError(
            "no_index",
            happened=f"There is no usable search index ({error}).",
            todo="Run `babeldesk kb build`.",
        ) from None
    vectors = encoder.encode(questions, kind="query")
    found = []
    for question, language, vector in zip(questions, languages, vectors, strict=True):
        result = search_index(snapshot, question, vector=vector, language=language, k=k)
        hits = [
            {
                "article_id": hit.article_id,
                "language": hit.language,
                "title": hit.title,
                "similarity": round(float(hit.similarity), 4),
                "probability": round(float(hit.probability), 4),
                "url": hit.url,
            }
            for hit in result.hits
        ]
        found.append((hits, float(result.answerable)))
    return found
