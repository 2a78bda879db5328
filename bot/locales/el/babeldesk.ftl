# Κείμενα για επισκέπτες (με $formality: formal ή informal) και αιτιολογίες για την κονσόλα.

## Conversation

greeting = { $formality ->
    [informal] Γεια σου! Είμαι ο ψηφιακός βοηθός του { $brand }, ένα πρόγραμμα υπολογιστή. Πώς μπορώ να σε βοηθήσω;
   *[formal] Γεια σας! Είμαι ο ψηφιακός βοηθός του { $brand }, ένα πρόγραμμα υπολογιστή. Πώς μπορώ να σας βοηθήσω;
}
goodbye = { $formality ->
    [informal] Γεια σου, και ευχαριστώ για το μήνυμα. Η συνομιλία μένει εδώ, αν χρειαστείς κάτι άλλο.
   *[formal] Γεια σας, και ευχαριστώ για το μήνυμα. Η συνομιλία μένει εδώ, αν χρειαστείτε κάτι άλλο.
}
thanks-reply = { $formality ->
    [informal] Παρακαλώ! Θα ήθελες να μάθεις κάτι άλλο;
   *[formal] Παρακαλώ! Θα θέλατε να μάθετε κάτι άλλο;
}
affirm-reply = { $formality ->
    [informal] Ωραία. Τι θα ήθελες να μάθεις;
   *[formal] Ωραία. Τι θα θέλατε να μάθετε;
}
deny-reply = { $formality ->
    [informal] Κανένα πρόβλημα. Γράψε μου όποτε χρειαστείς κάτι.
   *[formal] Κανένα πρόβλημα. Γράψτε μου όποτε χρειαστείτε κάτι.
}
bot-challenge = { $formality ->
    [informal] Είμαι πρόγραμμα υπολογιστή, όχι άνθρωπος. Ψάχνω απαντήσεις στα άρθρα βοήθειας και, όποτε προτιμάς να μιλήσεις με άνθρωπο, σε συνδέω με την ομάδα μας.
   *[formal] Είμαι πρόγραμμα υπολογιστή, όχι άνθρωπος. Ψάχνω απαντήσεις στα άρθρα βοήθειας και, όποτε προτιμάτε να μιλήσετε με άνθρωπο, σας συνδέω με την ομάδα μας.
}
hours-reply = Η ομάδα μας είναι εδώ τις εξής ώρες: { $hours }. Εγώ απαντώ όλο το εικοσιτετράωρο.
hours-unknown = { $formality ->
    [informal] Αυτή τη στιγμή δεν γνωρίζω το ωράριο της ομάδας μας. Γράψε εδώ την ερώτησή σου και θα σου απαντήσει ένας συνάδελφος το συντομότερο δυνατό.
   *[formal] Αυτή τη στιγμή δεν γνωρίζω το ωράριο της ομάδας μας. Γράψτε εδώ την ερώτησή σας και θα σας απαντήσει ένας συνάδελφος το συντομότερο δυνατό.
}
ask-question = { $formality ->
    [informal] Τι θα ήθελες να μάθεις; Γράψε το απλά, με δικά σου λόγια.
   *[formal] Τι θα θέλατε να μάθετε; Γράψτε το απλά, με δικά σας λόγια.
}
rephrase = { $formality ->
    [informal] Δεν είμαι βέβαιος ότι κατάλαβα. Μπορείς να το πεις με άλλα λόγια, ίσως με μία λεπτομέρεια ακόμη;
   *[formal] Δεν είμαι βέβαιος ότι κατάλαβα. Μπορείτε να το πείτε με άλλα λόγια, ίσως με μία λεπτομέρεια ακόμη;
}
rephrase-short = { $formality ->
    [informal] Συγγνώμη, δεν το κατάλαβα. Μπορείς να το διατυπώσεις αλλιώς;
   *[formal] Συγγνώμη, δεν το κατάλαβα. Μπορείτε να το διατυπώσετε αλλιώς;
}
clarify-intro = { $formality ->
    [informal] Βρήκα περισσότερες από μία πιθανές απαντήσεις. Ποια από αυτές εννοείς;
   *[formal] Βρήκα περισσότερες από μία πιθανές απαντήσεις. Ποια από αυτές εννοείτε;
}
clarify-none-of-these = Καμία από αυτές
answer-only-in = Προς το παρόν έχω αυτή την απάντηση μόνο στην εξής γλώσσα: { $language }.
helpful-thanks = Χαίρομαι που βοήθησε!
not-helpful-offer = { $formality ->
    [informal] Λυπάμαι που δεν ήταν αυτό που χρειαζόσουν. Θέλεις να μιλήσεις με έναν άνθρωπο;
   *[formal] Λυπάμαι που δεν ήταν αυτό που χρειαζόσασταν. Θέλετε να μιλήσετε με έναν άνθρωπο;
}
talk-to-person = Θέλω να μιλήσω με άνθρωπο
complaint-sorry = { $formality ->
    [informal] Λυπάμαι για ό,τι συνέβη. Το προωθώ σε έναν συνάδελφο που μπορεί να το εξετάσει για σένα.
   *[formal] Λυπάμαι για ό,τι συνέβη. Το προωθώ σε έναν συνάδελφο που μπορεί να το εξετάσει για εσάς.
}
empty-message = { $formality ->
    [informal] Δεν βρήκα λέξεις στο μήνυμά σου. Τι θα ήθελες να μάθεις;
   *[formal] Δεν βρήκα λέξεις στο μήνυμά σας. Τι θα θέλατε να μάθετε;
}

