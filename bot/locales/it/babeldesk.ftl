# Testi per chi visita il sito ($formality: formal o informal) e motivi per la console.

## Conversation

greeting = { $formality ->
    [informal] Ciao! Sono l'assistente digitale di { $brand }, un programma informatico. Come posso aiutarti?
   *[formal] Buongiorno! Sono l'assistente digitale di { $brand }, un programma informatico. Come posso aiutarLa?
}
goodbye = { $formality ->
    [informal] Ciao, e grazie per aver scritto. La chat resta qui se ti serve altro.
   *[formal] Arrivederci, e grazie per aver scritto. La chat resta qui se Le serve altro.
}
thanks-reply = { $formality ->
    [informal] Di niente! Vuoi sapere altro?
   *[formal] Prego! Desidera sapere altro?
}
affirm-reply = { $formality ->
    [informal] Va bene. Che cosa vuoi sapere?
   *[formal] Va bene. Che cosa desidera sapere?
}
deny-reply = { $formality ->
    [informal] Nessun problema. Scrivimi quando ti serve qualcosa.
   *[formal] Nessun problema. Mi scriva quando Le serve qualcosa.
}
bot-challenge = { $formality ->
    [informal] Sono un programma informatico, non una persona. Cerco le risposte nei nostri articoli di aiuto e, se preferisci parlare con una persona, ti passo al nostro team.
   *[formal] Sono un programma informatico, non una persona. Cerco le risposte nei nostri articoli di aiuto e, se preferisce parlare con una persona, La passo al nostro team.
}
hours-reply = Il nostro team risponde in questi orari: { $hours }. Io rispondo a qualsiasi ora.
hours-unknown = { $formality ->
    [informal] In questo momento non conosco gli orari del nostro team. Scrivi qui la tua domanda e una persona ti risponderà appena possibile.
   *[formal] In questo momento non conosco gli orari del nostro team. Scriva qui la Sua domanda e una persona Le risponderà appena possibile.
}
ask-question = { $formality ->
    [informal] Che cosa vuoi sapere? Scrivilo pure con parole tue.
   *[formal] Che cosa desidera sapere? Lo scriva pure con parole Sue.
}
rephrase = { $formality ->
    [informal] Non sono sicuro di aver capito. Puoi dirlo con altre parole, magari con un dettaglio in più?
   *[formal] Non sono sicuro di aver capito. Può dirlo con altre parole, magari con un dettaglio in più?
}
rephrase-short = { $formality ->
    [informal] Scusa, non ho capito. Puoi dirlo in un altro modo?
   *[formal] Mi scusi, non ho capito. Può dirlo in un altro modo?
}
clarify-intro = { $formality ->
    [informal] Ho trovato più di una risposta possibile. Quale intendi?
   *[formal] Ho trovato più di una risposta possibile. Quale intende?
}
clarify-none-of-these = Nessuna di queste
answer-only-in = Per ora ho questa risposta solo in questa lingua: { $language }.
helpful-thanks = Mi fa piacere che sia stato utile!
not-helpful-offer = { $formality ->
    [informal] Mi dispiace che non fosse quello che ti serviva. Vuoi parlare con una persona?
   *[formal] Mi dispiace che non fosse quello che Le serviva. Vuole parlare con una persona?
}
talk-to-person = Parla con una persona
complaint-sorry = { $formality ->
    [informal] Mi dispiace per quello che ti è successo. Passo tutto a una persona che può occuparsene.
   *[formal] Mi dispiace per quello che Le è successo. Passo tutto a una persona che può occuparsene.
}
empty-message = { $formality ->
    [informal] Non ho trovato parole nel tuo messaggio. Che cosa vuoi sapere?
   *[formal] Non ho trovato parole nel Suo messaggio. Che cosa desidera sapere?
}

## Language

language-changed = Certo. D'ora in poi risponderò in questa lingua: { $language }.
language-ask = { $formality ->
    [informal] In quale lingua vuoi continuare?
   *[formal] In quale lingua desidera continuare?
}
language-unsupported = { $formality ->
    [informal] Non parlo ancora questa lingua. Puoi scegliere una di queste: { $languages }.
   *[formal] Non parlo ancora questa lingua. Può scegliere una di queste: { $languages }.
}

