"""Faults that `check_folder` finds, and files it cannot read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kb_index.article import Article, render_article
from kb_index.check import Finding, check_folder
from kb_index.folder import MAX_FILE_BYTES, load_folder
from tests.kb_index.factory import make_article, shop


def write(folder: Path, *articles: Article) -> Path:
    for article in articles:
        home = folder / article.language
        home.mkdir(parents=True, exist_ok=True)
        (home / f"{article.id}.md").write_text(render_article(article), encoding="utf-8")
    return folder


def other(language: str = "en", **changes: Any) -> Article:
    values = {"title": "Other", "questions": ("one a", "two b", "three c"), **changes}
    return make_article("other", language, **values)


def test_a_sound_folder_has_no_findings(tmp_path: Path) -> None:
    folder = write(tmp_path, make_article(body="See [other](article:other)."), other())

    assert check_folder(folder) == []


def test_missing_translations_are_warned_of(tmp_path: Path) -> None:
    folder = write(tmp_path, make_article(), other(), other("el"))

    found = check_folder(folder)

    assert found == [
        Finding(
            code="missing_translation", severity="warning", path="en/order-track.md",
            message="Not translated into: el.",
        )
    ]  # fmt: skip


def test_wanted_languages_can_be_named_and_articles_for_agents_need_none(tmp_path: Path) -> None:
    folder = write(tmp_path, other("el"), make_article(audience="agents"))

    found = check_folder(folder, languages=["el", "tr", "de"])

    assert [(f.path, f.message) for f in found] == [("el/other.md", "Not translated into: de, tr.")]


def test_the_same_title_or_question_twice_is_found_across_case_and_accents(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        make_article(title="Track it", questions=("Where, now?", "b", "c")),
        other(title="TRACK ÍT!", questions=("where now", "B?", "d")),
    )

    found = check_folder(folder)

    assert [(f.code, f.path) for f in found] == [
        ("duplicate_question", "en/other.md"),
        ("duplicate_question", "en/other.md"),
        ("duplicate_title", "en/other.md"),
    ]
    assert "in order-track, other" in found[0].message


def test_the_same_question_in_two_languages_is_no_fault(tmp_path: Path) -> None:
    folder = write(tmp_path, other("en"), other("nl"))

    assert check_folder(folder) == []


@pytest.mark.parametrize(
    ("body", "code", "part"),
    [
        ("[x](article:nowhere)", "dead_link", "no article 'nowhere'"),
        ("[x](page.html)", "dead_link", "'page.html' leads nowhere"),
        ("- a\n- [x](ftp://y)", "dead_link", "leads nowhere"),
        ("![](/a.png)", "missing_alt", "'/a.png' has no alternative text"),
    ],
)
def test_faults_in_the_text_are_found(tmp_path: Path, body: str, code: str, part: str) -> None:
    folder = write(tmp_path, make_article(body=body))

    (found,) = check_folder(folder)

    assert (found.code, found.severity, found.path) == (code, "error", "en/order-track.md")
    assert part in found.message


def test_too_few_questions_are_found(tmp_path: Path) -> None:
    folder = write(tmp_path, make_article(questions=("one", "two")))

    (found,) = check_folder(folder)

    assert found.code == "few_questions"
    assert found.message == "Only 2 example questions; 3 are needed."


def test_a_bad_file_is_named_with_its_line(tmp_path: Path) -> None:
    folder = write(tmp_path, make_article())
    (folder / "en" / "bad.md").write_text("---\nid: bad\ncolour: x\n---\n", encoding="utf-8")

    (found,) = check_folder(folder)

    assert (found.code, found.path) == ("bad_article", "en/bad.md:3")
    assert found.message == "Unknown key 'colour' in the head."


def test_files_that_are_no_text_or_too_large_are_named(tmp_path: Path) -> None:
    folder = write(tmp_path, make_article())
    (folder / "en" / "binary.md").write_bytes(b"---\n\xff\xfe")
    (folder / "en" / "large.md").write_bytes(b"x" * (MAX_FILE_BYTES + 1))

    problems = load_folder(folder).problems

    assert [(p.path, p.line, p.code) for p in problems] == [
        ("en/binary.md", 2, "not_utf8"),
        ("en/large.md", 1, "large_file"),
    ]


def test_an_empty_folder_is_a_fault_and_a_missing_one_an_error(tmp_path: Path) -> None:
    (found,) = check_folder(tmp_path)
    assert found.code == "no_articles"

    with pytest.raises(NotADirectoryError, match="is not a folder"):
        check_folder(tmp_path / "nowhere")


def test_a_language_without_english_names_another_home(tmp_path: Path) -> None:
    folder = write(tmp_path, *(a for a in shop() if a.language == "nl"), other("el"))

    assert {f.path for f in check_folder(folder)} == {"nl/ideal-pay.md", "el/other.md"}


def test_the_demo_articles_have_no_errors() -> None:
    errors = [f for f in check_folder(Path("data/kb")) if f.severity == "error"]

    assert errors == []
