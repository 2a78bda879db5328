# Texte für Besucher ($formality: formal oder informal) und Begründungen für die Konsole.

## Conversation

greeting = { $formality ->
    [informal] Hallo! Ich bin der digitale Assistent von { $brand }, ein Computerprogramm. Womit kann ich dir helfen?
   *[formal] Guten Tag! Ich bin der digitale Assistent von { $brand }, ein Computerprogramm. Womit kann ich Ihnen helfen?
}
goodbye = { $formality ->
    [informal] Tschüss und danke für deine Nachricht. Der Chat bleibt hier, falls du noch etwas brauchst.
   *[formal] Auf Wiedersehen und danke für Ihre Nachricht. Der Chat bleibt hier, falls Sie noch etwas brauchen.
}
thanks-reply = { $formality ->
    [informal] Gern geschehen! Möchtest du sonst noch etwas wissen?
   *[formal] Gern geschehen! Möchten Sie sonst noch etwas wissen?
}
affirm-reply = { $formality ->
    [informal] Alles klar. Was möchtest du wissen?
   *[formal] Alles klar. Was möchten Sie wissen?
}
deny-reply = { $formality ->
    [informal] Kein Problem. Schreib mir einfach, wenn du etwas brauchst.
   *[formal] Kein Problem. Schreiben Sie mir einfach, wenn Sie etwas brauchen.
}
bot-challenge = { $formality ->
    [informal] Ich bin ein Computerprogramm, kein Mensch. Ich suche Antworten in unseren Hilfeartikeln, und wenn du lieber mit einem Menschen sprechen möchtest, gebe ich dich an unser Team weiter.
   *[formal] Ich bin ein Computerprogramm, kein Mensch. Ich suche Antworten in unseren Hilfeartikeln, und wenn Sie lieber mit einem Menschen sprechen möchten, gebe ich Sie an unser Team weiter.
}
hours-reply = Unser Team ist zu diesen Zeiten da: { $hours }. Ich antworte rund um die Uhr.
hours-unknown = { $formality ->
    [informal] Die Arbeitszeiten unseres Teams kenne ich im Moment nicht. Schreib deine Frage hier auf, dann antwortet dir so bald wie möglich ein Mensch.
   *[formal] Die Arbeitszeiten unseres Teams kenne ich im Moment nicht. Schreiben Sie Ihre Frage hier auf, dann antwortet Ihnen so bald wie möglich ein Mensch.
}
ask-question = { $formality ->
    [informal] Was möchtest du wissen? Schreib es einfach in deinen eigenen Worten.
   *[formal] Was möchten Sie wissen? Schreiben Sie es einfach in Ihren eigenen Worten.
}
rephrase = { $formality ->
    [informal] Ich bin nicht sicher, ob ich dich verstanden habe. Kannst du es anders sagen, vielleicht mit einer Einzelheit mehr?
   *[formal] Ich bin nicht sicher, ob ich Sie verstanden habe. Können Sie es anders sagen, vielleicht mit einer Einzelheit mehr?
}
rephrase-short = { $formality ->
    [informal] Das habe ich leider nicht verstanden. Kannst du es anders formulieren?
   *[formal] Das habe ich leider nicht verstanden. Können Sie es anders formulieren?
}
clarify-intro = { $formality ->
    [informal] Ich habe mehr als eine mögliche Antwort gefunden. Welche davon meinst du?
   *[formal] Ich habe mehr als eine mögliche Antwort gefunden. Welche davon meinen Sie?
}
clarify-none-of-these = Keine davon
answer-only-in = Diese Antwort habe ich bisher nur in dieser Sprache: { $language }.
helpful-thanks = Schön, dass es geholfen hat!
not-helpful-offer = { $formality ->
    [informal] Schade, dass das nicht das Richtige war. Möchtest du mit einem Menschen sprechen?
   *[formal] Schade, dass das nicht das Richtige war. Möchten Sie mit einem Menschen sprechen?
}
talk-to-person = Mit einem Menschen sprechen
complaint-sorry = { $formality ->
    [informal] Es tut mir leid, dass dir das passiert ist. Ich gebe es an einen Menschen weiter, der sich darum kümmern kann.
   *[formal] Es tut mir leid, dass Ihnen das passiert ist. Ich gebe es an einen Menschen weiter, der sich darum kümmern kann.
}
empty-message = { $formality ->
    [informal] In deiner Nachricht habe ich keine Wörter gefunden. Was möchtest du wissen?
   *[formal] In Ihrer Nachricht habe ich keine Wörter gefunden. Was möchten Sie wissen?
}