## Language

language-changed = Βεβαίως. Από εδώ και πέρα θα απαντώ σε αυτή τη γλώσσα: { $language }.
language-ask = { $formality ->
    [informal] Σε ποια γλώσσα θέλεις να συνεχίσουμε;
   *[formal] Σε ποια γλώσσα θέλετε να συνεχίσουμε;
}
language-unsupported = { $formality ->
    [informal] Δεν μιλώ ακόμη αυτή τη γλώσσα. Μπορείς να διαλέξεις μία από αυτές: { $languages }.
   *[formal] Δεν μιλώ ακόμη αυτή τη γλώσσα. Μπορείτε να διαλέξετε μία από αυτές: { $languages }.
}

## Ticket

ticket-status = { $formality ->
    [informal] Η κατάσταση του αιτήματός σου { $number }:
   *[formal] Η κατάσταση του αιτήματός σας { $number }:
} { $state ->
    [new] { ticket-state-new }
    [open] { ticket-state-open }
    [pending] { ticket-state-pending }
    [on_hold] { ticket-state-on_hold }
    [solved] { ticket-state-solved }
    [closed] { ticket-state-closed }
   *[other] { $state }
}.
ticket-state-new = παραλήφθηκε
ticket-state-open = σε εξέλιξη
ticket-state-pending = περιμένει απάντηση από τον πελάτη
ticket-state-on_hold = σε αναμονή
ticket-state-solved = λύθηκε
ticket-state-closed = έκλεισε
ticket-state-merged = συγχωνεύθηκε με άλλο αίτημα
ticket-state-spam = ανεπιθύμητο
ticket-none = { $formality ->
    [informal] Δεν υπάρχει ανοιχτό αίτημα σε αυτή τη συνομιλία. Πες μου περί τίνος πρόκειται και θα βοηθήσω.
   *[formal] Δεν υπάρχει ανοιχτό αίτημα σε αυτή τη συνομιλία. Πείτε μου περί τίνος πρόκειται και θα βοηθήσω.
}

## Handing over to a person

