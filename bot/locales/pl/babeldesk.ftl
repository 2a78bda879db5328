# Teksty dla odwiedzających ($formality: formal lub informal) i powody dla konsoli.

## Conversation

greeting = { $formality ->
    [informal] Cześć! Jestem cyfrowym asystentem sklepu { $brand }, programem komputerowym. W czym mogę Ci pomóc?
   *[formal] Dzień dobry! Jestem cyfrowym asystentem sklepu { $brand }, programem komputerowym. W czym mogę pomóc?
}
goodbye = { $formality ->
    [informal] Do zobaczenia i dzięki za wiadomość. Czat jest tutaj, gdyby coś jeszcze było potrzebne.
   *[formal] Do widzenia i dziękuję za wiadomość. Czat jest tutaj, gdyby było jeszcze coś potrzebne.
}
thanks-reply = { $formality ->
    [informal] Nie ma za co! Chcesz wiedzieć coś jeszcze?
   *[formal] Nie ma za co! Czy mogę pomóc w czymś jeszcze?
}
affirm-reply = { $formality ->
    [informal] Dobrze. Co chcesz wiedzieć?
   *[formal] Dobrze. O co chodzi?
}
deny-reply = { $formality ->
    [informal] Nie ma sprawy. Napisz, kiedy będziesz czegoś potrzebować.
   *[formal] Nie ma problemu. Proszę napisać, gdy coś będzie potrzebne.
}
bot-challenge = { $formality ->
    [informal] Jestem programem komputerowym, nie człowiekiem. Szukam odpowiedzi w naszych artykułach pomocy, a jeśli wolisz porozmawiać z człowiekiem, przekażę Cię naszemu zespołowi.
   *[formal] Jestem programem komputerowym, nie człowiekiem. Szukam odpowiedzi w naszych artykułach pomocy, a jeśli woli Pan lub Pani porozmawiać z człowiekiem, przekażę rozmowę naszemu zespołowi.
}
hours-reply = Nasz zespół jest dostępny w tych godzinach: { $hours }. Ja odpowiadam przez całą dobę.
hours-unknown = { $formality ->
    [informal] W tej chwili nie znam godzin pracy naszego zespołu. Napisz tutaj swoje pytanie, a ktoś odpowie jak najszybciej.
   *[formal] W tej chwili nie znam godzin pracy naszego zespołu. Proszę napisać tutaj swoje pytanie, a ktoś odpowie jak najszybciej.
}
ask-question = { $formality ->
    [informal] Co chcesz wiedzieć? Napisz po prostu własnymi słowami.
   *[formal] W czym mogę pomóc? Proszę napisać po prostu własnymi słowami.
}
rephrase = { $formality ->
    [informal] Nie mam pewności, czy dobrze rozumiem. Możesz napisać to innymi słowami, może z jednym szczegółem więcej?
   *[formal] Nie mam pewności, czy dobrze rozumiem. Czy można prosić o to samo innymi słowami, może z jednym szczegółem więcej?
}
rephrase-short = { $formality ->
    [informal] Przepraszam, nie rozumiem. Możesz to ująć inaczej?
   *[formal] Przepraszam, nie rozumiem. Czy można to ująć inaczej?
}
clarify-intro = { $formality ->
    [informal] Znalazłem więcej niż jedną możliwą odpowiedź. O którą Ci chodzi?
   *[formal] Znalazłem więcej niż jedną możliwą odpowiedź. O którą chodzi?
}
clarify-none-of-these = Żadna z tych
answer-only-in = Na razie mam tę odpowiedź tylko w tym języku: { $language }.
helpful-thanks = Cieszę się, że to pomogło!
not-helpful-offer = { $formality ->
    [informal] Szkoda, że to nie było to. Chcesz porozmawiać z człowiekiem?
   *[formal] Szkoda, że to nie było to. Czy połączyć z człowiekiem?
}
talk-to-person = Chcę rozmawiać z człowiekiem
complaint-sorry = Przykro mi, że tak się stało. Przekazuję sprawę osobie, która może się nią zająć.
empty-message = { $formality ->
    [informal] Nie widzę żadnych słów w Twojej wiadomości. Co chcesz wiedzieć?
   *[formal] Nie widzę żadnych słów w tej wiadomości. W czym mogę pomóc?
}

## Language

language-changed = Oczywiście. Od teraz będę odpowiadać w tym języku: { $language }.
language-ask = { $formality ->
    [informal] W jakim języku chcesz kontynuować?
   *[formal] W jakim języku mamy kontynuować?
}
language-unsupported = { $formality ->
    [informal] Nie znam jeszcze tego języka. Możesz wybrać jeden z tych: { $languages }.
   *[formal] Nie znam jeszcze tego języka. Do wyboru są: { $languages }.
}

## Ticket