## Ticket

ticket-status = { $formality ->
    [informal] Lo stato della tua richiesta { $number }:
   *[formal] Lo stato della Sua richiesta { $number }:
} { $state ->
    [new] { ticket-state-new }
    [open] { ticket-state-open }
    [pending] { ticket-state-pending }
    [on_hold] { ticket-state-on_hold }
    [solved] { ticket-state-solved }
    [closed] { ticket-state-closed }
   *[other] { $state }
}.
ticket-state-new = ricevuta
ticket-state-open = in lavorazione
ticket-state-pending = in attesa di risposta dal cliente
ticket-state-on_hold = in sospeso
ticket-state-solved = risolta
ticket-state-closed = chiusa
ticket-state-merged = unita a un'altra richiesta
ticket-state-spam = indesiderato
ticket-none = { $formality ->
    [informal] In questa conversazione non ci sono richieste aperte. Dimmi di che cosa si tratta e ti aiuto.
   *[formal] In questa conversazione non ci sono richieste aperte. Mi dica di che cosa si tratta e La aiuto.
}

## Handing over to a person

handoff-notice-online = { $formality ->
    [informal] Ti passo a una persona del nostro team, che vedrà tutto quello che hai scritto. La tua richiesta ha il numero { $number }. La risposta comparirà qui.
   *[formal] La passo a una persona del nostro team, che vedrà tutto quello che ha scritto. La Sua richiesta ha il numero { $number }. La risposta comparirà qui.
}
handoff-notice-offline = { $formality ->
    [informal] In questo momento non c'è nessuno del team. Ho salvato la tua richiesta con tutto quello che hai scritto; ha il numero { $number }. Una persona ti risponderà qui appena il team sarà di nuovo disponibile.
   *[formal] In questo momento non c'è nessuno del team. Ho salvato la Sua richiesta con tutto quello che ha scritto; ha il numero { $number }. Una persona Le risponderà qui appena il team sarà di nuovo disponibile.
}
handoff-opens-again = Riapriamo: { $opens }.
expected-reply-minutes = Di solito una persona risponde entro circa { $minutes } minuti.
expected-reply-by = Probabilmente una persona risponderà entro: { $moment }.
handoff-ask-contact = { $formality ->
    [informal] Se vuoi, lascia il tuo nome e il tuo indirizzo e-mail, così possiamo contattarti. Non è obbligatorio.
   *[formal] Se lo desidera, lasci il Suo nome e il Suo indirizzo e-mail, così possiamo contattarLa. Non è obbligatorio.
}
contact-thanks = { $formality ->
    [informal] Grazie! Ho aggiunto i tuoi contatti alla richiesta.
   *[formal] Grazie! Ho aggiunto i Suoi contatti alla richiesta.
}
contact-noted = { $formality ->
    [informal] Grazie, ho annotato i tuoi contatti.
   *[formal] Grazie, ho annotato i Suoi contatti.
}
agent-joined = { $name } del nostro team è ora in chat.
agent-left = La persona del nostro team ha lasciato la chat.
handed-back = { $formality ->
    [informal] La persona del nostro team ha finito; ora parli di nuovo con l'assistente digitale, un programma informatico. Che altro posso fare per te?
   *[formal] La persona del nostro team ha finito; ora parla di nuovo con l'assistente digitale, un programma informatico. Che altro posso fare per Lei?
}
resolved = { $formality ->
    [informal] La tua richiesta { $number } è segnata come risolta. Se c'è ancora qualcosa in sospeso, scrivi qui.
   *[formal] La Sua richiesta { $number } è segnata come risolta. Se c'è ancora qualcosa in sospeso, scriva qui.
}
not-solved = Non è risolto
merged = La richiesta { $number } ora fa parte della richiesta { $target }.

## Se qualcuno è in pericolo di vita

