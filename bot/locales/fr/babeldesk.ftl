# Textes pour les visiteurs ($formality : formal ou informal) et motifs pour la console.

## Conversation

greeting = { $formality ->
    [informal] Bonjour ! Je suis l'assistant numérique de { $brand }, un programme informatique. Comment puis-je t'aider ?
   *[formal] Bonjour ! Je suis l'assistant numérique de { $brand }, un programme informatique. Comment puis-je vous aider ?
}
goodbye = { $formality ->
    [informal] Au revoir, et merci pour ton message. Le chat reste ici si tu as besoin d'autre chose.
   *[formal] Au revoir, et merci pour votre message. Le chat reste ici si vous avez besoin d'autre chose.
}
thanks-reply = { $formality ->
    [informal] Avec plaisir ! Tu souhaites savoir autre chose ?
   *[formal] Avec plaisir ! Souhaitez-vous savoir autre chose ?
}
affirm-reply = { $formality ->
    [informal] D'accord. Que souhaites-tu savoir ?
   *[formal] D'accord. Que souhaitez-vous savoir ?
}
deny-reply = { $formality ->
    [informal] Pas de souci. Écris-moi quand tu as besoin de quelque chose.
   *[formal] Pas de souci. Écrivez-moi quand vous avez besoin de quelque chose.
}
bot-challenge = { $formality ->
    [informal] Je suis un programme informatique, pas une personne. Je cherche les réponses dans nos articles d'aide et, si tu préfères parler à quelqu'un, je te mets en relation avec l'équipe.
   *[formal] Je suis un programme informatique, pas une personne. Je cherche les réponses dans nos articles d'aide et, si vous préférez parler à quelqu'un, je vous mets en relation avec l'équipe.
}
hours-reply = Notre équipe est là aux horaires suivants : { $hours }. Moi, je réponds à toute heure.
hours-unknown = { $formality ->
    [informal] Je ne connais pas les horaires de l'équipe en ce moment. Écris ta question ici et quelqu'un te répondra dès que possible.
   *[formal] Je ne connais pas les horaires de l'équipe en ce moment. Écrivez votre question ici et quelqu'un vous répondra dès que possible.
}
ask-question = { $formality ->
    [informal] Que souhaites-tu savoir ? Écris-le simplement, avec tes mots.
   *[formal] Que souhaitez-vous savoir ? Écrivez-le simplement, avec vos mots.
}
rephrase = { $formality ->
    [informal] Je ne suis pas sûr d'avoir bien compris. Peux-tu le dire autrement, peut-être avec un détail de plus ?
   *[formal] Je ne suis pas sûr d'avoir bien compris. Pouvez-vous le dire autrement, peut-être avec un détail de plus ?
}
rephrase-short = { $formality ->
    [informal] Désolé, je n'ai pas compris. Peux-tu le formuler autrement ?
   *[formal] Désolé, je n'ai pas compris. Pouvez-vous le formuler autrement ?
}
clarify-intro = { $formality ->
    [informal] J'ai trouvé plusieurs réponses possibles. De laquelle parles-tu ?
   *[formal] J'ai trouvé plusieurs réponses possibles. De laquelle parlez-vous ?
}
clarify-none-of-these = Aucune de celles-ci
answer-only-in = Pour l'instant, je n'ai cette réponse que dans cette langue : { $language }.
helpful-thanks = Ravi que cela ait servi !
not-helpful-offer = { $formality ->
    [informal] Désolé, ce n'était pas ce qu'il te fallait. Veux-tu parler à une personne ?
   *[formal] Désolé, ce n'était pas ce qu'il vous fallait. Souhaitez-vous parler à une personne ?
}
talk-to-person = Parler à une personne
complaint-sorry = { $formality ->
    [informal] Je suis désolé de ce qui t'est arrivé. Je transmets à une personne qui pourra s'en occuper.
   *[formal] Je suis désolé de ce qui vous est arrivé. Je transmets à une personne qui pourra s'en occuper.
}
empty-message = { $formality ->
    [informal] Je n'ai trouvé aucun mot dans ton message. Que souhaites-tu savoir ?
   *[formal] Je n'ai trouvé aucun mot dans votre message. Que souhaitez-vous savoir ?
}

## Language

