"""From Rasa's loose parse to evidence and back."""

from __future__ import annotations

from dataclasses import asdict

from nlu.cues import Cues
from nlu.decision import Candidate, Costs, Evidence
from nlu.evidence import evidence_from_json, evidence_from_parse


def test_parse_becomes_evidence() -> None:
    evidence = evidence_from_parse(
        text="mail a@b.gr",
        intent={"name": "give_contact", "confidence": 0.8},
        entities=[{"entity": "email", "value": "a@b.gr"}],
        hits=[{"article_id": "order-track", "probability": 0.4, "title": "x"}],
        language={"unsupported": None},
        cues=Cues(risks=("safety",), is_angry=True),
        has_ticket=True,
    )

    assert evidence == Evidence(
        intent="give_contact",
        intent_confidence=0.8,
        candidates=(Candidate(article_id="order-track", probability=0.4),),
        risks=("safety",),
        is_angry=True,
        has_email=True,
        has_ticket=True,
    )


def test_emoji_are_no_words() -> None:
    evidence = evidence_from_parse(
        text="😀 ?!", intent={}, entities=[], hits=[], language={}, cues=Cues()
    )

    assert evidence.is_empty


def test_stored_form_reads_back() -> None:
    evidence = Evidence(
        intent="kb_question", candidates=(Candidate(article_id="a", probability=0.5),)
    )
    stored = {**asdict(evidence), "costs": asdict(Costs(clarify=0.3))}

    assert evidence_from_json(stored) == (evidence, Costs(clarify=0.3))
    assert evidence_from_json(None) == (Evidence(), Costs())