## Language

language-changed = Gern. Ab jetzt antworte ich in dieser Sprache: { $language }.
language-ask = { $formality ->
    [informal] In welcher Sprache möchtest du weitermachen?
   *[formal] In welcher Sprache möchten Sie weitermachen?
}
language-unsupported = { $formality ->
    [informal] Diese Sprache spreche ich noch nicht. Du kannst eine von diesen wählen: { $languages }.
   *[formal] Diese Sprache spreche ich noch nicht. Sie können eine von diesen wählen: { $languages }.
}

## Ticket

ticket-status = { $formality ->
    [informal] Der Stand deiner Anfrage { $number }:
   *[formal] Der Stand Ihrer Anfrage { $number }:
} { $state ->
    [new] { ticket-state-new }
    [open] { ticket-state-open }
    [pending] { ticket-state-pending }
    [on_hold] { ticket-state-on_hold }
    [solved] { ticket-state-solved }
    [closed] { ticket-state-closed }
   *[other] { $state }
}.
ticket-state-new = eingegangen
ticket-state-open = in Bearbeitung
ticket-state-pending = wartet auf Antwort des Kunden
ticket-state-on_hold = zurückgestellt
ticket-state-solved = gelöst
ticket-state-closed = geschlossen
ticket-state-merged = mit einer anderen Anfrage zusammengeführt
ticket-state-spam = unerwünschte Werbung
ticket-none = { $formality ->
    [informal] In diesem Chat gibt es keine offene Anfrage. Sag mir, worum es geht, dann helfe ich dir.
   *[formal] In diesem Chat gibt es keine offene Anfrage. Sagen Sie mir, worum es geht, dann helfe ich Ihnen.
}

## Handing over to a person

