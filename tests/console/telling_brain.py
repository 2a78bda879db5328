"""A brain that shows its evidence: the same contract as the real one, with answers made by hand."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from tests.bot.fake_brain import FakeBrain

HITS = {
    "en": [
        ("refund-when", "When do I get my refund?", 0.41),
        ("payment-double-charge", "I was charged twice", 0.33),
    ],
    "el": [
        ("payment-double-charge", "Χρεώθηκα δύο φορές", 0.46),
        ("refund-when", "Πότε επιστρέφονται τα χρήματα;", 0.21),
    ],
    "tr": [
        ("delivery-late", "Siparişim gecikti", 0.38),
        ("order-track", "Siparişim nerede?", 0.31),
    ],
    "ar": [("parcel-lost", "فقدت الشحنة", 0.44), ("order-track", "أين طلبي؟", 0.25)],
}


class TellingBrain(FakeBrain):
    """Answers what begins with "where", hands everything else over with its reasons."""

    async def _answer(self, body: dict[str, Any]) -> Response:
        text = str(body["message"]["text"])
        language = str(body["context"]["locale"] or "en")[:2]
        is_answered = text.lower().startswith("where")
        hits = [
            {
                "article_id": article_id,
                "title": title,
                "language": language,
                "similarity": probability,
                "probability": probability,
            }
            for article_id, title, probability in HITS.get(language, HITS["en"])
        ]
        reply = {
            "kind": "answer",
            "text": "You can **track** it:\n- open your account\n- choose the order\n\n"
            "[More](https://shop.example/track) or [bad](javascript:alert(1))",
            "language": language,
            "sources": [
                {
                    "article_id": "order-track",
                    "title": "Track an order",
                    "url": "/help/en/order-track",
                    "language": "en",
                }
            ],
            "buttons": [],
            "feedback": True,
        }
        return JSONResponse(
            {
                "turn_id": body["turn_id"],
                "replies": [reply] if is_answered else [],
                "decision": {
                    "outcome": "answer" if is_answered else "handoff",
                    "reasons": ["confident"] if is_answered else ["nothing_fits"],
                    "confidence": 0.91 if is_answered else 0.41,
                    "intent": {"name": "kb_question", "confidence": 0.88},
                    "entities": [
                        {"entity": "order_number", "value": "MT-204518", "start": 0, "end": 9}
                    ],
                    "hits": hits,
                },
                "language": {
                    "message": language,
                    "confidence": 0.97,
                    "conversation": language,
                    "state": {},
                    "unsupported": None,
                },
                "handoff": None if is_answered else {"reason": "low_confidence"},
                "set": {"contact": None, "language_choice": None},
                "events": [],
                "model": {"model_id": "telling", "index_id": "telling", "encoder": "telling"},
                "timing_ms": {"total": 1.0},
            }
        )