handoff-notice-online = { $formality ->
    [informal] Σε συνδέω με έναν άνθρωπο της ομάδας μας και του δίνω όλα όσα έγραψες. Ο αριθμός του αιτήματός σου είναι { $number }. Η απάντηση θα εμφανιστεί εδώ.
   *[formal] Σας συνδέω με έναν άνθρωπο της ομάδας μας και του δίνω όλα όσα γράψατε. Ο αριθμός του αιτήματός σας είναι { $number }. Η απάντηση θα εμφανιστεί εδώ.
}
handoff-notice-offline = { $formality ->
    [informal] Αυτή τη στιγμή δεν είναι κανείς από την ομάδα μας εδώ. Αποθήκευσα το αίτημά σου με όλα όσα έγραψες· ο αριθμός του είναι { $number }. Θα σου απαντήσει εδώ ένας άνθρωπος, μόλις επιστρέψει η ομάδα.
   *[formal] Αυτή τη στιγμή δεν είναι κανείς από την ομάδα μας εδώ. Αποθήκευσα το αίτημά σας με όλα όσα γράψατε· ο αριθμός του είναι { $number }. Θα σας απαντήσει εδώ ένας άνθρωπος, μόλις επιστρέψει η ομάδα.
}
handoff-opens-again = Ανοίγουμε ξανά: { $opens }.
expected-reply-minutes = Συνήθως απαντά ένας άνθρωπος σε περίπου { $minutes } λεπτά.
expected-reply-by = Πιθανότατα θα έχει απαντήσει ένας άνθρωπος έως: { $moment }.
handoff-ask-contact = { $formality ->
    [informal] Αν θέλεις, άφησε το όνομα και το email σου, για να μπορούμε να σε βρούμε. Δεν είναι υποχρεωτικό.
   *[formal] Αν θέλετε, αφήστε το όνομα και το email σας, για να μπορούμε να σας βρούμε. Δεν είναι υποχρεωτικό.
}
contact-thanks = { $formality ->
    [informal] Ευχαριστώ! Πρόσθεσα τα στοιχεία επικοινωνίας σου στο αίτημα.
   *[formal] Ευχαριστώ! Πρόσθεσα τα στοιχεία επικοινωνίας σας στο αίτημα.
}
contact-noted = { $formality ->
    [informal] Ευχαριστώ, σημείωσα τα στοιχεία επικοινωνίας σου.
   *[formal] Ευχαριστώ, σημείωσα τα στοιχεία επικοινωνίας σας.
}
agent-joined = Στη συνομιλία συνδέθηκε τώρα από την ομάδα μας: { $name }.
agent-left = Ο εκπρόσωπος της ομάδας μας αποχώρησε από τη συνομιλία.
handed-back = { $formality ->
    [informal] Ο εκπρόσωπός μας ολοκλήρωσε. Τώρα μιλάς ξανά με τον ψηφιακό βοηθό, ένα πρόγραμμα υπολογιστή. Τι άλλο μπορώ να κάνω για σένα;
   *[formal] Ο εκπρόσωπός μας ολοκλήρωσε. Τώρα μιλάτε ξανά με τον ψηφιακό βοηθό, ένα πρόγραμμα υπολογιστή. Τι άλλο μπορώ να κάνω για εσάς;
}
resolved = { $formality ->
    [informal] Το αίτημά σου { $number } σημειώθηκε ως λυμένο. Αν μένει κάτι ανοιχτό, γράψε απλώς εδώ.
   *[formal] Το αίτημά σας { $number } σημειώθηκε ως λυμένο. Αν μένει κάτι ανοιχτό, γράψτε απλώς εδώ.
}
not-solved = Δεν λύθηκε
merged = Το αίτημά σας { $number } εντάχθηκε στο αίτημα { $target }.

## Αν κάποιος κινδυνεύει

