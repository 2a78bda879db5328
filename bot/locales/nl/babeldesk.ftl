# Teksten voor bezoekers ($formality: formal of informal) en redenen voor de console.

## Conversation

greeting = { $formality ->
    [informal] Hoi! Ik ben de digitale assistent van { $brand }, een computerprogramma. Waarmee kan ik je helpen?
   *[formal] Goedendag! Ik ben de digitale assistent van { $brand }, een computerprogramma. Waarmee kan ik u helpen?
}
goodbye = { $formality ->
    [informal] Tot ziens, en bedankt voor je bericht. De chat blijft hier als je nog iets nodig hebt.
   *[formal] Tot ziens, en bedankt voor uw bericht. De chat blijft hier als u nog iets nodig hebt.
}
thanks-reply = { $formality ->
    [informal] Graag gedaan! Wil je nog iets anders weten?
   *[formal] Graag gedaan! Wilt u nog iets anders weten?
}
affirm-reply = { $formality ->
    [informal] Prima. Wat wil je weten?
   *[formal] Prima. Wat wilt u weten?
}
deny-reply = { $formality ->
    [informal] Geen probleem. Schrijf me gerust als je iets nodig hebt.
   *[formal] Geen probleem. Schrijf me gerust als u iets nodig hebt.
}
bot-challenge = { $formality ->
    [informal] Ik ben een computerprogramma, geen mens. Ik zoek antwoorden in onze hulpartikelen, en als je liever met een mens praat, geef ik je door aan ons team.
   *[formal] Ik ben een computerprogramma, geen mens. Ik zoek antwoorden in onze hulpartikelen, en als u liever met een mens praat, geef ik u door aan ons team.
}
hours-reply = Ons team is er op deze tijden: { $hours }. Ik antwoord dag en nacht.
hours-unknown = { $formality ->
    [informal] De werktijden van ons team weet ik op dit moment niet. Schrijf je vraag hier op, dan antwoordt iemand je zo snel mogelijk.
   *[formal] De werktijden van ons team weet ik op dit moment niet. Schrijf uw vraag hier op, dan antwoordt iemand u zo snel mogelijk.
}
ask-question = { $formality ->
    [informal] Wat wil je weten? Schrijf het gewoon in je eigen woorden.
   *[formal] Wat wilt u weten? Schrijf het gewoon in uw eigen woorden.
}
rephrase = { $formality ->
    [informal] Ik weet niet zeker of ik je goed begrijp. Kun je het anders zeggen, misschien met één detail meer?
   *[formal] Ik weet niet zeker of ik u goed begrijp. Kunt u het anders zeggen, misschien met één detail meer?
}
rephrase-short = { $formality ->
    [informal] Sorry, dat heb ik niet begrepen. Kun je het anders zeggen?
   *[formal] Sorry, dat heb ik niet begrepen. Kunt u het anders zeggen?
}
clarify-intro = { $formality ->
    [informal] Ik heb meer dan één mogelijk antwoord gevonden. Welk bedoel je?
   *[formal] Ik heb meer dan één mogelijk antwoord gevonden. Welk bedoelt u?
}
clarify-none-of-these = Geen van deze
answer-only-in = Dit antwoord heb ik voorlopig alleen in deze taal: { $language }.
helpful-thanks = Fijn dat het geholpen heeft!
not-helpful-offer = { $formality ->
    [informal] Jammer dat dit niet was wat je zocht. Wil je met een mens praten?
   *[formal] Jammer dat dit niet was wat u zocht. Wilt u met een mens praten?
}
talk-to-person = Met een mens praten
complaint-sorry = { $formality ->
    [informal] Het spijt me dat je dit is overkomen. Ik geef het door aan iemand die ernaar kan kijken.
   *[formal] Het spijt me dat u dit is overkomen. Ik geef het door aan iemand die ernaar kan kijken.
}
empty-message = { $formality ->
    [informal] Ik heb geen woorden in je bericht gevonden. Wat wil je weten?
   *[formal] Ik heb geen woorden in uw bericht gevonden. Wat wilt u weten?
}

## Language

language-changed = Natuurlijk. Vanaf nu antwoord ik in deze taal: { $language }.
language-ask = { $formality ->
    [informal] In welke taal wil je verdergaan?
   *[formal] In welke taal wilt u verdergaan?
}
language-unsupported = { $formality ->
    [informal] Die taal spreek ik nog niet. Je kunt een van deze kiezen: { $languages }.
   *[formal] Die taal spreek ik nog niet. U kunt een van deze kiezen: { $languages }.
}