language-changed = Bien sûr. À partir de maintenant, je réponds dans cette langue : { $language }.
language-ask = { $formality ->
    [informal] Dans quelle langue veux-tu continuer ?
   *[formal] Dans quelle langue souhaitez-vous continuer ?
}
language-unsupported = { $formality ->
    [informal] Je ne parle pas encore cette langue. Tu peux choisir l'une de celles-ci : { $languages }.
   *[formal] Je ne parle pas encore cette langue. Vous pouvez choisir l'une de celles-ci : { $languages }.
}

## Ticket

ticket-status = { $formality ->
    [informal] L'état de ta demande { $number } :
   *[formal] L'état de votre demande { $number } :
} { $state ->
    [new] { ticket-state-new }
    [open] { ticket-state-open }
    [pending] { ticket-state-pending }
    [on_hold] { ticket-state-on_hold }
    [solved] { ticket-state-solved }
    [closed] { ticket-state-closed }
   *[other] { $state }
}.
ticket-state-new = reçue
ticket-state-open = en cours de traitement
ticket-state-pending = en attente d'une réponse du client
ticket-state-on_hold = en suspens
ticket-state-solved = résolue
ticket-state-closed = close
ticket-state-merged = fusionnée avec une autre demande
ticket-state-spam = indésirable
ticket-none = { $formality ->
    [informal] Il n'y a pas de demande ouverte dans cette conversation. Dis-moi de quoi il s'agit et je t'aiderai.
   *[formal] Il n'y a pas de demande ouverte dans cette conversation. Dites-moi de quoi il s'agit et je vous aiderai.
}

## Handing over to a person

handoff-notice-online = { $formality ->
    [informal] Je te mets en relation avec une personne de notre équipe, qui verra tout ce que tu as écrit. Ta demande porte le numéro { $number }. La réponse s'affichera ici.
   *[formal] Je vous mets en relation avec une personne de notre équipe, qui verra tout ce que vous avez écrit. Votre demande porte le numéro { $number }. La réponse s'affichera ici.
}
handoff-notice-offline = { $formality ->
    [informal] Personne de l'équipe n'est là en ce moment. J'ai enregistré ta demande avec tout ce que tu as écrit ; elle porte le numéro { $number }. Une personne te répondra ici dès le retour de l'équipe.
   *[formal] Personne de l'équipe n'est là en ce moment. J'ai enregistré votre demande avec tout ce que vous avez écrit ; elle porte le numéro { $number }. Une personne vous répondra ici dès le retour de l'équipe.
}
handoff-opens-again = Réouverture : { $opens }.
expected-reply-minutes = Une personne répond en général en { $minutes } minutes environ.
expected-reply-by = Une personne répondra probablement au plus tard : { $moment }.
handoff-ask-contact = { $formality ->
    [informal] Si tu veux, laisse ton nom et ton adresse e-mail pour que nous puissions te joindre. Ce n'est pas obligatoire.
   *[formal] Si vous le souhaitez, laissez votre nom et votre adresse e-mail pour que nous puissions vous joindre. Ce n'est pas obligatoire.
}
contact-thanks = { $formality ->
    [informal] Merci ! J'ai ajouté tes coordonnées à ta demande.
   *[formal] Merci ! J'ai ajouté vos coordonnées à votre demande.
}
contact-noted = { $formality ->
    [informal] Merci, j'ai noté tes coordonnées.
   *[formal] Merci, j'ai noté vos coordonnées.
}
agent-joined = { $name }, de notre équipe, est maintenant dans le chat.
agent-left = Notre collègue a quitté le chat.
handed-back = { $formality ->
    [informal] Notre collègue a terminé ; tu parles de nouveau avec l'assistant numérique, un programme informatique. Que puis-je faire d'autre pour toi ?
   *[formal] Notre collègue a terminé ; vous parlez de nouveau avec l'assistant numérique, un programme informatique. Que puis-je faire d'autre pour vous ?
}
resolved = { $formality ->
    [informal] Ta demande { $number } est marquée comme résolue. S'il reste quelque chose à régler, écris simplement ici.
   *[formal] Votre demande { $number } est marquée comme résolue. S'il reste quelque chose à régler, écrivez simplement ici.
}
not-solved = Ce n'est pas résolu
merged = La demande { $number } fait maintenant partie de la demande { $target }.

## Si la vie de quelqu'un est en danger

