"""The chat-sized answer: the first useful part of an article, in whole blocks.

Paragraphs and list items are taken while they fit; a sentence is never cut. The result is light
Markdown (paragraphs, bold, lists, links) with links that work in the running product.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kb_index.markdown import resolve_link
from kb_index.passages import split_sections

PREFERRED_CHARS = 600

_SENTENCE_END = re.compile(r"(?<=[.!?…;؟。])[»”\")\]*_]*\s+(?=\S)")
# Single letters (initials, "z. B.", "p. ex.", "т. д."), ordinals, and words that carry a dot.
_ABBREVIATION = re.compile(
    r"\b(?:[^\W\d_]|\d{1,2}|bzw|ca|usw|Nr|Dr|Mr|Mrs|Ms|St|etc|ex|ej|κ\.λπ|vs|vb|örn|np|tzn|ul|напр"
    r"|bijv|Sr|Sra)\.$",
    re.IGNORECASE,
)
_ITEM = re.compile(r"[ ]{0,3}(?:[-*+]|\d{1,3}[.)])[ \t]+\S")
_TABLE_RULE = re.compile(r"[ ]{0,3}\|?[ \t:|-]*-{3,}[ \t:|-]*")
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_LINK = re.compile(r"\[([^\]]*)\]\(\s*<?([^)\s>]+)>?[^)]*\)")
_FENCE = re.compile(r"[ ]{0,3}(?:```|~~~)")
_LEAD_IN = (":", "：")


@dataclass(frozen=True, slots=True)
class _Block:
    kind: Literal["heading", "text", "item"]
    text: str


def answer_text(
    body: str,
    max_chars: int = PREFERRED_CHARS,
    *,
    language: str = "en",
    section: int | None = None,
) -> str:
    """Gives the answer for the chat.

    Args:
        body: Markdown of an article.
        max_chars: Preferred length; only a first block that is longer may pass it, cut at the last
            sentence that fits, or after its first sentence.
        language: Language of the article, for links between articles.
        section: Number of the section to begin with (`Hit.position` of a section hit); None begins
            at the top.

    Returns:
        Light Markdown, empty only when the article has no text.
    """
    sections = split_sections(body)
    first = 0 if section is None or not 0 <= section < len(sections) else section
    blocks: list[_Block] = []
    for place, part in enumerate(sections[first:]):
        # The first heading repeats the question; later ones structure the answer.
        if place > 0 and part.heading:
            blocks.append(_Block("heading", f"**{_light(part.heading, language).strip('*')}**"))
        blocks += _blocks(part.markdown, language)
    return _joined(_fitting(blocks, max_chars))


def split_sentences(text: str) -> list[str]:
    """Splits a paragraph into sentences; dots of abbreviations and ordinals do not end one."""
    sentences: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if _ABBREVIATION.search(text[start : match.start()]):
            continue
        sentences.append(text[start : match.end()].strip())
        start = match.end()
    rest = text[start:].strip()
    return [*sentences, rest] if rest else sentences


def _blocks(markdown: str, language: str) -> list[_Block]:
    blocks: list[_Block] = []
    lines: list[str] = []
    is_item = in_code = False

    def close() -> None:
        text = _light("\n".join(lines), language)
        if text:
            blocks.append(_Block("item" if is_item else "text", text))
        lines.clear()

    for line in markdown.split("\n"):
        if _FENCE.match(line):
            in_code = not in_code
            continue
        starts_item = bool(_ITEM.match(line)) and not in_code
        if not line.strip() or starts_item:
            close()
            is_item = starts_item
        if line.strip() and not _TABLE_RULE.fullmatch(line):
            lines.append(line)
            if line.lstrip().startswith("|"):  # one row, one block
                close()
    close()
    return blocks


def _light(text: str, language: str) -> str:
    """Images dropped, links resolved, quotes and table bars turned into plain text."""

    def link(match: re.Match[str]) -> str:
        href = resolve_link(match[2], language)
        return match[1] if href is None else f"[{match[1]}]({href})"

    text = _LINK.sub(link, _IMAGE.sub("", text))
    rows = [_table_row(re.sub(r"^[ ]{0,3}>[ ]?", "", line)) for line in text.split("\n")]
    return " ".join(row.strip() for row in rows if row.strip())


def _table_row(line: str) -> str:
    if not line.lstrip().startswith("|"):
        return line
    return " – ".join(cell.strip() for cell in line.strip().strip("|").split("|") if cell.strip())


def _fitting(blocks: Sequence[_Block], max_chars: int) -> list[_Block]:
    taken: list[_Block] = []
    length = 0
    for block in blocks:
        if length and length + len(block.text) + 2 > max_chars:
            break
        if not taken and len(block.text) > max_chars:
            return [_Block(block.kind, _first_sentences(block.text, max_chars))]
        taken.append(block)
        length += len(block.text) + 2
    # A heading or "do this:" without what follows is worse than a shorter answer.
    is_whole = len(taken) == len(blocks)
    while len(taken) > 1 and not is_whole and _promises_more(taken[-1]):
        taken.pop()
    return taken


def _promises_more(block: _Block) -> bool:
    return block.kind == "heading" or block.text.rstrip("*_ ").endswith(_LEAD_IN)


def _first_sentences(text: str, max_chars: int) -> str:
    sentences = split_sentences(text)
    n_taken, length = 1, len(sentences[0])
    while n_taken < len(sentences) and length + 1 + len(sentences[n_taken]) <= max_chars:
        length += 1 + len(sentences[n_taken])
        n_taken += 1
    return " ".join(sentences[:n_taken])


def _joined(blocks: Sequence[_Block]) -> str:
    parts: list[str] = []
    for i, block in enumerate(blocks):
        if i:
            is_list = block.kind == "item" and blocks[i - 1].kind == "item"
            parts.append("\n" if is_list else "\n\n")
        parts.append(block.text)
    return "".join(parts)
