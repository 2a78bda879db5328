"""Articles for tests."""

from __future__ import annotations

import datetime as dt
from typing import Any

from kb_index.article import Article


def make_article(article_id: str = "order-track", language: str = "en", **changes: Any) -> Article:
    """A valid article; `changes` replace its fields."""
    values: dict[str, Any] = {
        "id": article_id,
        "language": language,
        "title": "Track your order",
        "questions": ("Where is my parcel?", "Has my order shipped yet?", "track my package"),
        "body": "Open **Orders** in your account.\n\n## Tracking\n\nYou get an e-mail.",
        "category": "orders",
        "audience": "public",
        "markets": (),
        "updated": dt.date(2026, 1, 31),
        **changes,
    }
    return Article(**values)


def shop() -> list[Article]:
    """A small shop: two articles in English and Greek, others in one language only."""
    return [
        make_article(),
        make_article(
            "order-track",
            "el",
            title="Παρακολούθηση παραγγελίας",
            questions=("Πού είναι το δέμα μου;", "Έχει σταλεί η παραγγελία;", "πότε έρχεται"),
            body="Ανοίξτε τις **Παραγγελίες**.\n\n## Κωδικός\n\nΛαμβάνετε μήνυμα με τον κωδικό.",
        ),
        make_article(
            "return-how",
            title="Return an item",
            questions=("How do I send something back?", "I want to return a towel", "return label"),
            body="Print the label and hand the carton to the courier.",
        ),
        make_article(
            "return-how",
            "el",
            title="Επιστροφή προϊόντος",
            questions=("Πώς επιστρέφω ένα προϊόν;", "Θέλω να το στείλω πίσω", "ετικέτα επιστροφής"),
            body="Τυπώστε την ετικέτα.",
        ),
        make_article(
            "ideal-pay",
            "nl",
            title="Betalen met iDEAL",
            questions=("Kan ik met iDEAL betalen?", "welke bank", "betaling"),
            body="Kies je bank.",
            markets=("NL",),
        ),
        make_article(
            "fraud-check",
            title="How we check for fraud",
            questions=("When do we stop a suspicious order?", "fraud signs", "chargeback"),
            body="For colleagues only.",
            audience="agents",
        ),
    ]