## Ticket

ticket-status = { $formality ->
    [informal] De status van je aanvraag { $number }:
   *[formal] De status van uw aanvraag { $number }:
} { $state ->
    [new] { ticket-state-new }
    [open] { ticket-state-open }
    [pending] { ticket-state-pending }
    [on_hold] { ticket-state-on_hold }
    [solved] { ticket-state-solved }
    [closed] { ticket-state-closed }
   *[other] { $state }
}.
ticket-state-new = ontvangen
ticket-state-open = in behandeling
ticket-state-pending = wacht op antwoord van de klant
ticket-state-on_hold = aangehouden
ticket-state-solved = opgelost
ticket-state-closed = gesloten
ticket-state-merged = samengevoegd met een ander verzoek
ticket-state-spam = ongewenst bericht
ticket-none = { $formality ->
    [informal] In dit gesprek staat geen aanvraag open. Vertel me waar het over gaat, dan help ik je.
   *[formal] In dit gesprek staat geen aanvraag open. Vertel me waar het over gaat, dan help ik u.
}

## Handing over to a person

handoff-notice-online = { $formality ->
    [informal] Ik geef je door aan iemand van ons team, met alles wat je hebt geschreven. Je aanvraag heeft nummer { $number }. Het antwoord verschijnt hier.
   *[formal] Ik geef u door aan iemand van ons team, met alles wat u hebt geschreven. Uw aanvraag heeft nummer { $number }. Het antwoord verschijnt hier.
}
handoff-notice-offline = { $formality ->
    [informal] Er is op dit moment niemand van ons team. Ik heb je aanvraag bewaard, met alles wat je hebt geschreven; het nummer is { $number }. Zodra het team terug is, antwoordt een mens je hier.
   *[formal] Er is op dit moment niemand van ons team. Ik heb uw aanvraag bewaard, met alles wat u hebt geschreven; het nummer is { $number }. Zodra het team terug is, antwoordt een mens u hier.
}
handoff-opens-again = We zijn weer open: { $opens }.
expected-reply-minutes = Meestal antwoordt een medewerker binnen ongeveer { $minutes } minuten.
expected-reply-by = Waarschijnlijk antwoordt een medewerker uiterlijk: { $moment }.
handoff-ask-contact = { $formality ->
    [informal] Laat als je wilt je naam en e-mailadres achter, zodat we je kunnen bereiken. Het hoeft niet.
   *[formal] Laat als u wilt uw naam en e-mailadres achter, zodat we u kunnen bereiken. Het hoeft niet.
}
contact-thanks = { $formality ->
    [informal] Bedankt! Ik heb je contactgegevens bij je aanvraag gezet.
   *[formal] Bedankt! Ik heb uw contactgegevens bij uw aanvraag gezet.
}
contact-noted = { $formality ->
    [informal] Bedankt, ik heb je contactgegevens genoteerd.
   *[formal] Bedankt, ik heb uw contactgegevens genoteerd.
}
agent-joined = { $name } van ons team is nu in de chat.
agent-left = Onze collega heeft de chat verlaten.
handed-back = { $formality ->
    [informal] Onze collega is hier klaar; je praat nu weer met de digitale assistent, een computerprogramma. Wat kan ik nog voor je doen?
   *[formal] Onze collega is hier klaar; u praat nu weer met de digitale assistent, een computerprogramma. Wat kan ik nog voor u doen?
}
resolved = { $formality ->
    [informal] Je aanvraag { $number } is als opgelost gemarkeerd. Is er nog iets niet in orde, schrijf dan gewoon hier.
   *[formal] Uw aanvraag { $number } is als opgelost gemarkeerd. Is er nog iets niet in orde, schrijf dan gewoon hier.
}
not-solved = Het is niet opgelost
merged = Verzoek { $number } hoort nu bij verzoek { $target }.

## Als iemand in levensgevaar is

safety-help = { $formality ->
    [informal] Het klinkt alsof je iets heel zwaars doormaakt, en het is goed dat je het hebt opgeschreven. Je hoeft dit niet alleen te dragen. Ben je op dit moment in gevaar, bel dan { $emergency }.
   *[formal] Het klinkt alsof u iets heel zwaars doormaakt, en het is goed dat u het hebt opgeschreven. U hoeft dit niet alleen te dragen. Bent u op dit moment in gevaar, bel dan { $emergency }.
}
safety-lines = { $formality ->
    [informal] Je kunt ook praten met iemand die luistert: { $lines }.
   *[formal] U kunt ook praten met iemand die luistert: { $lines }.
}
safety-person = Ik ben een computerprogramma en kan niet helpen zoals een mens, daarom heb ik iemand van ons team geroepen. Wie het leest, antwoordt hier.
safety-emergency = 112 of het plaatselijke alarmnummer