safety-help = { $formality ->
    [informal] On dirait que tu traverses quelque chose de très dur, et c'est bien de l'avoir écrit. Tu n'as pas à porter cela seul ou seule. Si tu es en danger en ce moment, appelle s'il te plaît le { $emergency }.
   *[formal] On dirait que vous traversez quelque chose de très dur, et c'est bien de l'avoir écrit. Vous n'avez pas à porter cela seul ou seule. Si vous êtes en danger en ce moment, appelez s'il vous plaît le { $emergency }.
}
safety-lines = { $formality ->
    [informal] Tu peux aussi parler à quelqu'un qui écoute : { $lines }.
   *[formal] Vous pouvez aussi parler à quelqu'un qui écoute : { $lines }.
}
safety-person = Je suis un programme informatique et je ne peux pas aider comme une personne, j'ai donc prévenu une personne de notre équipe. Celle qui le lira répondra ici.
safety-emergency = 112 ou le numéro d'urgence local

## Why a conversation was handed over (console)

reason-low_confidence = L'assistant n'était pas sûr de la réponse
reason-asked_for_person = A demandé à parler à une personne
reason-repeated_failure = L'assistant a échoué plusieurs fois de suite
reason-negative_feedback = La réponse n'a pas aidé
reason-complaint = Fait une réclamation
reason-risk_topic = Sujet sensible : argent, sécurité, droit ou données
reason-bot_unavailable = L'assistant n'était pas disponible

## Why a ticket has its priority (console)

triage-safety = Danger pour la santé ou la sécurité
triage-data_leak = Des données personnelles sont peut-être exposées
triage-double_charge = Débité plus d'une fois
triage-payment_taken = Argent prélevé sans commande ni remboursement
triage-legal = Avocat, autorité ou tribunal mentionné
triage-everyone_affected = Beaucoup de gens ou tout le monde sont touchés
triage-several_affected = Plusieurs personnes ou commandes sont touchées
triage-blocked_order = Une commande est bloquée
triage-one_person = Une seule personne, sujet courant
triage-deadline_now = À régler aujourd'hui ou demain
triage-blocked_now = Ne peut pas continuer en ce moment
triage-growing_damage = Les dégâts s'aggravent
triage-deadline_soon = Échéance dans les prochains jours
triage-waiting_long = Attend depuis longtemps
triage-repeated_contact = A déjà écrit à ce sujet
triage-says_urgent = Dit que c'est urgent
triage-not_urgent = Dit que ce n'est pas urgent
triage-no_hurry = Aucun signe d'urgence
triage-repeat_contacts = { $count ->
    [one] Un contact précédent à ce sujet
   *[other] { $count } contacts précédents à ce sujet
}
triage-complaint = Réclamation : un niveau de plus
triage-risk_topic = Transmis comme sujet sensible : au moins priorité 2
triage-floor_safety = Sécurité : toujours priorité 1
triage-floor_data_leak = Fuite de données possible : toujours priorité 1
triage-floor_payment = Il manque de l'argent : au moins priorité 2
triage-floor_legal = Menace juridique : au moins priorité 2
triage-self_harm = Il est question de suicide ou d'automutilation
triage-account_misuse = Un compte ou une carte entre d'autres mains
triage-unanswered = Attend la réponse d'une personne depuis { $hours } h
triage-taken_back = Le visiteur dit que c'est réglé
triage-workaround = Un autre moyen fonctionne : impact moyen au plus
triage-reopened = Revenu après avoir été résolu : un niveau de plus
triage-tier = Niveau de client { $tier } : un niveau de plus
triage-first_contact = Écrit pour la première fois : un niveau de plus
triage-floor_self_harm = Vie en danger : toujours priorité 1
triage-floor_security = Compte ou carte en danger : toujours priorité 1
triage-prototype_limit = Seulement proche par le sens, sans mots clairs : priorité 2 au plus
triage-similar = { $text } – proche par le sens ({ $similarity } %) de « { $prototype } »
triage-triage_failed = La priorité n'a pas pu être déterminée : priorité normale

## What happened to a ticket (console)