safety-help = { $formality ->
    [informal] Ακούγεται σαν να περνάς κάτι πολύ δύσκολο, και είναι καλό που το έγραψες. Δεν χρειάζεται να το σηκώσεις μόνος ή μόνη σου. Αν κινδυνεύεις αυτή τη στιγμή, κάλεσε το { $emergency }.
   *[formal] Ακούγεται σαν να περνάτε κάτι πολύ δύσκολο, και είναι καλό που το γράψατε. Δεν χρειάζεται να το σηκώσετε μόνοι σας. Αν κινδυνεύετε αυτή τη στιγμή, καλέστε το { $emergency }.
}
safety-lines = { $formality ->
    [informal] Μπορείς επίσης να μιλήσεις με κάποιον που ακούει: { $lines }.
   *[formal] Μπορείτε επίσης να μιλήσετε με κάποιον που ακούει: { $lines }.
}
safety-person = Είμαι πρόγραμμα υπολογιστή και δεν μπορώ να βοηθήσω όπως ένας άνθρωπος, γι' αυτό κάλεσα έναν άνθρωπο από την ομάδα μας. Όποιος το διαβάσει θα απαντήσει εδώ.
safety-emergency = 112 ή τον τοπικό αριθμό έκτακτης ανάγκης

## Why a conversation was handed over (console)

reason-low_confidence = Ο βοηθός δεν ήταν βέβαιος για την απάντηση
reason-asked_for_person = Ο επισκέπτης ζήτησε άνθρωπο
reason-repeated_failure = Ο βοηθός απέτυχε αρκετές φορές στη σειρά
reason-negative_feedback = Η απάντηση δεν βοήθησε
reason-complaint = Ο επισκέπτης κάνει παράπονα
reason-risk_topic = Ευαίσθητο θέμα: χρήματα, ασφάλεια, νόμος ή δεδομένα
reason-bot_unavailable = Ο βοηθός δεν ήταν διαθέσιμος

## Why a ticket has its priority (console)

triage-safety = Κίνδυνος για την υγεία ή την ασφάλεια
triage-data_leak = Πιθανή έκθεση προσωπικών δεδομένων
triage-double_charge = Χρεώθηκε περισσότερες από μία φορές
triage-payment_taken = Πληρωμή που εισπράχθηκε χωρίς παραγγελία ή επιστροφή χρημάτων
triage-legal = Αναφέρεται δικηγόρος, αρχή ή δικαστήριο
triage-everyone_affected = Επηρεάζονται πολλοί ή όλοι
triage-several_affected = Επηρεάζονται αρκετά άτομα ή αρκετές παραγγελίες
triage-blocked_order = Μια παραγγελία έχει μπλοκάρει
triage-one_person = Ένα άτομο, συνηθισμένο θέμα
triage-deadline_now = Πρέπει να τακτοποιηθεί σήμερα ή αύριο
triage-blocked_now = Δεν μπορεί να συνεχίσει αυτή τη στιγμή
triage-growing_damage = Η ζημιά μεγαλώνει
triage-deadline_soon = Προθεσμία μέσα στις επόμενες ημέρες
triage-waiting_long = Περιμένει εδώ και πολύ καιρό
triage-repeated_contact = Έχει γράψει ξανά για το ίδιο θέμα
triage-says_urgent = Ο επισκέπτης λέει ότι είναι επείγον
triage-not_urgent = Ο επισκέπτης λέει ότι δεν είναι επείγον
triage-no_hurry = Καμία ένδειξη βιασύνης
triage-repeat_contacts = { $count ->
    [one] Μία προηγούμενη επικοινωνία για το ίδιο θέμα
   *[other] { $count } προηγούμενες επικοινωνίες για το ίδιο θέμα
}
triage-complaint = Παράπονο: ένα επίπεδο πάνω
triage-risk_topic = Προωθήθηκε ως ευαίσθητο θέμα: τουλάχιστον προτεραιότητα 2
triage-floor_safety = Ασφάλεια: πάντα προτεραιότητα 1
triage-floor_data_leak = Πιθανή διαρροή δεδομένων: πάντα προτεραιότητα 1
triage-floor_payment = Λείπουν χρήματα: τουλάχιστον προτεραιότητα 2
triage-floor_legal = Νομική απειλή: τουλάχιστον προτεραιότητα 2
triage-self_harm = Γίνεται λόγος για αυτοκτονία ή αυτοτραυματισμό
triage-account_misuse = Λογαριασμός ή κάρτα σε ξένα χέρια
triage-unanswered = Περιμένει απάντηση ανθρώπου εδώ και { $hours } ώρες
triage-taken_back = Ο επισκέπτης λέει ότι το θέμα έχει τακτοποιηθεί
triage-workaround = Γίνεται με άλλον τρόπο: επίπτωση το πολύ μεσαία
triage-reopened = Επανήλθε αφού είχε λυθεί: ένα επίπεδο πάνω
triage-tier = Κατηγορία πελάτη { $tier }: ένα επίπεδο πάνω
triage-first_contact = Γράφει για πρώτη φορά: ένα επίπεδο πάνω
triage-floor_self_harm = Κίνδυνος για τη ζωή: πάντα προτεραιότητα 1
triage-floor_security = Λογαριασμός ή κάρτα σε κίνδυνο: πάντα προτεραιότητα 1
triage-prototype_limit = Μόνο παρόμοιο νόημα, χωρίς σαφή λόγια: το πολύ προτεραιότητα 2
triage-similar = { $text } – παρόμοιο νόημα ({ $similarity } %) με «{ $prototype }»
triage-triage_failed = Η προτεραιότητα δεν μπόρεσε να υπολογιστεί: κανονική