ticket-status = { $formality ->
    [informal] Status Twojego zgłoszenia { $number }:
   *[formal] Status zgłoszenia { $number }:
} { $state ->
    [new] { ticket-state-new }
    [open] { ticket-state-open }
    [pending] { ticket-state-pending }
    [on_hold] { ticket-state-on_hold }
    [solved] { ticket-state-solved }
    [closed] { ticket-state-closed }
   *[other] { $state }
}.
ticket-state-new = przyjęte
ticket-state-open = w toku
ticket-state-pending = czeka na odpowiedź klienta
ticket-state-on_hold = wstrzymane
ticket-state-solved = rozwiązane
ticket-state-closed = zamknięte
ticket-state-merged = połączone z innym zgłoszeniem
ticket-state-spam = niechciana wiadomość
ticket-none = { $formality ->
    [informal] W tej rozmowie nie ma otwartego zgłoszenia. Powiedz, o co chodzi, a pomogę.
   *[formal] W tej rozmowie nie ma otwartego zgłoszenia. Proszę napisać, o co chodzi, a pomogę.
}

## Handing over to a person

handoff-notice-online = { $formality ->
    [informal] Przekazuję Cię osobie z naszego zespołu razem ze wszystkim, co zostało napisane. Numer Twojego zgłoszenia to { $number }. Odpowiedź pojawi się tutaj.
   *[formal] Przekazuję rozmowę osobie z naszego zespołu razem ze wszystkim, co zostało napisane. Numer zgłoszenia to { $number }. Odpowiedź pojawi się tutaj.
}
handoff-notice-offline = { $formality ->
    [informal] W tej chwili nie ma nikogo z naszego zespołu. Twoje zgłoszenie jest zapisane razem ze wszystkim, co zostało napisane; ma numer { $number }. Człowiek odpowie Ci tutaj, gdy tylko zespół wróci.
   *[formal] W tej chwili nie ma nikogo z naszego zespołu. Zgłoszenie jest zapisane razem ze wszystkim, co zostało napisane; ma numer { $number }. Człowiek odpowie tutaj, gdy tylko zespół wróci.
}
handoff-opens-again = Otwieramy ponownie: { $opens }.
expected-reply-minutes = Zwykle człowiek odpowiada w ciągu około { $minutes } minut.
expected-reply-by = Odpowiedź od człowieka prawdopodobnie nadejdzie do: { $moment }.
handoff-ask-contact = { $formality ->
    [informal] Jeśli chcesz, zostaw imię i adres e-mail, żebyśmy mogli się z Tobą skontaktować. To nie jest konieczne.
   *[formal] Można zostawić imię i adres e-mail, żebyśmy mogli się skontaktować. To nie jest konieczne.
}
contact-thanks = { $formality ->
    [informal] Dzięki! Twoje dane kontaktowe są już w zgłoszeniu.
   *[formal] Dziękuję! Dane kontaktowe są już w zgłoszeniu.
}
contact-noted = { $formality ->
    [informal] Dzięki, mam już Twoje dane kontaktowe.
   *[formal] Dziękuję, dane kontaktowe są zapisane.
}
agent-joined = Do czatu z naszego zespołu dołącza: { $name }.
agent-left = Osoba z naszego zespołu opuściła czat.
handed-back = { $formality ->
    [informal] Osoba z naszego zespołu zakończyła rozmowę; znów piszesz z cyfrowym asystentem, programem komputerowym. Co jeszcze mogę dla Ciebie zrobić?
   *[formal] Osoba z naszego zespołu zakończyła rozmowę; teraz znów odpowiada cyfrowy asystent, program komputerowy. W czym jeszcze mogę pomóc?
}
resolved = { $formality ->
    [informal] Twoje zgłoszenie { $number } jest oznaczone jako rozwiązane. Jeśli coś jeszcze zostało, po prostu napisz tutaj.
   *[formal] Zgłoszenie { $number } jest oznaczone jako rozwiązane. Jeśli coś jeszcze zostało, wystarczy napisać tutaj.
}
not-solved = Sprawa nie jest rozwiązana
merged = Zgłoszenie { $number } jest teraz częścią zgłoszenia { $target }.

## Gdy czyjeś życie jest zagrożone

safety-help = { $formality ->
    [informal] To brzmi tak, jakby działo się u Ciebie coś bardzo trudnego, i dobrze, że to piszesz. Nie musisz dźwigać tego samotnie. Jeśli jesteś teraz w niebezpieczeństwie, zadzwoń pod { $emergency }.
   *[formal] To brzmi tak, jakby działo się u Pani lub Pana coś bardzo trudnego, i dobrze, że zostało to napisane. Nie trzeba dźwigać tego samotnie. W razie bezpośredniego niebezpieczeństwa proszę zadzwonić pod { $emergency }.
}
safety-lines = { $formality ->
    [informal] Możesz też porozmawiać z kimś, kto wysłucha: { $lines }.
   *[formal] Można też porozmawiać z kimś, kto wysłucha: { $lines }.
}
safety-person = Jestem programem komputerowym i nie pomogę tak jak człowiek, dlatego wezwałem osobę z naszego zespołu. Kto to przeczyta, odpowie tutaj.
safety-emergency = 112 lub lokalny numer alarmowy