## Why a conversation was handed over (console)

reason-low_confidence = De assistent was niet zeker van het antwoord
reason-asked_for_person = Er is om een mens gevraagd
reason-repeated_failure = De assistent kwam er meerdere keren achter elkaar niet uit
reason-negative_feedback = Het antwoord hielp niet
reason-complaint = Er is een klacht
reason-risk_topic = Gevoelig onderwerp: geld, veiligheid, recht of gegevens
reason-bot_unavailable = De assistent was niet beschikbaar

## Why a ticket has its priority (console)

triage-safety = Gevaar voor gezondheid of veiligheid
triage-data_leak = Persoonsgegevens liggen mogelijk op straat
triage-double_charge = Meer dan één keer afgeschreven
triage-payment_taken = Geld afgeschreven zonder bestelling of terugbetaling
triage-legal = Advocaat, instantie of rechter genoemd
triage-everyone_affected = Veel of alle mensen hebben er last van
triage-several_affected = Meerdere personen of bestellingen zijn getroffen
triage-blocked_order = Een bestelling zit vast
triage-one_person = Eén persoon, gewone vraag
triage-deadline_now = Moet vandaag of morgen geregeld zijn
triage-blocked_now = Kan nu niet verder
triage-growing_damage = De schade wordt groter
triage-deadline_soon = Termijn binnen enkele dagen
triage-waiting_long = Wacht al lang
triage-repeated_contact = Heeft hier al eerder over geschreven
triage-says_urgent = Zegt dat het dringend is
triage-not_urgent = Zegt dat het geen haast heeft
triage-no_hurry = Geen teken van haast
triage-repeat_contacts = { $count ->
    [one] Eén eerder contact hierover
   *[other] { $count } eerdere contacten hierover
}
triage-complaint = Klacht: één niveau hoger
triage-risk_topic = Overgedragen als gevoelig onderwerp: minstens prioriteit 2
triage-floor_safety = Veiligheid: altijd prioriteit 1
triage-floor_data_leak = Mogelijk datalek: altijd prioriteit 1
triage-floor_payment = Er ontbreekt geld: minstens prioriteit 2
triage-floor_legal = Juridische dreiging: minstens prioriteit 2
triage-self_harm = Er is sprake van zelfdoding of zelfbeschadiging
triage-account_misuse = Een account of een kaart in vreemde handen
triage-unanswered = Wacht al { $hours } uur op antwoord van een mens
triage-taken_back = De bezoeker zegt dat het opgelost is
triage-workaround = Het lukt op een andere manier: impact hoogstens gemiddeld
triage-reopened = Kwam terug nadat het opgelost was: een stap hoger
triage-tier = Klantniveau { $tier }: een stap hoger
triage-first_contact = Schrijft voor het eerst: een stap hoger
triage-floor_self_harm = Levensgevaar: altijd prioriteit 1
triage-floor_security = Account of kaart in gevaar: altijd prioriteit 1
triage-prototype_limit = Alleen vergelijkbaar van betekenis, geen duidelijke woorden: hoogstens prioriteit 2
triage-similar = { $text } – vergelijkbaar van betekenis ({ $similarity } %) met “{ $prototype }”
triage-triage_failed = De prioriteit kon niet worden bepaald: normale prioriteit

## What happened to a ticket (console)

ticket-field-state = Status
ticket-field-hold = In de wacht
ticket-field-priority = Prioriteit
ticket-field-assignee_id = Behandelaar
ticket-field-team_id = Groep
ticket-field-support_tier = Supportniveau
ticket-field-language = Taal
ticket-field-subject = Onderwerp
ticket-field-type = Soort
ticket-field-category = Categorie
ticket-field-tags = Labels
ticket-field-watchers = Volgers
ticket-field-custom_fields = Eigen velden
ticket-field-skills = Vaardigheden
ticket-field-customer_id = Klant
ticket-field-merged_into = Samengevoegd in
ticket-field-follow_up_of = Vervolg op
history-ticket_linked = Gekoppeld
history-ticket_unlinked = Koppeling verwijderd
history-ticket_merged = Samengevoegd
history-ticket_unmerged = Samenvoeging ongedaan gemaakt
history-ticket_split = Gesplitst
history-ticket_unsplit = Splitsing ongedaan gemaakt
history-priority_set = Prioriteit met de hand gezet
history-ticket_assigned = Aan een collega gegeven
link-related = Verwant aan
link-duplicate_of = Duplicaat van
link-blocks = Blokkeert
link-parent_of = Bovenliggend aan
link-has_duplicate = Heeft duplicaat
link-blocked_by = Geblokkeerd door
link-child_of = Onderliggend aan

