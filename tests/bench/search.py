"""`python -m tests.bench search`: what a search costs, by the size of the knowledge base.

Articles are made of real sentences: those of the demo shop's articles, or those of the open
parallel texts with `--data`. Times are CPU time of one thread, because other work on the machine
stretches the clock; only change-to-live, which crosses processes, is wall-clock. The baseline of
the dense search is the exact one over the same vectors (FAISS Flat).
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import gzip
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import faiss as faiss_module
import numpy as np
import psutil
from sqlalchemy.ext.asyncio import create_async_engine

from kb_index.article import Article, parse_article, render_article
from kb_index.articles import ArticleStore
from kb_index.builder import build_snapshot, publish
from kb_index.encoder import load_encoder
from kb_index.index import LiveIndex, Snapshot
from kb_index.passages import plain_text
from kb_index.ports import Encoder, FloatArray
from kb_index.search import search
from kb_index.snippets import split_sentences
from kb_index.tables import metadata

faiss: Any = faiss_module  # its type information is incomplete
ROOT = Path(__file__).resolve().parents[2]
SIZES = (1_000, 10_000, 100_000)
N_LIVE_ARTICLES = 10_000
N_QUESTIONS = 200
N_NEAREST = 10
LANGUAGES = ("de", "el", "es", "fr", "it", "nl", "pl", "pt", "ru", "tr")
MARKETS = tuple(f"{first}{second}" for first in "AB" for second in "ABCDE")
PASSAGES_AN_ARTICLE = 5
MIN_CHARS = 20
LIMIT_S = 60.0

Texts = dict[str, list[str]]


def load_texts(data: Path | None) -> Texts:
    """Sentences by language."""
    if data is None:
        return _demo_texts()
    texts: Texts = {}
    for language in LANGUAGES:
        with gzip.open(data / "parallel" / f"{language}.jsonl.gz", "rt", encoding="utf-8") as rows:
            texts[language] = [text for _, text in map(json.loads, rows) if _is_usable(text)]
    with gzip.open(data / "parallel" / "units_en.jsonl.gz", "rt", encoding="utf-8") as rows:
        english = (json.loads(row)["en"] for row in rows)
        texts["en"] = [text for text in english if text and _is_usable(text)]
    return texts


def _is_usable(text: str) -> bool:
    return len(text) > MIN_CHARS and text.isprintable()


def _demo_texts() -> Texts:
    texts: Texts = {}
    for path in sorted((ROOT / "data" / "kb").rglob("*.md")):
        article = parse_article(path.read_text(encoding="utf-8"), path=path.as_posix())
        body = split_sentences(plain_text(article.body).replace("\n", " "))
        texts.setdefault(article.language, []).extend([*article.questions, *body])
    return texts


def make_articles(texts: Texts, n_passages: int, languages: Sequence[str]) -> list[Article]:
    """Articles of one title, two questions and two sections each; every tenth for one market."""
    chance = random.Random(n_passages)
    articles: list[Article] = []
    for number in range(n_passages // PASSAGES_AN_ARTICLE):
        language = languages[number % len(languages)]

        def some(n: int, pool: list[str] = texts[language]) -> str:
            return " ".join(chance.sample(pool, n))

        articles.append(Article(
            id=f"article-{number}", language=language, title=some(1)[:150],
            questions=(some(1)[:280], some(1)[:280]),
            body=f"{some(2)}\n\n## {some(1)[:80]}\n\n{some(2)}", category="bench",
            audience="public", updated=dt.date(2026, 1, 1),
            markets=(MARKETS[number % len(MARKETS)],) if number % 2 else (),
        ))  # fmt: skip
    return articles


def cpu_ms(work: Callable[[], object], *, repeats: int = 1) -> float:
    """Mean CPU milliseconds of this thread."""
    began = time.thread_time()
    for _ in range(repeats):
        work()
    return (time.thread_time() - began) * 1000 / repeats


def measure_encoder(encoder: Encoder, texts: Texts) -> dict[str, float]:
    """Sentences a second in batches, and what one question costs."""
    sentences = [text for pool in texts.values() for text in pool[:500]]
    questions = sentences[::25][:N_QUESTIONS]
    encoder.encode(questions, kind="query")
    batch = cpu_ms(lambda: encoder.encode(sentences, kind="passage"))
    single = [cpu_ms(lambda q=q: encoder.encode([q], kind="query")) for q in questions]  # type: ignore[misc]
    return {
        "sentences_per_s": round(len(sentences) / batch * 1000),
        "question_ms": round(float(np.mean(single)), 3),
    }


def measure_size(
    encoder: Encoder, texts: Texts, n_passages: int, languages: Sequence[str], folder: Path
) -> dict[str, Any]:
    """Builds an index and searches it with sentences that it does not hold."""
    articles = make_articles(texts, n_passages, languages)
    began = time.process_time()
    info = build_snapshot(articles, encoder, folder=folder)
    build_s = time.process_time() - began
    snapshot = Snapshot.open(info.path, fingerprint=encoder.fingerprint)
    language = languages[0]
    questions = _questions(texts[language])
    vectors = encoder.encode(questions, kind="query")
    asked = list(zip(questions, vectors, strict=True))
    view = snapshot.view(language=language)
    market = snapshot.view(language=language, market=MARKETS[0])
    flat: Any = faiss.IndexFlatIP(encoder.dimension)
    flat.add(np.ascontiguousarray(snapshot.vectors[view.view.rows]))
    for question, vector in asked[:20]:  # first touches, not measured
        search(snapshot, question, vector=vector, language=language)
        search(snapshot, question, vector=vector, language=language, market=MARKETS[0])
        flat.search(vector[None], N_NEAREST)
    flat_ms = _mean_ms(lambda q, v: flat.search(v[None], N_NEAREST), asked)
    dense_ms = _mean_ms(lambda q, v: snapshot.dense_search(v, view, N_NEAREST), asked)
    return {
        "languages": len(languages),
        "passages": info.n_passages,
        "index": snapshot.manifest.index_kind,
        "build_s": round(build_s, 1),
        "flat_ms": round(flat_ms, 3),
        "dense_ms": round(dense_ms, 3),
        "dense_to_flat": round(dense_ms / flat_ms, 2),
        "recall_at_10": round(_recall(snapshot, vectors, language, None), 3),
        "recall_in_market": round(_recall(snapshot, vectors, language, MARKETS[0]), 3),
        "market_passages": len(market.view.rows),
        "all_ms": round(
            _mean_ms(lambda q, v: search(snapshot, q, vector=v, language=language), asked), 2
        ),
        "all_in_market_ms": round(_mean_ms(
            lambda q, v: search(snapshot, q, vector=v, language=language, market=MARKETS[0]), asked
        ), 2),
        "disk_mb": round(sum(f.stat().st_size for f in info.path.iterdir()) / 1e6),
    }  # fmt: skip


def _questions(pool: Sequence[str]) -> list[str]:
    """Halves of two sentences each: near to something, equal to nothing."""
    chance = random.Random(1)
    halves = [text.split() for text in chance.sample(list(pool), 2 * N_QUESTIONS)]
    return [
        " ".join([*one[: len(one) // 2 + 1], *two[len(two) // 2 :]][:14])
        for one, two in zip(halves[::2], halves[1::2], strict=True)
    ]


def _mean_ms(
    work: Callable[[str, FloatArray], object], asked: Sequence[tuple[str, FloatArray]]
) -> float:
    began = time.thread_time()
    for question, vector in asked:
        work(question, vector)
    return (time.thread_time() - began) * 1000 / len(asked)


def _recall(snapshot: Snapshot, vectors: FloatArray, language: str, market: str | None) -> float:
    """Share of the ten nearest that are found; equally near ones may stand for each other."""
    view = snapshot.view(language=language, market=market)
    found = 0
    for vector in vectors:
        exact = np.sort(snapshot.similarities(vector, view))[-N_NEAREST]
        rows = snapshot.dense_search(vector, view, N_NEAREST)
        found += int((snapshot.similarities_at(vector, rows) >= exact - 1e-5).sum())
    return found / (len(vectors) * N_NEAREST)


def measure_change(encoder: Encoder, texts: Texts, folder: Path) -> dict[str, Any]:
    """From a saved article to a running index that serves it, by the real job in a process."""
    url = f"sqlite+aiosqlite:///{folder / 'kb.db'}"
    articles = make_articles(texts, N_LIVE_ARTICLES * PASSAGES_AN_ARTICLE, sorted(texts))
    for article in articles:
        home = folder / "articles" / article.language
        home.mkdir(parents=True, exist_ok=True)
        (home / f"{article.id}.md").write_text(render_article(article), encoding="utf-8")
    articles = asyncio.run(_import(url, folder / "articles"))
    kb_dir = folder / "kb"
    info = build_snapshot(articles, encoder, folder=kb_dir)
    publish(kb_dir, info.snapshot_id)
    live = LiveIndex(kb_dir, encoder)
    rows: list[dict[str, float]] = []
    for number in range(3):
        live.snapshot().view(language="en")
        changed = make_articles(texts, (number + 1) * PASSAGES_AN_ARTICLE, ["en"])[number]
        asyncio.run(_save(url, changed))
        began = time.perf_counter()
        before = psutil.Process().cpu_times().children_user
        job = subprocess.run(
            [sys.executable, "-m", "kb_index.build_job", "--kb-dir", str(kb_dir),
             "--database-url", url],
            capture_output=True, text=True, check=True, cwd=ROOT,
        )  # fmt: skip
        done = json.loads(job.stdout.splitlines()[-1])
        if not live.wait_for(done["snapshot_id"], timeout_s=LIMIT_S):
            raise TimeoutError(f"{done['snapshot_id']} did not come into use: {live.last_error}")
        rows.append({
            "live_after_s": round(time.perf_counter() - began, 2),
            "job_cpu_s": round(psutil.Process().cpu_times().children_user - before, 2),
            "encoded": done["encoded"],
        })  # fmt: skip
    live.close()
    return {"articles": len(articles), "passages": info.n_passages, "changes": rows,
            "memory": measure_memory(kb_dir)}  # fmt: skip


async def _import(url: str, folder: Path) -> list[Article]:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    store = ArticleStore(engine)
    await store.import_folder(folder)
    published = await store.published()
    await engine.dispose()
    return list(published)


async def _save(url: str, article: Article) -> None:
    engine = create_async_engine(url)
    await ArticleStore(engine).save(article, author="bench")
    await engine.dispose()


def measure_memory(kb_dir: Path) -> dict[str, float]:
    """What opening and searching adds to a process, in MB; pages of files are shared by all."""
    script = (
        "import sys; from pathlib import Path; from kb_index.index import LiveIndex;"
        "from kb_index.encoder import load_encoder; from kb_index.search import search;"
        "e = load_encoder(); e.encode(['warm up'], kind='query');"
        "import re; text = lambda: Path('/proc/self/smaps_rollup').read_text();"
        "mb = lambda name: int(re.search(name + r':\\s+(\\d+)', text())[1]) / 1e3;"
        "before = mb('Anonymous'), mb('Rss');"
        "s = LiveIndex(Path(sys.argv[1]), e).snapshot();"
        "[search(s, q, vector=e.encode([q], kind='query'), language='en') for q in sys.argv[2:]];"
        "print(mb('Anonymous') - before[0], mb('Rss') - before[1])"
    )
    questions = ["where is my order", "how do I change the address", "reset the password"]
    command = [sys.executable, "-c", script, str(kb_dir), *questions]
    output = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    private, resident = map(float, output.split())
    current = kb_dir / "snapshots" / (kb_dir / "current").read_text().strip()
    return {
        "index_on_disk": round(sum(f.stat().st_size for f in current.iterdir()) / 1e6),
        "own_memory": round(private),
        "resident_with_file_pages": round(resident),
    }


def run(
    *, data: Path | None, sizes: Sequence[int], with_change: bool
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Gives the lines of the result as they are measured: (part, figures)."""
    faiss.omp_set_num_threads(1)
    encoder, texts = load_encoder(), load_texts(data)
    yield "encoder", measure_encoder(encoder, texts)
    others = sorted(set(texts) - {"en"})
    for size in sizes:
        for languages in (["en"], ["en", *others]):
            with tempfile.TemporaryDirectory() as folder:
                yield "search", measure_size(encoder, texts, size, languages, Path(folder))
    if with_change:
        with tempfile.TemporaryDirectory() as folder:
            yield "change", measure_change(encoder, texts, Path(folder))


def main(arguments: Sequence[str]) -> int:
    """Measures and prints; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench search", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the open data; the demo when left out")
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES), help="passages")
    parser.add_argument("--no-change", action="store_true", help="leave change-to-live out")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    given = parser.parse_args(arguments)
    for part, figures in run(data=given.data, sizes=given.sizes, with_change=not given.no_change):
        if given.json:
            line = json.dumps({"part": part, **figures})
        else:
            line = f"{part}: " + ", ".join(f"{key} {value}" for key, value in figures.items())
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    return 0