## Why a conversation was handed over (console)

reason-low_confidence = Asystent nie był pewien odpowiedzi
reason-asked_for_person = Prośba o rozmowę z człowiekiem
reason-repeated_failure = Asystent zawiódł kilka razy z rzędu
reason-negative_feedback = Odpowiedź nie pomogła
reason-complaint = Skarga klienta
reason-risk_topic = Delikatny temat: pieniądze, bezpieczeństwo, prawo lub dane
reason-bot_unavailable = Asystent był niedostępny

## Why a ticket has its priority (console)

triage-safety = Zagrożenie zdrowia lub bezpieczeństwa
triage-data_leak = Możliwe ujawnienie danych osobowych
triage-double_charge = Pobrano opłatę więcej niż raz
triage-payment_taken = Pobrano pieniądze bez zamówienia lub zwrotu
triage-legal = Mowa o prawniku, urzędzie lub sądzie
triage-everyone_affected = Dotyczy wielu osób lub wszystkich
triage-several_affected = Dotyczy kilku osób lub zamówień
triage-blocked_order = Zamówienie jest zablokowane
triage-one_person = Jedna osoba, zwykła sprawa
triage-deadline_now = Trzeba załatwić dziś lub jutro
triage-blocked_now = Nie może teraz nic zrobić
triage-growing_damage = Szkoda się powiększa
triage-deadline_soon = Termin w najbliższych dniach
triage-waiting_long = Czeka już długo
triage-repeated_contact = Już wcześniej o tym pisano
triage-says_urgent = Według klienta to pilne
triage-not_urgent = Według klienta to nic pilnego
triage-no_hurry = Brak oznak pośpiechu
triage-repeat_contacts = { $count ->
    [one] Jeden wcześniejszy kontakt w tej sprawie
    [few] { $count } wcześniejsze kontakty w tej sprawie
    [many] { $count } wcześniejszych kontaktów w tej sprawie
   *[other] { $count } wcześniejszego kontaktu w tej sprawie
}
triage-complaint = Skarga: jeden poziom wyżej
triage-risk_topic = Przekazane jako delikatny temat: co najmniej priorytet 2
triage-floor_safety = Bezpieczeństwo: zawsze priorytet 1
triage-floor_data_leak = Możliwy wyciek danych: zawsze priorytet 1
triage-floor_payment = Brakuje pieniędzy: co najmniej priorytet 2
triage-floor_legal = Groźba kroków prawnych: co najmniej priorytet 2
triage-self_harm = Mowa o samobójstwie lub zrobieniu sobie krzywdy
triage-account_misuse = Konto lub karta w obcych rękach
triage-unanswered = Czeka na odpowiedź człowieka od { $hours } godz.
triage-taken_back = Klient mówi, że sprawa jest załatwiona
triage-workaround = Działa w inny sposób: wpływ najwyżej średni
triage-reopened = Wróciło po rozwiązaniu: o jeden poziom wyżej
triage-tier = Poziom klienta { $tier }: o jeden poziom wyżej
triage-first_contact = Pisze po raz pierwszy: o jeden poziom wyżej
triage-floor_self_harm = Zagrożenie życia: zawsze priorytet 1
triage-floor_security = Konto lub karta w niebezpieczeństwie: zawsze priorytet 1
triage-prototype_limit = Tylko podobne w znaczeniu, bez jasnych słów: najwyżej priorytet 2
triage-similar = { $text } – podobne w znaczeniu ({ $similarity } %) do „{ $prototype }”
triage-triage_failed = Nie udało się ustalić priorytetu: zwykły priorytet

## What happened to a ticket (console)

ticket-field-state = Stan
ticket-field-hold = Wstrzymane
ticket-field-priority = Priorytet
ticket-field-assignee_id = Osoba prowadząca
ticket-field-team_id = Zespół
ticket-field-support_tier = Poziom wsparcia
ticket-field-language = Język
ticket-field-subject = Temat
ticket-field-type = Rodzaj
ticket-field-category = Kategoria
ticket-field-tags = Etykiety
ticket-field-watchers = Obserwujący
ticket-field-custom_fields = Własne pola
ticket-field-skills = Umiejętności
ticket-field-customer_id = Klient
ticket-field-merged_into = Połączone z
ticket-field-follow_up_of = Kontynuacja
history-ticket_linked = Powiązano
history-ticket_unlinked = Usunięto powiązanie
history-ticket_merged = Połączono
history-ticket_unmerged = Cofnięto połączenie
history-ticket_split = Podzielono
history-ticket_unsplit = Cofnięto podział
history-priority_set = Priorytet ustawiono ręcznie
history-ticket_assigned = Przekazano innej osobie z zespołu
link-related = Powiązane z
link-duplicate_of = Duplikat
link-blocks = Blokuje
link-parent_of = Nadrzędne wobec
link-has_duplicate = Ma duplikat
link-blocked_by = Blokowane przez
link-child_of = Podrzędne wobec

