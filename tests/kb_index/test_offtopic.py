"""The off-topic pool that is shipped."""

from __future__ import annotations

from pathlib import Path

from kb_index.offtopic import OfftopicQuestion, load_offtopic, offtopic_digest

LANGUAGES = ["en", "el", "tr", "de", "es", "fr", "it", "pt", "nl", "pl", "ru", "ar"]


def test_every_language_has_its_own_questions() -> None:
    pool = load_offtopic()

    for language in LANGUAGES:
        texts = [question.text for question in pool if question.language == language]
        assert len(texts) >= 40
        assert len(set(texts)) == len(texts)
        assert max(map(len, texts)) < 80


def test_comments_and_empty_lines_are_ignored(tmp_path: Path) -> None:
    (tmp_path / "en.txt").write_text("# note\n\n Will it rain? \n", encoding="utf-8")

    assert load_offtopic(tmp_path) == [OfftopicQuestion(language="en", text="Will it rain?")]


def test_the_digest_tells_pools_apart() -> None:
    one = [OfftopicQuestion(language="en", text="a")]
    two = [OfftopicQuestion(language="el", text="a")]

    assert offtopic_digest(one) == offtopic_digest(list(one))
    assert offtopic_digest(one) != offtopic_digest(two)