safety-help = { $formality ->
    [informal] Sembra che tu stia attraversando qualcosa di molto difficile, ed è un bene che tu l'abbia scritto. Non devi portarlo da solo o da sola. Se in questo momento sei in pericolo, chiama per favore il { $emergency }.
   *[formal] Sembra che stia attraversando qualcosa di molto difficile, ed è un bene che l'abbia scritto. Non deve portarlo da solo o da sola. Se in questo momento è in pericolo, chiami per favore il { $emergency }.
}
safety-lines = { $formality ->
    [informal] Puoi anche parlare con qualcuno che ascolta: { $lines }.
   *[formal] Può anche parlare con qualcuno che ascolta: { $lines }.
}
safety-person = Sono un programma informatico e non posso aiutare come una persona, perciò ho chiamato una persona del nostro team. Chi lo legge risponderà qui.
safety-emergency = 112 o il numero di emergenza locale

## Why a conversation was handed over (console)

reason-low_confidence = L'assistente non era sicuro della risposta
reason-asked_for_person = Ha chiesto di parlare con una persona
reason-repeated_failure = L'assistente ha fallito più volte di seguito
reason-negative_feedback = La risposta non è stata utile
reason-complaint = Presenta un reclamo
reason-risk_topic = Tema delicato: denaro, sicurezza, legge o dati
reason-bot_unavailable = L'assistente non era disponibile

## Why a ticket has its priority (console)

triage-safety = Pericolo per la salute o la sicurezza
triage-data_leak = Dati personali forse esposti
triage-double_charge = Addebitato più di una volta
triage-payment_taken = Denaro prelevato senza ordine né rimborso
triage-legal = Citati avvocato, autorità o tribunale
triage-everyone_affected = Coinvolte molte persone o tutte
triage-several_affected = Coinvolte più persone o più ordini
triage-blocked_order = Un ordine è bloccato
triage-one_person = Una sola persona, questione ordinaria
triage-deadline_now = Da risolvere oggi o domani
triage-blocked_now = Non può proseguire in questo momento
triage-growing_damage = Il danno si aggrava
triage-deadline_soon = Scadenza nei prossimi giorni
triage-waiting_long = Aspetta da molto
triage-repeated_contact = Ha già scritto per lo stesso motivo
triage-says_urgent = Dice che è urgente
triage-not_urgent = Dice che non è urgente
triage-no_hurry = Nessun segno di fretta
triage-repeat_contacts = { $count ->
    [one] Un contatto precedente sullo stesso tema
   *[other] { $count } contatti precedenti sullo stesso tema
}
triage-complaint = Reclamo: un livello in più
triage-risk_topic = Passato come tema delicato: almeno priorità 2
triage-floor_safety = Sicurezza: sempre priorità 1
triage-floor_data_leak = Possibile fuga di dati: sempre priorità 1
triage-floor_payment = Manca del denaro: almeno priorità 2
triage-floor_legal = Minaccia legale: almeno priorità 2
triage-self_harm = Si parla di suicidio o di farsi del male
triage-account_misuse = Un account o una carta in mano ad altri
triage-unanswered = Aspetta la risposta di una persona da { $hours } ore
triage-taken_back = Il visitatore dice che è risolto
triage-workaround = Funziona in un altro modo: impatto al massimo medio
triage-reopened = Tornato dopo essere stato risolto: un livello in più
triage-tier = Livello del cliente { $tier }: un livello in più
triage-first_contact = Scrive per la prima volta: un livello in più
triage-floor_self_harm = Vita in pericolo: sempre priorità 1
triage-floor_security = Account o carta in pericolo: sempre priorità 1
triage-prototype_limit = Solo simile nel significato, senza parole chiare: priorità 2 al massimo
triage-similar = { $text } – simile nel significato ({ $similarity } %) a «{ $prototype }»
triage-triage_failed = Non è stato possibile stabilire la priorità: priorità normale

## What happened to a ticket (console)

ticket-field-state = Stato
ticket-field-hold = In attesa
ticket-field-priority = Priorità
ticket-field-assignee_id = Assegnatario
ticket-field-team_id = Squadra
ticket-field-support_tier = Livello di assistenza
ticket-field-language = Lingua
ticket-field-subject = Oggetto
ticket-field-type = Tipo
ticket-field-category = Categoria
ticket-field-tags = Etichette
ticket-field-watchers = Osservatori
ticket-field-custom_fields = Campi propri
ticket-field-skills = Competenze
ticket-field-customer_id = Cliente
ticket-field-merged_into = Unita a
ticket-field-follow_up_of = Seguito di
history-ticket_linked = Collegato
history-ticket_unlinked = Collegamento rimosso
history-ticket_merged = Unione
history-ticket_unmerged = Unione annullata
history-ticket_split = Divisione
history-ticket_unsplit = Divisione annullata
history-priority_set = Priorità impostata a mano
history-ticket_assigned = Assegnato a un collega
link-related = Correlato a
link-duplicate_of = Duplicato di
link-blocks = Blocca
link-parent_of = Superiore di
link-has_duplicate = Ha il duplicato
link-blocked_by = Bloccato da
link-child_of = Inferiore di