handoff-notice-online = { $formality ->
    [informal] Ich gebe dich mit allem, was du geschrieben hast, an einen Menschen aus unserem Team weiter. Deine Anfrage hat die Nummer { $number }. Die Antwort erscheint hier.
   *[formal] Ich gebe Sie mit allem, was Sie geschrieben haben, an einen Menschen aus unserem Team weiter. Ihre Anfrage hat die Nummer { $number }. Die Antwort erscheint hier.
}
handoff-notice-offline = { $formality ->
    [informal] Im Moment ist niemand aus unserem Team da. Ich habe deine Anfrage mit allem, was du geschrieben hast, gespeichert; sie hat die Nummer { $number }. Sobald das Team zurück ist, antwortet dir hier ein Mensch.
   *[formal] Im Moment ist niemand aus unserem Team da. Ich habe Ihre Anfrage mit allem, was Sie geschrieben haben, gespeichert; sie hat die Nummer { $number }. Sobald das Team zurück ist, antwortet Ihnen hier ein Mensch.
}
handoff-opens-again = Wir sind wieder da: { $opens }.
expected-reply-minutes = Meist antwortet ein Mensch innerhalb von etwa { $minutes } Minuten.
expected-reply-by = Voraussichtlich antwortet ein Mensch bis: { $moment }.
handoff-ask-contact = { $formality ->
    [informal] Wenn du magst, hinterlass deinen Namen und deine E-Mail-Adresse, damit wir dich erreichen können. Das ist freiwillig.
   *[formal] Wenn Sie möchten, hinterlassen Sie Ihren Namen und Ihre E-Mail-Adresse, damit wir Sie erreichen können. Das ist freiwillig.
}
contact-thanks = { $formality ->
    [informal] Danke! Ich habe deine Kontaktdaten zu deiner Anfrage gelegt.
   *[formal] Danke! Ich habe Ihre Kontaktdaten zu Ihrer Anfrage gelegt.
}
contact-noted = { $formality ->
    [informal] Danke, ich habe deine Kontaktdaten notiert.
   *[formal] Danke, ich habe Ihre Kontaktdaten notiert.
}
agent-joined = { $name } aus unserem Team ist jetzt im Chat.
agent-left = Unser Teammitglied hat den Chat verlassen.
handed-back = { $formality ->
    [informal] Unser Teammitglied ist hier fertig; du sprichst jetzt wieder mit dem digitalen Assistenten, einem Computerprogramm. Was kann ich noch für dich tun?
   *[formal] Unser Teammitglied ist hier fertig; Sie sprechen jetzt wieder mit dem digitalen Assistenten, einem Computerprogramm. Was kann ich noch für Sie tun?
}
resolved = { $formality ->
    [informal] Deine Anfrage { $number } ist als gelöst markiert. Falls noch etwas offen ist, schreib einfach hier.
   *[formal] Ihre Anfrage { $number } ist als gelöst markiert. Falls noch etwas offen ist, schreiben Sie einfach hier.
}
not-solved = Es ist nicht gelöst
merged = Die Anfrage { $number } ist jetzt Teil der Anfrage { $target }.

## Wenn jemand in Lebensgefahr ist

safety-help = { $formality ->
    [informal] Das klingt, als ob du gerade etwas sehr Schweres durchmachst, und es ist gut, dass du es geschrieben hast. Du musst das nicht allein tragen. Wenn du in diesem Moment in Gefahr bist, ruf bitte { $emergency } an.
   *[formal] Das klingt, als ob Sie gerade etwas sehr Schweres durchmachen, und es ist gut, dass Sie es geschrieben haben. Sie müssen das nicht allein tragen. Wenn Sie in diesem Moment in Gefahr sind, rufen Sie bitte { $emergency } an.
}
safety-lines = { $formality ->
    [informal] Du kannst auch mit jemandem sprechen, der zuhört: { $lines }.
   *[formal] Sie können auch mit jemandem sprechen, der zuhört: { $lines }.
}
safety-person = Ich bin ein Computerprogramm und kann nicht helfen wie ein Mensch, deshalb habe ich einen Menschen aus unserem Team gerufen. Wer es liest, antwortet hier.
safety-emergency = 112 oder Ihre örtliche Notrufnummer

## Why a conversation was handed over (console)

reason-low_confidence = Der Assistent war sich der Antwort nicht sicher
reason-asked_for_person = Ein Mensch wurde verlangt
reason-repeated_failure = Der Assistent kam mehrmals nacheinander nicht weiter
reason-negative_feedback = Die Antwort hat nicht geholfen
reason-complaint = Es liegt eine Beschwerde vor
reason-risk_topic = Heikles Thema: Geld, Sicherheit, Recht oder Daten
reason-bot_unavailable = Der Assistent war nicht verfügbar

## Why a ticket has its priority (console)

