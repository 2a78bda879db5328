"""Finds what is wrong with a folder of articles before visitors do."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from markdown_it.token import Token

from kb_index.article import Article
from kb_index.errors import ArticleError
from kb_index.folder import load_folder
from kb_index.lexical import fold
from kb_index.markdown import article_target, parser, resolve_link

Severity = Literal["error", "warning"]
MIN_QUESTIONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault.

    Attributes:
        code: `bad_article`, `missing_translation`, `duplicate_question`, `duplicate_title`,
            `dead_link`, `missing_alt`, `few_questions` or `no_articles`.
        path: Relative to the folder, with `:line` where a line is known.
        message: One sentence in English.
    """

    code: str
    severity: Severity
    path: str
    message: str


def check_folder(path: Path, *, languages: Sequence[str] = ()) -> list[Finding]:
    """Checks all articles of a folder.

    Args:
        path: Such as `data/kb`.
        languages: Languages in which every public article should exist; when empty, those that
            have at least one article.

    Returns:
        Findings by path and code; missing translations are warnings, because the search falls
        back to another language.

    Raises:
        NotADirectoryError: If the folder is not there.
    """
    loaded = load_folder(path)
    if not loaded.articles and not loaded.problems:
        message = "There are no articles (expected <language>/<id>.md)."
        return [Finding(code="no_articles", severity="error", path=".", message=message)]
    findings = [_bad(problem) for problem in loaded.problems]
    findings += check_articles(loaded.articles, languages=languages)
    return sorted(findings, key=lambda finding: (finding.path, finding.code, finding.message))


def check_articles(articles: Sequence[Article], *, languages: Sequence[str] = ()) -> list[Finding]:
    """Checks articles against one another and their texts; see `check_folder`."""
    known = {article.id for article in articles}
    findings = list(_missing_translations(articles, languages))
    findings += _duplicates(articles)
    for article in articles:
        findings += _few_questions(article)
        findings += _text_faults(article, known)
    return findings


def _bad(problem: ArticleError) -> Finding:
    place = f"{problem.path}:{problem.line}"
    return Finding(code="bad_article", severity="error", path=place, message=problem.message)


def _missing_translations(
    articles: Sequence[Article], languages: Sequence[str]
) -> Iterable[Finding]:
    wanted = set(languages) or {article.language for article in articles}
    present: dict[str, set[str]] = defaultdict(set)
    for article in articles:
        if article.audience == "public":
            present[article.id].add(article.language)
    for article_id, there in present.items():
        missing = sorted(wanted - there)
        if missing:
            home = "en" if "en" in there else min(there)
            yield Finding(
                code="missing_translation",
                severity="warning",
                path=f"{home}/{article_id}.md",
                message=f"Not translated into: {', '.join(missing)}.",
            )


def _duplicates(articles: Sequence[Article]) -> Iterable[Finding]:
    titles: dict[tuple[str, str], list[Article]] = defaultdict(list)
    questions: dict[tuple[str, str], list[Article]] = defaultdict(list)
    for article in articles:
        titles[article.language, _same(article.title)].append(article)
        for question in article.questions:
            questions[article.language, _same(question)].append(article)
    for code, what, groups in (
        ("duplicate_title", "title", titles),
        ("duplicate_question", "question", questions),
    ):
        for (_, text), owners in groups.items():
            if len(owners) > 1:
                counts = Counter(owner.id for owner in owners)
                names = ", ".join(sorted(counts))
                yield Finding(
                    code=code,
                    severity="error",
                    path=_path(owners[-1]),
                    message=f"The {what} {text!r} stands {len(owners)} times (in {names}).",
                )


def _same(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in fold(text)).split())


def _few_questions(article: Article) -> Iterable[Finding]:
    if len(article.questions) < MIN_QUESTIONS:
        yield Finding(
            code="few_questions",
            severity="error",
            path=_path(article),
            message=f"Only {len(article.questions)} example questions; {MIN_QUESTIONS} are needed.",
        )


def _text_faults(article: Article, known: set[str]) -> Iterable[Finding]:
    for token in _inline_tokens(article.body):
        if token.type == "image" and not token.content.strip():
            message = f"The image {token.attrGet('src')!r} has no alternative text."
            yield Finding(
                code="missing_alt", severity="error", path=_path(article), message=message
            )
        if token.type == "link_open":
            fault = _link_fault(str(token.attrGet("href") or ""), known)
            if fault:
                yield Finding(
                    code="dead_link", severity="error", path=_path(article), message=fault
                )


def _link_fault(href: str, known: set[str]) -> str:
    target = article_target(href)
    if target is not None:
        return "" if target[0] in known else f"There is no article {target[0]!r} to link to."
    return "" if resolve_link(href, "en") else f"The link {href!r} leads nowhere."


def _inline_tokens(body: str) -> Iterable[Token]:
    for token in parser().parse(body):
        yield from token.children or ()


def _path(article: Article) -> str:
    return f"{article.language}/{article.id}.md"