## What a ticket is about (console)

summary-first-request = Pierwsza prośba: { $text }
summary-known = Wspomniano: { $values }
summary-tried-answered = Asystent odpowiedział artykułem: { $title }
summary-tried-offered = Asystent zaproponował, nie wybrano: { $title }
summary-tried-helpful = Pomogło według osoby piszącej: { $title }
summary-tried-not_helpful = Nie pomogło według osoby piszącej: { $title }
summary-sureness = Asystent był pewny ostatniej decyzji w { $percent } %
summary-languages = Użyte języki: { $languages }
summary-messages = Wiadomości: osoba pisząca { $visitor }, asystent { $bot }, zespół { $agent }

## Help pages

help-home = Centrum pomocy
help-back = Wróć do wszystkich artykułów
help-updated = Aktualizacja: { $date }
help-other-languages = Ten artykuł w innych językach
page-not-found = Nie znaleźliśmy tej strony.

## Views and orders of the queue (console)

view-open = Otwarte
view-mine = Moje
view-my_team = Moje zespoły
view-unassigned = Nieprzydzielone
view-breaching_soon = Wkrótce po terminie
view-waiting_for_customer = Czeka na klienta
view-on_hold = Wstrzymane
view-solved = Rozwiązane
view-spam = Niechciane
view-watched = Obserwowane
order-priority = Według priorytetu
order-fifo = Według kolejności zgłoszeń
order-quick_wins = Najpierw szybkie sprawy
order-value = Najpierw najważniejsi klienci
order-newest = Najnowsze zmiany

## Why an agent has a ticket, and how much work it is (console)

routing-own_language = Mówi w języku klienta: { $language }
routing-second_language = Mówi w innym języku, który klient rozumie; przez { $minutes } min nikt nie był wolny dla języka: { $language }
routing-bridge_language = Mówi we wspólnym języku; przez { $minutes } min nikt nie był wolny dla języka: { $language }
routing-no_common_language = Od { $minutes } min nie ma nikogo dla języka: { $language }; potrzebne będzie tłumaczenie
routing-has_skills = Ma umiejętności: { $skills }
routing-lacks_skills = Przez { $minutes } min nikt z tymi umiejętnościami nie był wolny: { $skills }
routing-own_team = Należy do zespołu zgłoszenia
routing-other_team = Przez { $minutes } min nikt z zespołu zgłoszenia nie był wolny
routing-tier = Pracuje na poziomie { $tier }
routing-knows_customer = Zna klienta z wcześniejszego zgłoszenia
routing-given = Przekazane przez: { $by }
routing-given_because = Przekazane przez: { $by }. Powód: { $because }
routing-given_by_rule = Przekazane przez regułę { $by }
routing-least_loaded = Najmniej zajętych miejsc: { $load } z { $capacity }
routing-round_robin = Przyszła kolej na tę osobę; zajęte miejsca: { $load } z { $capacity }
routing-effort_type = Rodzaj zgłoszenia: { $value } ({ $minutes } min)
routing-effort_category = Kategoria: { $value } ({ $minutes } min)
routing-effort_length = Długość: { $value } znaków ({ $minutes } min)
routing-effort_questions = Zadane pytania: { $value } ({ $minutes } min)

## Why a ticket still waits (console)

wait-team_closed = Zespół jest teraz nieczynny
wait-known_agent = Czeka chwilę na osobę, która zna klienta: { $agent }
wait-nobody_here = Nikt nie jest dostępny, aby je przyjąć
wait-tier = Nikt z poziomu { $tier } nie jest jeszcze dostępny
wait-language = Nikt z dostępnych nie mówi w języku: { $language }
wait-skills = Nikt z dostępnych nie ma umiejętności: { $skills }
wait-team = Nikt z jego zespołu nie jest dostępny
wait-cooling_down = Właśnie wróciło od jedynej odpowiedniej osoby, która przez chwilę go nie dostanie
wait-all_busy = Wszystkie odpowiednie osoby są zajęte: { $agents }
wait-pull = Zgłoszenia z tej kolejki każdy przyjmuje sam
wait-queued = Zaraz zostanie sprawdzone