ticket-field-state = État
ticket-field-hold = En attente
ticket-field-priority = Priorité
ticket-field-assignee_id = Responsable
ticket-field-team_id = Équipe
ticket-field-support_tier = Niveau d'assistance
ticket-field-language = Langue
ticket-field-subject = Objet
ticket-field-type = Type de demande
ticket-field-category = Catégorie
ticket-field-tags = Étiquettes
ticket-field-watchers = Observateurs
ticket-field-custom_fields = Champs personnalisés
ticket-field-skills = Compétences
ticket-field-customer_id = Client
ticket-field-merged_into = Fusionnée dans
ticket-field-follow_up_of = Suite de
history-ticket_linked = Liée
history-ticket_unlinked = Lien supprimé
history-ticket_merged = Fusion
history-ticket_unmerged = Fusion annulée
history-ticket_split = Scission
history-ticket_unsplit = Scission annulée
history-priority_set = Priorité fixée à la main
history-ticket_assigned = Confié à un collègue
link-related = En lien avec
link-duplicate_of = Doublon de
link-blocks = Bloque
link-parent_of = Parent de
link-has_duplicate = A pour doublon
link-blocked_by = Bloquée par
link-child_of = Enfant de

## What a ticket is about (console)

summary-first-request = Première demande : { $text }
summary-known = Mentionné : { $values }
summary-tried-answered = L'assistant a répondu avec : { $title }
summary-tried-offered = L'assistant a proposé, sans être choisi : { $title }
summary-tried-helpful = A aidé, selon le visiteur : { $title }
summary-tried-not_helpful = N'a pas aidé, selon le visiteur : { $title }
summary-sureness = L'assistant était sûr à { $percent } % de sa dernière décision
summary-languages = Langues utilisées : { $languages }
summary-messages = Messages : visiteur { $visitor }, assistant { $bot }, équipe { $agent }

## Help pages

help-home = Centre d'aide
help-back = Retour à tous les articles
help-updated = Mis à jour : { $date }
help-other-languages = Cet article dans d'autres langues
page-not-found = Nous n'avons pas trouvé cette page.

## Views and orders of the queue (console)

view-open = Ouverts
view-mine = Les miens
view-my_team = Mes équipes
view-unassigned = Non attribués
view-breaching_soon = Échéance proche
view-waiting_for_customer = En attente du client
view-on_hold = En suspens
view-solved = Résolus
view-spam = Indésirables
view-watched = Suivis
order-priority = Par priorité
order-fifo = Par ordre d'arrivée
order-quick_wins = Les plus rapides d'abord
order-value = Les clients les plus importants d'abord
order-newest = Derniers changements

## Why an agent has a ticket, and how much work it is (console)

routing-own_language = Parle la langue du client : { $language }
routing-second_language = Parle une autre langue que le client comprend ; pendant { $minutes } minutes, personne n'était libre pour : { $language }
routing-bridge_language = Parle la langue commune ; pendant { $minutes } minutes, personne n'était libre pour : { $language }
routing-no_common_language = Depuis { $minutes } minutes, il n'y a personne pour : { $language } ; une traduction sera nécessaire
routing-has_skills = A les compétences : { $skills }
routing-lacks_skills = Pendant { $minutes } minutes, personne n'était libre avec ces compétences : { $skills }
routing-own_team = Fait partie de l'équipe du ticket
routing-other_team = Pendant { $minutes } minutes, personne de l'équipe du ticket n'était libre
routing-tier = Travaille au niveau { $tier }
routing-knows_customer = Connaît le client depuis une demande précédente
routing-given = Confié par { $by }
routing-given_because = Confié par { $by } : { $because }
routing-given_by_rule = Confié par la règle { $by }
routing-least_loaded = Avait le moins de places occupées : { $load } sur { $capacity }
routing-round_robin = C'était son tour, avec { $load } places occupées sur { $capacity }
routing-effort_type = Type de demande : { $value } ({ $minutes } min)
routing-effort_category = Catégorie : { $value } ({ $minutes } min)
routing-effort_length = Longueur : { $value } caractères ({ $minutes } min)
routing-effort_questions = Questions posées : { $value } ({ $minutes } min)

## Why a ticket still waits (console)

wait-team_closed = L'équipe est fermée en ce moment
wait-known_agent = Attend un peu { $agent }, qui connaît le client
wait-nobody_here = Personne n'est en ligne pour le prendre
wait-tier = Personne du niveau { $tier } n'est encore disponible
wait-language = Personne en ligne ne parle : { $language }
wait-skills = Personne en ligne n'a les compétences : { $skills }
wait-team = Personne de son équipe n'est en ligne
wait-cooling_down = Il revient de la seule personne qui convient ; elle est épargnée un moment
wait-all_busy = Toutes les personnes qui conviennent sont occupées : { $agents }
wait-pull = Chacun prend lui-même les tickets de cette file
wait-queued = Il va être examiné sous peu