## What a ticket is about (console)

summary-first-request = Prima richiesta: { $text }
summary-known = Citati: { $values }
summary-tried-answered = L'assistente ha risposto con: { $title }
summary-tried-offered = L'assistente ha proposto, non scelto: { $title }
summary-tried-helpful = Utile secondo il visitatore: { $title }
summary-tried-not_helpful = Non utile secondo il visitatore: { $title }
summary-sureness = L'assistente era sicuro al { $percent } % dell'ultima decisione
summary-languages = Lingue usate: { $languages }
summary-messages = Messaggi: visitatore { $visitor }, assistente { $bot }, squadra { $agent }

## Help pages

help-home = Centro assistenza
help-back = Torna a tutti gli articoli
help-updated = Aggiornato: { $date }
help-other-languages = Questo articolo in altre lingue
page-not-found = Non abbiamo trovato questa pagina.

## Views and orders of the queue (console)

view-open = Aperti
view-mine = I miei
view-my_team = I miei team
view-unassigned = Non assegnati
view-breaching_soon = In scadenza
view-waiting_for_customer = In attesa del cliente
view-on_hold = Sospesi
view-solved = Risolti
view-spam = Indesiderati
view-watched = Seguiti
order-priority = Per priorità
order-fifo = In ordine di arrivo
order-quick_wins = Prima i più rapidi
order-value = Prima i clienti più importanti
order-newest = Modifiche più recenti

## Why an agent has a ticket, and how much work it is (console)

routing-own_language = Parla la lingua del cliente: { $language }
routing-second_language = Parla un'altra lingua che il cliente capisce; per { $minutes } minuti nessuno era libero per: { $language }
routing-bridge_language = Parla la lingua comune; per { $minutes } minuti nessuno era libero per: { $language }
routing-no_common_language = Da { $minutes } minuti non c'è nessuno per: { $language }; servirà una traduzione
routing-has_skills = Ha le competenze: { $skills }
routing-lacks_skills = Per { $minutes } minuti nessuno con queste competenze era libero: { $skills }
routing-own_team = Fa parte del team del ticket
routing-other_team = Per { $minutes } minuti nessuno del team del ticket era libero
routing-tier = Lavora al livello { $tier }
routing-knows_customer = Conosce il cliente da una richiesta precedente
routing-given = Assegnato da { $by }
routing-given_because = Assegnato da { $by }: { $because }
routing-given_by_rule = Assegnato dalla regola { $by }
routing-least_loaded = Aveva meno posti occupati: { $load } su { $capacity }
routing-round_robin = Era il suo turno, con { $load } posti occupati su { $capacity }
routing-effort_type = Tipo di richiesta: { $value } ({ $minutes } min)
routing-effort_category = Categoria: { $value } ({ $minutes } min)
routing-effort_length = Lunghezza: { $value } caratteri ({ $minutes } min)
routing-effort_questions = Domande: { $value } ({ $minutes } min)

## Why a ticket still waits (console)

wait-team_closed = Il team ora è chiuso
wait-known_agent = Aspetta un po' { $agent }, che conosce il cliente
wait-nobody_here = Nessuno è online per prenderlo
wait-tier = Nessuno del livello { $tier } è ancora disponibile
wait-language = Nessuno di chi è online parla: { $language }
wait-skills = Nessuno di chi è online ha le competenze: { $skills }
wait-team = Nessuno del suo team è online
wait-cooling_down = È appena tornato dall'unica persona adatta, che viene risparmiata per un po'
wait-all_busy = Tutte le persone adatte sono occupate: { $agents }
wait-pull = I ticket di questa coda li prende chi vuole
wait-queued = Sarà esaminato tra poco