## What a ticket is about (console)

summary-first-request = Eerste vraag: { $text }
summary-known = Genoemd: { $values }
summary-tried-answered = De assistent antwoordde met: { $title }
summary-tried-offered = De assistent bood aan, niet gekozen: { $title }
summary-tried-helpful = Hielp volgens de bezoeker: { $title }
summary-tried-not_helpful = Hielp niet volgens de bezoeker: { $title }
summary-sureness = De assistent was voor { $percent } % zeker van zijn laatste keuze
summary-languages = Gebruikte talen: { $languages }
summary-messages = Berichten: bezoeker { $visitor }, assistent { $bot }, team { $agent }

## Help pages

help-home = Hulpcentrum
help-back = Terug naar alle artikelen
help-updated = Bijgewerkt: { $date }
help-other-languages = Dit artikel in andere talen
page-not-found = We hebben deze pagina niet gevonden.

## Views and orders of the queue (console)

view-open = Openstaand
view-mine = Van mij
view-my_team = Mijn teams
view-unassigned = Niet toegewezen
view-breaching_soon = Termijn loopt bijna af
view-waiting_for_customer = Wacht op de klant
view-on_hold = Uitgesteld
view-solved = Opgelost
view-spam = Ongewenst
view-watched = Gevolgd
order-priority = Op prioriteit
order-fifo = Op volgorde van binnenkomst
order-quick_wins = Snel klaar eerst
order-value = Belangrijkste klanten eerst
order-newest = Nieuwste wijzigingen

## Why an agent has a ticket, and how much work it is (console)

routing-own_language = Spreekt de taal van de klant: { $language }
routing-second_language = Spreekt een andere taal die de klant begrijpt; { $minutes } minuten lang was niemand vrij voor: { $language }
routing-bridge_language = Spreekt de gemeenschappelijke taal; { $minutes } minuten lang was niemand vrij voor: { $language }
routing-no_common_language = Al { $minutes } minuten is er niemand voor: { $language }; een vertaling zal nodig zijn
routing-has_skills = Heeft de vaardigheden: { $skills }
routing-lacks_skills = { $minutes } minuten lang was niemand met deze vaardigheden vrij: { $skills }
routing-own_team = Hoort bij het team van het ticket
routing-other_team = { $minutes } minuten lang was niemand van het team van het ticket vrij
routing-tier = Werkt op niveau { $tier }
routing-knows_customer = Kent de klant van een eerder verzoek
routing-given = Toegewezen door { $by }
routing-given_because = Toegewezen door { $by }: { $because }
routing-given_by_rule = Toegewezen door de regel { $by }
routing-least_loaded = Had de minste plaatsen bezet: { $load } van { $capacity }
routing-round_robin = Was aan de beurt, met { $load } van { $capacity } plaatsen bezet
routing-effort_type = Soort verzoek: { $value } ({ $minutes } min)
routing-effort_category = Categorie: { $value } ({ $minutes } min)
routing-effort_length = Lengte: { $value } tekens ({ $minutes } min)
routing-effort_questions = Gestelde vragen: { $value } ({ $minutes } min)

## Why a ticket still waits (console)

wait-team_closed = Het team is nu gesloten
wait-known_agent = Wacht even op { $agent }, die de klant kent
wait-nobody_here = Niemand is online om het op te pakken
wait-tier = Er is nog niemand van niveau { $tier } beschikbaar
wait-language = Niemand die online is spreekt: { $language }
wait-skills = Niemand die online is heeft de vaardigheden: { $skills }
wait-team = Niemand van het team is online
wait-cooling_down = Het komt net terug van de enige passende persoon, die even wordt ontzien
wait-all_busy = Alle passende personen zijn bezet: { $agents }
wait-pull = Tickets in deze wachtrij pakt men zelf op
wait-queued = Het wordt zo bekeken