## What happened to a ticket (console)

ticket-field-state = Κατάσταση
ticket-field-hold = Σε αναμονή
ticket-field-priority = Προτεραιότητα
ticket-field-assignee_id = Υπεύθυνος
ticket-field-team_id = Ομάδα
ticket-field-support_tier = Επίπεδο υποστήριξης
ticket-field-language = Γλώσσα
ticket-field-subject = Θέμα
ticket-field-type = Είδος
ticket-field-category = Κατηγορία
ticket-field-tags = Ετικέτες
ticket-field-watchers = Παρακολουθούν
ticket-field-custom_fields = Δικά μας πεδία
ticket-field-skills = Δεξιότητες
ticket-field-customer_id = Πελάτης
ticket-field-merged_into = Συγχωνεύθηκε στο
ticket-field-follow_up_of = Συνέχεια του
history-ticket_linked = Συνδέθηκε
history-ticket_unlinked = Η σύνδεση αφαιρέθηκε
history-ticket_merged = Συγχώνευση
history-ticket_unmerged = Η συγχώνευση αναιρέθηκε
history-ticket_split = Διαχωρισμός
history-ticket_unsplit = Ο διαχωρισμός αναιρέθηκε
history-priority_set = Η προτεραιότητα ορίστηκε με το χέρι
history-ticket_assigned = Δόθηκε σε συνάδελφο
link-related = Σχετικό με
link-duplicate_of = Διπλότυπο του
link-blocks = Μπλοκάρει
link-parent_of = Υπερκείμενο του
link-has_duplicate = Έχει διπλότυπο
link-blocked_by = Μπλοκάρεται από
link-child_of = Υποκείμενο του

## What a ticket is about (console)

summary-first-request = Πρώτο αίτημα: { $text }
summary-known = Αναφέρονται: { $values }
summary-tried-answered = Ο βοηθός απάντησε με: { $title }
summary-tried-offered = Ο βοηθός πρότεινε, αλλά δεν επιλέχθηκε: { $title }
summary-tried-helpful = Βοήθησε, λέει ο επισκέπτης: { $title }
summary-tried-not_helpful = Δεν βοήθησε, λέει ο επισκέπτης: { $title }
summary-sureness = Ο βοηθός ήταν { $percent } % βέβαιος για την τελευταία του απόφαση
summary-languages = Γλώσσες: { $languages }
summary-messages = Μηνύματα: επισκέπτης { $visitor }, βοηθός { $bot }, ομάδα { $agent }

## Help pages

help-home = Κέντρο βοήθειας
help-back = Πίσω σε όλα τα άρθρα
help-updated = Ενημερώθηκε: { $date }
help-other-languages = Αυτό το άρθρο σε άλλες γλώσσες
page-not-found = Δεν βρήκαμε αυτή τη σελίδα.

