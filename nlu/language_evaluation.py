"""Measures language identification on labelled messages, each by itself.

Rows are `{"text": str, "lang": str}` with an optional `"accept"` (further right languages). The
label `und` stands for "no language"; regional codes are mapped (`pt-BR` is `pt`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from kb_index.evaluation import ReliabilityBin, expected_calibration_error, reliability
from nlu.language import identify
from nlu.languages import IDENTIFIED, primary_code
from nlu.text import clean_for_language

UNKNOWN = "und"
BUCKETS = ("1-2", "3-5", "6-12", "13+")
# Languages written without spaces: characters that count as one word.
_CHARACTERS_OF_A_WORD = {"zh": 2, "ja": 2, "th": 4}


class UnusableRow(ValueError):
    """A row that cannot be measured; the message says which one and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledMessage:
    """A message and the languages that are right for it.

    Attributes:
        language: The language under which it is counted.
        accepted: All labels that are right, `language` included.
    """

    text: str
    language: str
    accepted: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguagePrediction:
    """What was predicted for a message.

    Attributes:
        language: The right language.
        predicted: Predicted language, `und` where the message tells none.
        probability: Of the prediction, 0 to 1; 0 where nothing is told.
        bucket: One of `BUCKETS`, by the number of words.
    """

    text: str
    language: str
    predicted: str
    probability: float
    right: bool
    bucket: str

    def as_json(self) -> dict[str, Any]:
        """Gives the row for `--json`."""
        return {
            "text": self.text,
            "lang": self.language,
            "predicted": self.predicted,
            "probability": self.probability,
            "right": self.right,
            "length": self.bucket,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of how many."""

    right: int
    all: int

    @property
    def accuracy(self) -> float:
        """Right over all; 0 where there is nothing."""
        return self.right / self.all if self.all else 0.0

    def as_json(self) -> dict[str, Any]:
        """Gives counts and quotient."""
        return {"right": self.right, "all": self.all, "accuracy": round(self.accuracy, 4)}


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageReport:
    """Figures over a set.

    Attributes:
        predictions: In the order of the rows.
        overall: Over all rows.
        macro: Mean accuracy over the languages of the set, `und` not among them.
        by_language: By right language, in alphabetical order.
        by_length: By bucket; buckets without rows are left out.
        macro_by_length: Mean accuracy over languages by bucket.
        reliability: Bins of equal width over the probability, empty ones left out.
        ece: Expected calibration error over predictions that name a language, 0 to 1.
    """

    predictions: tuple[LanguagePrediction, ...]
    overall: Share
    macro: float
    by_language: Mapping[str, Share]
    by_length: Mapping[str, Share]
    macro_by_length: Mapping[str, float]
    reliability: tuple[ReliabilityBin, ...]
    ece: float

    def as_json(self) -> dict[str, Any]:
        """Gives everything, per row and in sum."""
        return {
            "rows": [prediction.as_json() for prediction in self.predictions],
            "overall": self.overall.as_json(),
            "macro": round(self.macro, 4),
            "by_language": {name: share.as_json() for name, share in self.by_language.items()},
            "by_length": {name: share.as_json() for name, share in self.by_length.items()},
            "macro_by_length": {name: round(v, 4) for name, v in self.macro_by_length.items()},
            "reliability": [asdict(part) for part in self.reliability],
            "ece": round(self.ece, 4),
        }


def read_labelled(rows: Iterable[Mapping[str, Any]]) -> list[LabelledMessage]:
    """Checks rows and maps their codes.

    Raises:
        UnusableRow: If a row lacks `text` or `lang`, or its code is none; names the row's number.
    """
    messages: list[LabelledMessage] = []
    for number, row in enumerate(rows, start=1):
        text, code = row.get("text"), row.get("lang")
        if not isinstance(text, str) or not isinstance(code, str):
            raise UnusableRow(f'row {number} needs "text" and "lang", both texts')
        language = primary_code(code)
        if language is None:
            raise UnusableRow(f"row {number}: {code!r} is not a language code such as de or pt-BR")
        also = (primary_code(str(other)) for other in row.get("accept") or ())
        accepted = frozenset({language, *(other for other in also if other)})
        messages.append(LabelledMessage(text=text, language=language, accepted=accepted))
    return messages


def evaluate_language(
    messages: Iterable[LabelledMessage], *, supported: Sequence[str] = IDENTIFIED
) -> LanguageReport:
    """Predicts each message by itself and sums up.

    Args:
        messages: What to measure on.
        supported: The languages among which a prediction is chosen.

    Raises:
        UnusableRow: If there is no message at all.
    """
    predictions = tuple(_predict(message, supported) for message in messages)
    if not predictions:
        raise UnusableRow("there are no rows to measure")
    languages = _shares((p.language, p.right) for p in predictions)
    lengths = _shares((p.bucket, p.right) for p in predictions)
    named = [p for p in predictions if p.predicted != UNKNOWN]
    stated, observed = [p.probability for p in named], [p.right for p in named]
    return LanguageReport(
        predictions=predictions,
        overall=Share(right=sum(p.right for p in predictions), all=len(predictions)),
        macro=macro_accuracy(predictions),
        by_language=dict(sorted(languages.items())),
        by_length={bucket: lengths[bucket] for bucket in BUCKETS if bucket in lengths},
        macro_by_length={
            bucket: macro_accuracy([p for p in predictions if p.bucket == bucket])
            for bucket in BUCKETS
            if bucket in lengths
        },
        reliability=tuple(reliability(stated, observed)),
        ece=expected_calibration_error(stated, observed),
    )


def macro_accuracy(predictions: Iterable[LanguagePrediction]) -> float:
    """Gives the mean accuracy over right languages; `und` counts only where there is no other."""
    shares = _shares((p.language, p.right) for p in predictions)
    named = [share.accuracy for name, share in shares.items() if name != UNKNOWN]
    every = named or [share.accuracy for share in shares.values()]
    return sum(every) / len(every)


def length_bucket(text: str, *, language: str) -> str:
    """Gives the bucket of a message's length in words.

    In Chinese and Japanese two characters count as a word, in Thai four.
    """
    if language in _CHARACTERS_OF_A_WORD:
        characters = sum(c.isalpha() for c in text)
        words = -(-characters // _CHARACTERS_OF_A_WORD[language])
    else:
        words = len(text.split())
    if words <= 2:
        return BUCKETS[0]
    if words <= 5:
        return BUCKETS[1]
    return BUCKETS[2] if words <= 12 else BUCKETS[3]


def _predict(message: LabelledMessage, supported: Sequence[str]) -> LanguagePrediction:
    guess = identify(clean_for_language(message.text), supported=supported)
    predicted = guess.language or UNKNOWN
    return LanguagePrediction(
        text=message.text,
        language=message.language,
        predicted=predicted,
        probability=round(guess.probability, 6),
        right=predicted in message.accepted,
        bucket=length_bucket(message.text, language=message.language),
    )


def _shares(pairs: Iterable[tuple[str, bool]]) -> dict[str, Share]:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for name, right in pairs:
        counts[name][0] += right
        counts[name][1] += 1
    return {name: Share(right=right, all=n) for name, (right, n) in counts.items()}
