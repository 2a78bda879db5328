"""Cuts articles into passages: the title, each example question, each section of the text.

A section is what stands under one heading, cut further at paragraph borders when it is long. The
plain text of a passage is what is searched; `encoded_text` is what is turned into a vector.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Literal

from kb_index.article import Article

PassageKind = Literal["title", "question", "section"]
PASSAGE_KINDS: tuple[PassageKind, ...] = ("title", "question", "section")
MAX_SECTION_CHARS = 700

_HEADING = re.compile(r"(#{1,6})[ \t]+(.*?)[ \t]*#*")
_FENCE = re.compile(r"[ ]{0,3}(```+|~~~+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One heading with the Markdown under it; the text before the first heading has none."""

    heading: str
    markdown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One searchable piece of an article.

    Attributes:
        text: Plain text.
        position: Counted from 0 inside its kind; for sections, the index of the section in
            `split_sections`.
        encoded_text: Text for the encoder; sections carry the title as context.
    """

    article_id: str
    language: str
    kind: PassageKind
    text: str
    position: int
    encoded_text: str

    @property
    def digest(self) -> bytes:
        """16 bytes that are equal when the vector is equal (for one encoder)."""
        return hashlib.blake2b(self.encoded_text.encode(), digest_size=16).digest()


def cut_passages(article: Article) -> list[Passage]:
    """Cuts one article: title (and keywords), questions, sections, in this order.

    Articles that were never checked, as in `kb_index.offline`, may lack a title.
    """
    title_texts = [article.title] if article.title else []
    if article.keywords:
        title_texts.append(": ".join([*title_texts, ", ".join(article.keywords)]))
    passages = [
        _passage(article, "title", text, position) for position, text in enumerate(title_texts)
    ]
    passages += [
        _passage(article, "question", text, position)
        for position, text in enumerate(article.questions)
    ]
    for position, section in enumerate(split_sections(article.body)):
        heading = plain_text(section.heading)
        lead = "".join(f"{part}\n" for part in (article.title, heading) if part)
        for chunk in _chunks(plain_text(section.markdown)):
            text = f"{heading}\n{chunk}" if heading else chunk
            passages.append(_passage(article, "section", text, position, lead + chunk))
    return passages


def split_sections(body: str) -> list[Section]:
    """Splits Markdown at its headings, not at `#` lines in code; drops empty sections."""
    sections: list[Section] = []
    heading, lines, fence = "", list[str](), ""
    for line in [*body.split("\n"), "# "]:
        mark = _FENCE.match(line)
        if fence:
            fence = "" if mark and mark[1].startswith(fence) else fence
        elif mark:
            fence = mark[1]
        found = None if fence or mark else _HEADING.fullmatch(line)
        if found is None:
            lines.append(line)
            continue
        text = "\n".join(lines).strip()
        if text:
            sections.append(Section(heading=heading, markdown=text))
        heading, lines = found[2].strip(), []
    if fence and any(line.strip() for line in lines):  # code that is never closed
        sections.append(Section(heading=heading, markdown="\n".join(lines[:-1]).strip()))
    return sections


_PLAIN_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"<!--.*?-->", re.S), " "),
    (re.compile(r"^[ ]{0,3}(?:```+|~~~+).*$", re.M), " "),
    (re.compile(r"!\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\[([^\]]*)\]\[[^\]]*\]"), r"\1"),
    (re.compile(r"<((?:https?|mailto):[^>\s]+)>"), r"\1"),
    (re.compile(r"</?[A-Za-z][^>]*>"), " "),
    (re.compile(r"^[ \t]*\|?[ \t:|-]*-{3,}[ \t:|-]*$", re.M), ""),
    (re.compile(r"^[ \t]*>[ ]?", re.M), ""),
    (re.compile(r"^[ \t]*#{1,6}[ \t]+", re.M), ""),
    (re.compile(r"^[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]+", re.M), ""),
    (re.compile(r"(\*\*\*|\*\*|\*|~~|`+)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<!\w)(__|_)(?=\S)(.+?)(?<=\S)\1(?!\w)"), r"\2"),
    (re.compile(r"\|"), " "),
    (re.compile(r"\\([!-/:-@\[-`{-~])"), r"\1"),
    (re.compile(r"[ \t]+"), " "),
    (re.compile(r" ?\n ?"), "\n"),
    (re.compile(r"\n{3,}"), "\n\n"),
)


def plain_text(markdown: str) -> str:
    """Removes Markdown marks; paragraphs stay apart by an empty line.

    Good enough for search and previews; the page itself is rendered by `kb_index.render`.
    """
    text = markdown
    for pattern, replacement in _PLAIN_RULES:
        text = pattern.sub(replacement, text)
    return text.strip()


def _passage(
    article: Article, kind: PassageKind, text: str, position: int, encoded: str | None = None
) -> Passage:
    return Passage(
        article_id=article.id,
        language=article.language,
        kind=kind,
        text=text,
        position=position,
        encoded_text=text if encoded is None else encoded,
    )


def _chunks(text: str) -> list[str]:
    """Packs whole paragraphs into chunks; a single longer paragraph stays whole."""
    chunks: list[str] = []
    for paragraph in filter(None, (part.strip() for part in text.split("\n\n"))):
        if chunks and len(chunks[-1]) + len(paragraph) + 2 <= MAX_SECTION_CHARS:
            chunks[-1] += "\n\n" + paragraph
        else:
            chunks.append(paragraph)
    return chunks