## Views and orders of the queue (console)

view-open = Ανοιχτά
view-mine = Δικά μου
view-my_team = Οι ομάδες μου
view-unassigned = Χωρίς ανάθεση
view-breaching_soon = Λήγει σύντομα η προθεσμία
view-waiting_for_customer = Αναμονή για τον πελάτη
view-on_hold = Σε αναμονή
view-solved = Λυμένα
view-spam = Ανεπιθύμητα
view-watched = Παρακολουθώ
order-priority = Κατά προτεραιότητα
order-fifo = Με σειρά άφιξης
order-quick_wins = Πρώτα τα γρήγορα
order-value = Πρώτα οι σημαντικότεροι πελάτες
order-newest = Νεότερες αλλαγές

## Why an agent has a ticket, and how much work it is (console)

routing-own_language = Μιλά τη γλώσσα του πελάτη: { $language }
routing-second_language = Μιλά άλλη γλώσσα που καταλαβαίνει ο πελάτης· επί { $minutes } λεπτά δεν ήταν κανείς διαθέσιμος για: { $language }
routing-bridge_language = Μιλά την κοινή γλώσσα· επί { $minutes } λεπτά δεν ήταν κανείς διαθέσιμος για: { $language }
routing-no_common_language = Επί { $minutes } λεπτά δεν υπάρχει κανείς για: { $language }· θα χρειαστεί μετάφραση
routing-has_skills = Έχει τις δεξιότητες: { $skills }
routing-lacks_skills = Επί { $minutes } λεπτά δεν ήταν διαθέσιμος κανείς με αυτές τις δεξιότητες: { $skills }
routing-own_team = Ανήκει στην ομάδα του αιτήματος
routing-other_team = Επί { $minutes } λεπτά δεν ήταν διαθέσιμος κανείς από την ομάδα του αιτήματος
routing-tier = Εργάζεται στο επίπεδο { $tier }
routing-knows_customer = Γνωρίζει τον πελάτη από προηγούμενο αίτημα
routing-given = Το έδωσε: { $by }
routing-given_because = Το έδωσε: { $by }. Λόγος: { $because }
routing-given_by_rule = Το έδωσε ο κανόνας { $by }
routing-least_loaded = Είχε τις λιγότερες θέσεις κατειλημμένες: { $load } από { $capacity }
routing-round_robin = Ήταν η σειρά του ατόμου αυτού, με { $load } από { $capacity } θέσεις κατειλημμένες
routing-effort_type = Είδος αιτήματος: { $value } ({ $minutes } λεπτά)
routing-effort_category = Κατηγορία: { $value } ({ $minutes } λεπτά)
routing-effort_length = Μήκος: { $value } χαρακτήρες ({ $minutes } λεπτά)
routing-effort_questions = Ερωτήσεις: { $value } ({ $minutes } λεπτά)

## Why a ticket still waits (console)

wait-team_closed = Η ομάδα είναι κλειστή τώρα
wait-known_agent = Περιμένει λίγο για { $agent }, που γνωρίζει τον πελάτη
wait-nobody_here = Κανείς δεν είναι συνδεδεμένος για να το αναλάβει
wait-tier = Κανείς από το επίπεδο { $tier } δεν είναι ακόμη διαθέσιμος
wait-language = Κανείς από τους συνδεδεμένους δεν μιλά: { $language }
wait-skills = Κανείς από τους συνδεδεμένους δεν έχει τις δεξιότητες: { $skills }
wait-team = Κανείς από την ομάδα του δεν είναι συνδεδεμένος
wait-cooling_down = Μόλις επέστρεψε από το μόνο κατάλληλο άτομο, που δεν θα ενοχληθεί για λίγο
wait-all_busy = Όλα τα κατάλληλα άτομα είναι απασχολημένα: { $agents }
wait-pull = Τα αιτήματα αυτής της ουράς τα αναλαμβάνει όποιος θέλει
wait-queued = Θα εξεταστεί σε λίγο
