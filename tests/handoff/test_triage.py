"""Triage decides by rules that a person can follow; words here are English and made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from handoff.ports import Triage as TriagePort
from handoff.ports import TriageMessage, TriageSignal
from handoff.triage import Assessment, Triage, triage_version
from handoff.triage_lexicons import LexiconInvalid, load_lexicon, load_lexicons, load_triage
from handoff.triage_rules import CATEGORIES, EPISODE_WORDS, TriageSettings
from handoff.triage_words import MAX_WORDS, Lexicon, fold, read_phrases, split_words

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)

WORDS: Mapping[str, tuple[str, ...]] = {
    "safety": ("injur*", "on fire"),
    "data_leak": ("hacked",),
    "self_harm": ("end my life",),
    "account_misuse": ("card . stolen",),
    "workaround": ("another browser works",),
    "taken_back": ("works again", "not urgent any more", "solved"),
    "double_charge": ("charged .. twice", "double charge*"),
    "payment_taken": ("money . gone",),
    "legal": ("lawyer*",),
    "everyone_affected": ("all our users",),
    "several_affected": ("# of our orders", "# parcels"),
    "blocked_order": ("order . stuck",),
    "deadline_now": ("by tomorrow|tonight",),
    "deadline_soon": ("by friday",),
    "blocked_now": ("can't log in",),
    "growing_damage": ("getting worse",),
    "says_urgent": ("urgent",),
    "waiting_long": ("for # weeks",),
    "repeated_contact": ("wrote before",),
    "not_urgent": ("not urgent", "no rush"),
    "negators": ("not", "nobody", "no"),
    "negators_after": ("denied",),
    "no_denial": ("not only",),
    "conjunctions": ("and",),
    "numbers": ("two", "three"),
    "real_words": (),
}
ENGLISH = Lexicon(language="en", phrases=WORDS)
TRIAGE = Triage(lexicons={"en": ENGLISH})


def assess(
    *texts: str,
    reason: str = "low_confidence",
    repeat_contacts: int = 0,
    entities: Mapping[str, str] | None = None,
    language: str | None = "en",
    triage: Triage = TRIAGE,
) -> Assessment:
    return triage(
        [TriageMessage(text=text, language=language, at=NOW) for text in texts],
        handoff_reason=reason,
        entities=entities or {},
        repeat_contacts=repeat_contacts,
    )


def codes(assessment: Assessment) -> list[str]:
    return [reason.code for reason in assessment.reasons]


def test_triage_satisfies_the_port_of_the_core() -> None:
    port: TriagePort = TRIAGE

    assert port([], handoff_reason="asked_for_person", entities={}).priority == 5


def test_an_ordinary_question_of_one_person_has_no_hurry() -> None:
    assessment = assess("Which size do I need?")

    assert (assessment.impact, assessment.urgency, assessment.priority) == (3, 3, 5)
    assert codes(assessment) == ["one_person", "no_hurry"]
    assert [reason.evidence for reason in assessment.reasons] == ["", ""]


@pytest.mark.parametrize(
    ("text", "impact", "urgency", "priority", "expected"),
    [
        ("My son is INJURED", 1, 1, 1, ["safety"]),
        ("i was hacked", 1, 1, 1, ["data_leak"]),
        ("I was charged twice", 1, 3, 2, ["double_charge", "no_hurry", "floor_payment"]),
        ("my money is gone", 1, 3, 2, ["payment_taken", "no_hurry", "floor_payment"]),
        ("my lawyer will write", 1, 3, 2, ["legal", "no_hurry", "floor_legal"]),
        ("my lawyer writes by Friday", 1, 2, 2, ["legal", "deadline_soon"]),
        ("all our users wait", 1, 3, 3, ["everyone_affected", "no_hurry"]),
        ("two of our orders", 2, 3, 4, ["several_affected", "no_hurry"]),
        ("my order is stuck", 2, 3, 4, ["blocked_order", "no_hurry"]),
        ("my order is stuck, I need it by tomorrow", 2, 1, 2, ["blocked_order", "deadline_now"]),
        ("I can't log in", 3, 1, 3, ["one_person", "blocked_now"]),
        ("it is getting worse", 3, 1, 3, ["one_person", "growing_damage"]),
        ("I have waited for 3 weeks", 3, 2, 4, ["one_person", "waiting_long"]),
        ("URGENT!!!", 3, 2, 4, ["one_person", "says_urgent"]),
        ("It is not urgent", 3, 3, 5, ["one_person", "not_urgent"]),
    ],
)
def test_words_decide_impact_and_urgency(
    text: str, impact: int, urgency: int, priority: int, expected: list[str]
) -> None:
    assessment = assess(text)

    assert (assessment.impact, assessment.urgency, assessment.priority) == (
        impact,
        urgency,
        priority,
    )
    assert codes(assessment) == expected


def test_safety_and_data_need_no_floor_because_they_are_urgent_by_nature() -> None:
    assert codes(assess("there was a fire, I am injured, no rush"))[:1] == ["safety"]
    assert assess("I am injured, no rush").priority == 1


def test_evidence_is_in_the_visitors_own_words_of_the_first_message_that_says_so() -> None:
    assessment = assess("Hello", "You CHARGED my card Twice!", "charged me twice, twice")

    assert assessment.reasons[0].evidence == "CHARGED my card Twice"


def test_reasons_stand_in_order_of_weight() -> None:
    assessment = assess("my order is stuck and I was charged twice, need it by Friday, by tonight")

    assert codes(assessment) == [
        "double_charge",
        "blocked_order",
        "deadline_now",
        "deadline_soon",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "I was not charged twice",
        "nobody was ever charged twice",
        "charged twice denied",
        "no double charges",
        "I was charged, but not twice",
    ],
)
def test_what_is_denied_does_not_count(text: str) -> None:
    assert codes(assess(text)) == ["one_person", "no_hurry"]


@pytest.mark.parametrize(
    "text",
    [
        "I was not only charged twice",
        "It was not me, charged twice again",
        "not my order. Charged twice",
        "nobody helps and I am charged twice",
        "not the one and only time ever that you charged me twice",
        "charged twice, denied",
        "charged twice",
    ],
)
def test_a_negator_denies_only_what_stands_close_in_its_own_clause(text: str) -> None:
    assert "double_charge" in codes(assess(text))


def test_a_phrase_with_its_own_denial_is_not_denied_by_another() -> None:
    lexicon = Lexicon(
        language="en", phrases={"negators": ("nobody", "not"), "everyone_affected": ("nobody can",)}
    )

    found = read_phrases(split_words("not nobody can"), [lexicon]).affirmed

    assert [item.category for item in found] == ["everyone_affected"]


def test_three_orders_are_three_orders_even_if_there_are_none_of_them() -> None:
    assert assess("no three of our orders came").impact == 2


def test_no_hurry_outweighs_waiting_but_not_a_deadline() -> None:
    assert assess("no rush, I have waited for two weeks").urgency == 3
    assert assess("no rush, I wrote before").urgency == 3
    assert assess("no rush, but by tomorrow please").urgency == 1


def test_a_gap_and_a_sentence_end_limit_a_phrase() -> None:
    assert assess("charged a b c d twice").priority == 2
    assert assess("charged a b c d e twice").priority == 5
    assert assess("charged me. Twice I wrote").priority == 5
    assert assess("my money a b gone").priority == 2
    assert assess("my money a b c gone").priority == 5
    assert assess("charged").priority == 5


@pytest.mark.parametrize(
    ("count", "is_several"),
    [("2", True), ("three", True), ("200", True), ("1", False), ("204518", False), ("x", False)],
)
def test_numbers_count_from_two_and_not_as_order_numbers(count: str, is_several: bool) -> None:
    assert (assess(f"{count} parcels are here").impact == 2) is is_several


def test_earlier_contacts_raise_by_one_step_however_many() -> None:
    assert assess("Which size?", repeat_contacts=1).priority == 4
    raised = assess("Which size?", repeat_contacts=7)

    assert raised.priority == 4
    assert raised.reasons[-1].code == "repeat_contacts"
    assert raised.reasons[-1].params == {"count": 7}


def test_a_mentioned_repetition_is_not_counted_twice() -> None:
    said = assess("I wrote before", repeat_contacts=1)

    assert said.priority == 4
    assert codes(said) == ["one_person", "repeated_contact"]
    assert assess("I wrote before, need it by Friday", repeat_contacts=1).priority == 3


def test_a_complaint_raises_by_one_step() -> None:
    assessment = assess("Which size?", reason="complaint")

    assert assessment.priority == 4
    assert codes(assessment)[-1] == "complaint"


def test_modifiers_never_make_an_emergency() -> None:
    ordinary = assess("my order is stuck, by tomorrow", reason="complaint", repeat_contacts=3)

    assert ordinary.priority == 2
    assert assess("I am injured", reason="complaint", repeat_contacts=3).priority == 1


def test_a_sensitive_subject_is_at_least_priority_two() -> None:
    assessment = assess("something about money", reason="risk_topic")

    assert assessment.priority == 2
    assert codes(assessment)[-1] == "risk_topic"
    assert "risk_topic" not in codes(assess("I was charged twice", reason="risk_topic"))


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ("22.11.2026", "deadline_now"),
        ("2026-11-24", "deadline_soon"),
        ("28/11/26", "deadline_soon"),
        ("25.11.", "deadline_soon"),
        ("21.11.2026", None),
        ("20.11.2026", None),
        ("29.11.2026", None),
        ("3.1.", None),
        ("31.02.2026", None),
        ("next week", None),
    ],
)
def test_a_stated_date_of_the_coming_week_is_a_deadline(stated: str, code: str | None) -> None:
    assessment = assess("The feast is on that day", entities={"date": stated})

    assert codes(assessment) == ["one_person", code or "no_hurry"]


def test_a_date_of_next_year_counts_across_new_year() -> None:
    message = TriageMessage(text="On 2.1.", language="en", at=datetime(2026, 12, 31, tzinfo=UTC))

    assessment = TRIAGE([message], handoff_reason="low_confidence", entities={"date": "2.1."})

    assert assessment.reasons[-1].code == "deadline_soon"
    assert assessment.reasons[-1].params == {"date": "2027-01-02"}


def test_a_date_without_any_message_says_nothing() -> None:
    assert assess(entities={"date": "22.11.2026"}).urgency == 3


def test_an_unknown_language_is_read_with_all_lexicons() -> None:
    german = Lexicon(language="de", phrases=dict(WORDS) | {"legal": ("anwalt*",)})
    triage = Triage(lexicons={"en": ENGLISH, "de": german})

    assert assess("Mein Anwalt schreibt", triage=triage, language=None).impact == 1
    assert assess("Mein Anwalt schreibt", triage=triage, language="ja").impact == 1
    assert assess("Mein Anwalt schreibt", triage=triage, language="de-AT").impact == 1
    assert assess("Mein Anwalt schreibt", triage=triage, language="en").impact == 3
    assert assess("Bitte, my lawyer schreibt", triage=triage, language="de").impact == 1


def test_the_version_follows_the_words() -> None:
    changed = Lexicon(language="en", phrases=dict(WORDS) | {"legal": ()})

    settings = TriageSettings()

    assert TRIAGE.version == triage_version({"en": ENGLISH}, settings)
    assert TRIAGE.version != triage_version({"en": changed}, settings)
    assert TRIAGE.version != triage_version(
        {"en": ENGLISH}, TriageSettings(raise_first_contact=True)
    )
    assert TRIAGE.version.startswith("2-")
    assert assess("hello").version == TRIAGE.version


def test_the_same_input_gives_the_same_result() -> None:
    text = "charged twice and my order is stuck, by tomorrow"

    assert assess(text, reason="complaint") == assess(text, reason="complaint")


@pytest.mark.parametrize(
    ("word", "folded"),
    [
        ("ΆΝΘΡΩΠΟΣ", "ανθρωποσ"),
        ("İptal", "iptal"),
        ("ISI", "isi"),
        ("ısı", "isi"),
        ("Straße", "strasse"),
        ("Łódź", "lodz"),
        ("ещё", "еще"),
        ("can't", "cant"),
        ("è", "è"),
        ("E", "e"),
        ("خُصم", "خصم"),
        ("والطلب", "طلب"),
        ("الطلب", "طلب"),
        ("للمستشفى", "مستشفي"),
        ("بالمستشفى", "مستشفي"),
        ("لصعقة", "صعقه"),
        ("اليوم", "اليوم"),
        ("آلة", "اله"),
    ],
)
def test_words_are_compared_without_case_accents_and_joined_particles(
    word: str, folded: str
) -> None:
    assert fold(word) == folded


def test_decomposed_and_composed_accents_are_the_same_word() -> None:
    assert split_words("cafe\u0301")[0].folded == split_words("caf\u00e9")[0].folded == "cafe"


def test_long_texts_are_read_to_a_limit() -> None:
    words = split_words("word " * (MAX_WORDS + 50))

    assert len(words) == MAX_WORDS


def test_of_very_long_conversations_the_newest_messages_are_read() -> None:
    filler = "word " * MAX_WORDS
    n_filling = EPISODE_WORDS // MAX_WORDS

    assert assess("charged twice", *[filler] * (n_filling - 1)).priority == 2
    assert assess("charged twice", *[filler] * n_filling).priority == 5
    assert assess(*[filler] * n_filling, "charged twice").priority == 2


def test_clauses_and_sentences_are_counted() -> None:
    places = [(word.sentence, word.clause) for word in split_words("a b, c. d 10.50 (e)")]

    assert places == [(0, 0), (0, 0), (0, 1), (1, 2), (1, 2), (1, 2), (1, 3)]


def test_nothing_is_found_inside_not_urgent_but_taking_it_back() -> None:
    lexicon = Lexicon(
        language="en",
        phrases={
            "not_urgent": ("take your time now",),
            "says_urgent": ("now",),
            "taken_back": ("your time",),
        },
    )

    found = read_phrases(split_words("take your time now"), [lexicon]).affirmed

    assert [item.category for item in found] == ["not_urgent", "taken_back"]


def test_a_phrase_may_begin_with_a_number_or_a_choice() -> None:
    lexicon = Lexicon(language="en", phrases={"legal": ("# courts", "court|judge rules", "#|both")})
    found = read_phrases(split_words("two courts, 3 courts, judge rules, both"), [lexicon]).affirmed

    assert [(item.first, item.stop) for item in found] == [(2, 3), (2, 4), (4, 6), (6, 7)]


def test_a_phrase_is_found_behind_a_word_that_only_begins_like_it() -> None:
    lexicon = Lexicon(language="en", phrases={"legal": ("see .. my lawyer",)})

    assert read_phrases(split_words("see my big, my lawyer"), [lexicon]).affirmed
    assert not read_phrases(split_words("see my"), [lexicon]).affirmed


def test_the_lexicons_of_the_product_load_and_know_every_category() -> None:
    lexicons = load_lexicons()

    assert set(lexicons) == set(
        ["en", "el", "tr", "de", "es", "fr", "it", "pt", "nl", "pl", "ru", "ar"]
    )
    assert all(lexicon.phrases.keys() == CATEGORIES for lexicon in lexicons.values())
    assert load_triage().version == load_triage().version


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("- a", "must map"),
        ("legal: [", "cannot be read"),
        ("legal: []", "categories missing or unknown"),
    ],
)
def test_a_faulty_lexicon_is_refused_with_its_place(
    tmp_path: Path, content: str, fault: str
) -> None:
    path = tmp_path / "en.yml"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(LexiconInvalid, match=fault) as caught:
        load_lexicon(path)

    assert caught.value.path == path
    assert caught.value.code == "lexicon_invalid"
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    "phrase",
    ["''", "'.. a'", "'a ..'", "'a .'", "'*'", "'a|'", "7", '"d\'un|une mot"', "'e-mail|x'"],
)
def test_a_faulty_phrase_is_refused(tmp_path: Path, phrase: str) -> None:
    lines = [f"{category}: []" for category in sorted(CATEGORIES - {"legal"})]
    path = tmp_path / "en.yml"
    path.write_text("\n".join([*lines, f"legal: [{phrase}]"]), encoding="utf-8")

    with pytest.raises(LexiconInvalid, match="is not a phrase"):
        load_lexicon(path)


def test_a_category_must_be_a_list(tmp_path: Path) -> None:
    lines = [f"{category}: []" for category in sorted(CATEGORIES - {"legal"})]
    path = tmp_path / "en.yml"
    path.write_text("\n".join([*lines, "legal: lawyer"]), encoding="utf-8")

    with pytest.raises(LexiconInvalid, match="must be a list"):
        load_lexicon(path)


def test_a_folder_without_english_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LexiconInvalid, match="English"):
        load_triage(tmp_path)


def test_a_reason_names_the_phrase_that_matched() -> None:
    assert assess("I was charged twice").reasons[0].params == {"rule": "en: charged .. twice"}


def test_speaking_of_ending_ones_life_is_an_emergency_even_when_it_is_denied() -> None:
    for text in ("I want to end my life", "I do not want to end my life, not urgent"):
        assert (assess(text).priority, codes(assess(text))[0]) == (1, "self_harm")


def test_speaking_of_ending_ones_life_is_read_in_every_language() -> None:
    spanish = Lexicon(language="es", phrases=dict(WORDS) | {"self_harm": ("quitarme la vida",)})
    triage = Triage(lexicons={"en": ENGLISH, "es": spanish})

    said = assess("Quiero quitarme la vida", triage=triage, language="en")

    assert said.reasons[0].params == {"rule": "any language: quitarme la vida"}
    assert said.priority == 1


def test_a_stolen_card_is_an_emergency() -> None:
    stolen = assess("my card was stolen, no rush")

    assert (stolen.priority, codes(stolen)) == (1, ["account_misuse"])


def test_another_way_caps_the_impact_of_an_outage_at_medium() -> None:
    outage = assess("all our users wait, another browser works")

    assert (outage.impact, outage.urgency, outage.priority) == (2, 3, 4)
    assert codes(outage) == ["everyone_affected", "workaround", "no_hurry"]
    assert assess("all our users are injured, another browser works").impact == 1
    assert assess("my order is stuck, another browser works").impact == 2
    assert assess("another browser works").impact == 3


@pytest.mark.parametrize(
    "text", ["all our users wait, another browser works not", "not that another browser works"]
)
def test_another_way_must_be_said_without_any_denial(text: str) -> None:
    assert "workaround" not in codes(assess(text))


def test_what_is_taken_back_counts_no_longer() -> None:
    after = assess("I can't log in", "It works again, thank you")

    assert (after.priority, after.may_fall) == (5, True)
    assert codes(after) == ["one_person", "no_hurry", "taken_back"]
    assert after.reasons[-1].evidence == "works again"


@pytest.mark.parametrize(
    ("texts", "priority"),
    [
        (("I am injured", "it works again"), 1),
        (("I was charged twice", "it is solved"), 2),
        (("all our users wait", "solved, but I can't log in"), 3),
        (("it is solved", "I can't log in"), 3),
        (("I can't log in", "it is not solved"), 3),
        (("I can't log in", "Is it solved?"), 3),
        (("I can't log in", "Is it solved? Thanks."), 3),
        (("I can't log in", "It is solved! Is that fine?"), 5),
        (("URGENT", "not urgent any more"), 5),
    ],
)
def test_only_what_may_be_taken_back_is(texts: tuple[str, ...], priority: int) -> None:
    assert assess(*texts).priority == priority


def test_a_stated_date_is_taken_back_along() -> None:
    assert assess("on that day", "solved", entities={"date": "22.11.2026"}).urgency == 3


def test_a_ticket_may_fall_only_by_a_word_and_when_everything_was_read() -> None:
    assert not assess("hello").may_fall
    assert assess("no rush").may_fall
    assert not assess("no rush", "word " * (MAX_WORDS + 1)).may_fall
    assert not assess("hello", *["word " * 290] * 3, "no rush").may_fall


def test_writing_again_after_a_day_without_an_answer_is_soon() -> None:
    def waited(hours: int, *texts: str) -> Assessment:
        return TRIAGE(
            [TriageMessage(text=text, language="en", at=NOW) for text in texts],
            handoff_reason="low_confidence",
            entities={},
            waiting_since=NOW - timedelta(hours=hours),
        )

    assert codes(waited(23, "hello")) == ["one_person", "no_hurry"]
    assert codes(waited(26, "hello")) == ["one_person", "unanswered"]
    assert waited(26, "hello").reasons[-1].params == {"hours": 26}
    assert waited(26, "hello").priority == 4
    assert waited(26, "no rush").priority == 5
    assert waited(26, "it is solved").priority == 5
    assert waited(26).priority == 5


def test_a_reopened_ticket_stands_one_step_higher_and_does_not_count_twice() -> None:
    reopened = TRIAGE(
        [TriageMessage(text="Which size?", language="en", at=NOW)],
        handoff_reason="low_confidence",
        entities={},
        repeat_contacts=3,
        reopened=True,
    )

    assert reopened.priority == 4
    assert codes(reopened) == ["one_person", "no_hurry", "reopened"]


def settled(**settings: object) -> Triage:
    return Triage(lexicons={"en": ENGLISH}, settings=TriageSettings(**settings))  # type: ignore[arg-type]


def with_tier(triage: Triage, text: str, tier: str | None, **more: int) -> Assessment:
    return triage(
        [TriageMessage(text=text, language="en", at=NOW)],
        handoff_reason=str(more.pop("reason", "low_confidence")),
        entities={},
        tier=tier,
        repeat_contacts=more.get("repeat_contacts", 0),
    )


def test_a_configured_tier_stands_one_step_higher() -> None:
    triage = settled(raise_tiers=frozenset({"vip"}))
    vip = with_tier(triage, "Which size?", "vip")

    assert (vip.priority, vip.reasons[-1].code) == (4, "tier")
    assert vip.reasons[-1].params == {"tier": "vip"}
    assert with_tier(triage, "Which size?", "basic").priority == 5
    assert with_tier(triage, "Which size?", None).priority == 5
    assert with_tier(settled(), "Which size?", "vip").priority == 5


def test_a_first_contact_stands_one_step_higher_if_the_support_lead_wants_it() -> None:
    triage = settled(raise_first_contact=True)

    assert codes(with_tier(triage, "Which size?", None))[-1] == "first_contact"
    assert codes(with_tier(triage, "Which size?", None, repeat_contacts=1))[-1] == "repeat_contacts"


def test_all_modifiers_together_raise_by_two_steps_and_never_to_an_emergency() -> None:
    triage = settled(raise_tiers=frozenset({"vip"}))
    raised = triage(
        [TriageMessage(text="Which size?", language="en", at=NOW)],
        handoff_reason="complaint",
        entities={},
        repeat_contacts=2,
        tier="vip",
    )

    assert raised.priority == 3
    assert len(raised.reasons) == 4


def like(category: str, text: str = "something went wrong here") -> TriageMessage:
    signal = TriageSignal(category=category, prototype="A prototype.", similarity=0.716)
    return TriageMessage(text=text, language="en", at=NOW, signals=(signal,))


def by_prototype(*messages: TriageMessage) -> Assessment:
    return TRIAGE(messages, handoff_reason="low_confidence", entities={})


def test_a_prototype_speaks_with_the_message_and_its_own_words() -> None:
    said = by_prototype(like("blocked_now"))

    assert (said.impact, said.urgency, said.priority) == (3, 1, 3)
    assert said.reasons[-1].code == "blocked_now"
    assert said.reasons[-1].evidence == "something went wrong here"
    assert said.reasons[-1].params == {"prototype": "A prototype.", "similarity": 72}


@pytest.mark.parametrize("category", ["safety", "data_leak", "account_misuse"])
def test_prototypes_alone_never_make_an_emergency(category: str) -> None:
    said = by_prototype(like(category))

    assert said.priority == 2
    assert codes(said)[-1] == "prototype_limit"


def test_words_and_prototypes_together_make_no_emergency_that_words_do_not() -> None:
    assert by_prototype(like("everyone_affected", "I can't log in")).priority == 2
    assert by_prototype(like("blocked_now", "I am injured")).priority == 1
    assert by_prototype(like("several_affected", "I can't log in")).priority == 2


@pytest.mark.parametrize(
    "message",
    [
        like("self_harm"),
        like("unheard_of"),
        like("not_urgent"),
        like("double_charge", "I was not charged twice"),
        like("blocked_now", "no rush at all"),
    ],
)
def test_some_likeness_does_not_count(message: TriageMessage) -> None:
    assert by_prototype(message).priority == 5


def test_what_a_message_is_like_is_taken_back_too_unless_it_is_grave() -> None:
    solved = TriageMessage(text="it is solved", language="en", at=NOW)

    assert by_prototype(like("blocked_now"), solved).priority == 5
    assert by_prototype(like("payment_taken"), solved).priority == 2


@pytest.mark.parametrize(
    ("written", "priority"),
    [
        ("I was chagred twice", 2),
        ("I was chrged twice", 2),
        ("I was changed twice", 5),
        ("I was chargged twice", 5),
        ("I was chargeed twice", 5),
        ("My son is injjjjured", 1),
        ("my laywers will write", 2),
        ("We are inujred", 5),
        ("We are inured", 5),
    ],
)
def test_a_slip_of_the_finger_is_forgiven_in_long_words(written: str, priority: int) -> None:
    assert assess(written).priority == priority