triage-safety = Gefahr für Gesundheit oder Sicherheit
triage-data_leak = Persönliche Daten sind möglicherweise offengelegt
triage-double_charge = Mehr als einmal abgebucht
triage-payment_taken = Geld abgebucht, aber keine Bestellung oder Erstattung
triage-legal = Anwalt, Behörde oder Gericht erwähnt
triage-everyone_affected = Viele oder alle sind betroffen
triage-several_affected = Mehrere Personen oder Bestellungen sind betroffen
triage-blocked_order = Eine Bestellung hängt fest
triage-one_person = Eine Person, gewöhnliches Anliegen
triage-deadline_now = Muss heute oder morgen erledigt sein
triage-blocked_now = Kommt gerade nicht weiter
triage-growing_damage = Der Schaden wächst
triage-deadline_soon = Frist in den nächsten Tagen
triage-waiting_long = Wartet schon lange
triage-repeated_contact = Hat deswegen schon einmal geschrieben
triage-says_urgent = Laut Nachricht dringend
triage-not_urgent = Laut Nachricht nicht dringend
triage-no_hurry = Kein Zeichen von Eile
triage-repeat_contacts = { $count ->
    [one] Ein früherer Kontakt dazu
   *[other] { $count } frühere Kontakte dazu
}
triage-complaint = Beschwerde: eine Stufe höher
triage-risk_topic = Als heikles Thema übergeben: mindestens Priorität 2
triage-floor_safety = Sicherheit: immer Priorität 1
triage-floor_data_leak = Mögliches Datenleck: immer Priorität 1
triage-floor_payment = Es fehlt Geld: mindestens Priorität 2
triage-floor_legal = Rechtliche Schritte angedroht: mindestens Priorität 2
triage-self_harm = Jemand spricht von Suizid oder davon, sich etwas anzutun
triage-account_misuse = Konto oder Karte in fremden Händen
triage-unanswered = Wartet seit { $hours } Std. auf die Antwort eines Menschen
triage-taken_back = Die Person sagt, dass es sich erledigt hat
triage-workaround = Es geht auf anderem Weg: Auswirkung höchstens mittel
triage-reopened = War schon gelöst und kam zurück: eine Stufe höher
triage-tier = Kundenstufe { $tier }: eine Stufe höher
triage-first_contact = Schreibt zum ersten Mal: eine Stufe höher
triage-floor_self_harm = Lebensgefahr: immer Priorität 1
triage-floor_security = Konto oder Karte in Gefahr: immer Priorität 1
triage-prototype_limit = Nur sinnähnlich, keine klaren Worte: höchstens Priorität 2
triage-similar = { $text } – sinnähnlich ({ $similarity } %) zu „{ $prototype }“
triage-triage_failed = Die Priorität ließ sich nicht ermitteln: normale Priorität

## What happened to a ticket (console)

ticket-field-state = Status
ticket-field-hold = Angehalten
ticket-field-priority = Priorität
ticket-field-assignee_id = Zuständig
ticket-field-team_id = Gruppe
ticket-field-support_tier = Supportstufe
ticket-field-language = Sprache
ticket-field-subject = Betreff
ticket-field-type = Art
ticket-field-category = Kategorie
ticket-field-tags = Schlagwörter
ticket-field-watchers = Beobachter
ticket-field-custom_fields = Eigene Felder
ticket-field-skills = Fähigkeiten
ticket-field-customer_id = Kunde
ticket-field-merged_into = Zusammengeführt in
ticket-field-follow_up_of = Folgt auf
history-ticket_linked = Verknüpft
history-ticket_unlinked = Verknüpfung entfernt
history-ticket_merged = Zusammengeführt
history-ticket_unmerged = Zusammenführung zurückgenommen
history-ticket_split = Aufgeteilt
history-ticket_unsplit = Aufteilung zurückgenommen
history-priority_set = Priorität von Hand gesetzt
history-ticket_assigned = Weitergegeben
link-related = Verwandt mit
link-duplicate_of = Duplikat von
link-blocks = Blockiert
link-parent_of = Übergeordnet zu
link-has_duplicate = Hat das Duplikat
link-blocked_by = Blockiert durch
link-child_of = Untergeordnet zu

## What a ticket is about (console)

