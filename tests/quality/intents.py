"""`python -m tests.quality.intents`: how well intents are told apart, by the scale of the features.

Three-fold cross-validation over `data/nlu`, stratified by intent and language, with the classifier
that Rasa trains. `sure` is the median confidence: a scale is right where it is near the share of
right answers and the log loss is least.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

import numpy as np
import yaml
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from kb_index.encoder import load_encoder
from nlu.components.encoder_featurizer import INTENT_SCALE, SHAPE_SCALE
from nlu.shape import describe_shape
from nlu.small_talk import load_small_talk

ROOT = Path(__file__).resolve().parents[2]
_ENTITY = re.compile(r"\[([^\]]+)\](?:\{[^}]*\}|\([^)]*\))")


def load_examples(folder: Path) -> list[tuple[str, str, str]]:
    """Gives (language, intent, text) of all examples."""
    rows = []
    for path in sorted(folder.rglob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            for line in str(block.get("examples", "")).splitlines():
                text = _ENTITY.sub(r"\1", line.strip().removeprefix("-").strip())
                if text and "intent" in block:
                    rows.append((path.parent.name, str(block["intent"]), text))
    return rows


def main() -> None:
    """Prints one line per scale; at the end what the exact small-talk phrases add."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scales", nargs="*", type=float, default=[1.0, INTENT_SCALE])
    parser.add_argument("--folds", type=int, default=3)
    given = parser.parse_args()
    rows = load_examples(ROOT / "data" / "nlu")
    lexicon = load_small_talk()
    questions = [lexicon.question(text) for *_, text in rows]
    vectors = load_encoder().encode(questions, kind="query")
    shapes = np.stack([describe_shape(text) for text in questions]) * SHAPE_SCALE
    intents = np.array([intent for _, intent, _ in rows])
    groups = [f"{language} {intent}" for language, intent, _ in rows]
    names, wanted = np.unique(intents, return_inverse=True)
    exact = [lexicon.intent(text) for *_, text in rows]
    sys.stdout.write(f"{len(rows)} examples, {len(names)} intents, {given.folds} folds\n")
    for scale in given.scales:
        features = np.hstack([vectors * scale, shapes])
        chances = np.zeros((len(rows), len(names)))
        folds = StratifiedKFold(given.folds, shuffle=True, random_state=1)
        for train, test in folds.split(vectors, groups):
            model = LogisticRegression(class_weight="balanced", max_iter=300)
            model.fit(features[train], intents[train])
            chances[test] = model.predict_proba(features[test])
        found, sure = names[chances.argmax(axis=1)], chances.max(axis=1)
        loss = -np.log(np.maximum(chances[np.arange(len(rows)), wanted], 1e-9)).mean()
        with_exact = [known or guess for known, guess in zip(exact, found, strict=True)]
        sys.stdout.write(
            f"scale {scale:g}: right {(found == intents).mean():.3f}, "
            f"with exact phrases {(np.array(with_exact) == intents).mean():.3f}, "
            f"sure {np.median(sure):.2f}, below 0.3 {(sure < 0.3).mean():.3f}, "
            f"log loss {loss:.3f}\n"
        )


if __name__ == "__main__":
    main()