summary-first-request = Erstes Anliegen: { $text }
summary-known = Genannt: { $values }
summary-tried-answered = Der Assistent antwortete mit: { $title }
summary-tried-offered = Der Assistent bot an, nicht gewählt: { $title }
summary-tried-helpful = Half laut Besucher: { $title }
summary-tried-not_helpful = Half laut Besucher nicht: { $title }
summary-sureness = Der Assistent war sich zuletzt zu { $percent } % sicher
summary-languages = Verwendete Sprachen: { $languages }
summary-messages = Nachrichten: Besucher { $visitor }, Assistent { $bot }, Team { $agent }

## Help pages

help-home = Hilfe
help-back = Zurück zu allen Artikeln
help-updated = Stand: { $date }
help-other-languages = Dieser Artikel in anderen Sprachen
page-not-found = Diese Seite haben wir nicht gefunden.

## Views and orders of the queue (console)

view-open = Offen
view-mine = Meine
view-my_team = Meine Teams
view-unassigned = Nicht zugewiesen
view-breaching_soon = Frist läuft bald ab
view-waiting_for_customer = Wartet auf den Kunden
view-on_hold = Zurückgestellt
view-solved = Gelöst
view-spam = Unerwünscht
view-watched = Beobachtet
order-priority = Nach Priorität
order-fifo = In der Reihenfolge des Eingangs
order-quick_wins = Schnell Erledigtes zuerst
order-value = Wichtigste Kunden zuerst
order-newest = Neueste Änderungen

## Why an agent has a ticket, and how much work it is (console)

routing-own_language = Spricht die Sprache des Kunden: { $language }
routing-second_language = Spricht eine andere Sprache, die der Kunde versteht; seit { $minutes } Minuten war niemand frei für: { $language }
routing-bridge_language = Spricht die gemeinsame Sprache; seit { $minutes } Minuten war niemand frei für: { $language }
routing-no_common_language = Seit { $minutes } Minuten ist niemand da für: { $language }; eine Übersetzung wird nötig sein
routing-has_skills = Hat die Kenntnisse: { $skills }
routing-lacks_skills = Seit { $minutes } Minuten war niemand mit diesen Kenntnissen frei: { $skills }
routing-own_team = Gehört zum Team des Tickets
routing-other_team = Aus dem Team des Tickets war seit { $minutes } Minuten niemand frei
routing-tier = Arbeitet auf Stufe { $tier }
routing-knows_customer = Kennt den Kunden von einer früheren Anfrage
routing-given = Zugewiesen von { $by }
routing-given_because = Zugewiesen von { $by }: { $because }
routing-given_by_rule = Zugewiesen von der Regel { $by }
routing-least_loaded = Hatte die wenigsten Plätze belegt: { $load } von { $capacity }
routing-round_robin = War als Nächstes an der Reihe; { $load } von { $capacity } Plätzen belegt
routing-effort_type = Art der Anfrage: { $value } ({ $minutes } Min.)
routing-effort_category = Kategorie: { $value } ({ $minutes } Min.)
routing-effort_length = Länge: { $value } Zeichen ({ $minutes } Min.)
routing-effort_questions = Gestellte Fragen: { $value } ({ $minutes } Min.)

## Why a ticket still waits (console)

wait-team_closed = Das Team hat gerade geschlossen
wait-known_agent = Wartet kurz auf { $agent }, wo man den Kunden kennt
wait-nobody_here = Niemand ist online, um es zu übernehmen
wait-tier = Auf Stufe { $tier } ist noch niemand verfügbar
wait-language = Niemand, der online ist, spricht: { $language }
wait-skills = Niemand, der online ist, hat die Kenntnisse: { $skills }
wait-team = Niemand aus dem Team ist online
wait-cooling_down = Es kam eben von der einzigen passenden Person zurück, die eine Weile verschont wird
wait-all_busy = Alle passenden Personen sind beschäftigt: { $agents }
wait-pull = Tickets dieser Warteschlange nimmt man sich selbst
wait-queued = Es wird gleich angesehen
