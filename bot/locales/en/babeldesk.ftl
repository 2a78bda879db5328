# Texts that visitors read, and the reasons that agents read in the console.
# English is the source and the fallback. $formality is "formal" or "informal"; English has one form.

## Conversation

greeting = Hello! I am { $brand }'s assistant, a computer program. What can I help you with?
goodbye = Goodbye, and thank you for writing. The chat stays here if you need anything else.
thanks-reply = You are welcome! Is there anything else you would like to know?
affirm-reply = All right. What would you like to know?
deny-reply = No problem. Write to me whenever you need something.
bot-challenge = I am a computer program, not a person. I look for answers in our help articles, and whenever you prefer a person I pass you on to our team.
hours-reply = Our team is here at these times: { $hours }. I answer around the clock.
hours-unknown = I do not know our team's working hours right now. Write your question here and a person will answer as soon as possible.
ask-question = What would you like to know? Just write it in your own words.
rephrase = I am not sure that I understood you. Could you say it in other words, perhaps with one detail more?
rephrase-short = Sorry, I did not understand that. Could you put it another way?
clarify-intro = I have found more than one possible answer. Which of these do you mean?
clarify-none-of-these = None of these
answer-only-in = I have this answer only in this language so far: { $language }.
helpful-thanks = I am glad that it helped!
not-helpful-offer = I am sorry that this was not what you needed. Would you like to talk to a person?
talk-to-person = Talk to a person
complaint-sorry = I am sorry that this happened to you. I am passing it to a person who can look into it.
empty-message = I could not find any words in your message. What would you like to know?

## Language

language-changed = Of course. From now on I will answer in this language: { $language }.
language-ask = Which language would you like to continue in?
language-unsupported = I do not speak that language yet. You can choose one of these: { $languages }.

## Ticket

ticket-status = Your request { $number } is { $state ->
    [new] { ticket-state-new }
    [open] { ticket-state-open }
    [pending] { ticket-state-pending }
    [on_hold] { ticket-state-on_hold }
    [solved] { ticket-state-solved }
    [closed] { ticket-state-closed }
   *[other] { $state }
}.
ticket-state-new = received
ticket-state-open = in progress
ticket-state-pending = waiting for your answer
ticket-state-on_hold = on hold
ticket-state-solved = solved
ticket-state-closed = closed
ticket-state-merged = merged into another request
ticket-state-spam = spam mail
ticket-none = There is no open request in this conversation. Tell me what it is about and I will help.

## Handing over to a person

handoff-notice-online = I am passing you on to a person in our team, with everything you have written. Your request number is { $number }. The answer will appear here.
handoff-notice-offline = Nobody from our team is here at the moment. I have saved your request with everything you have written; its number is { $number }. A person will answer here as soon as the team is back.
handoff-opens-again = We open again: { $opens }.
expected-reply-minutes = A person usually answers within about { $minutes } minutes.
expected-reply-by = A person will probably answer by: { $moment }.
handoff-ask-contact = If you like, leave your name and e-mail address so that we can reach you. You do not have to.
contact-thanks = Thank you! I have added your contact details to your request.
contact-noted = Thank you, I have noted your contact details.
agent-joined = { $name } from our team is now in the chat.
agent-left = Our colleague has left the chat.
handed-back = Our colleague has finished here; you are now talking to the assistant, a computer program, again. What else can I do for you?
resolved = Your request { $number } is marked as solved. If anything is still open, just write here.
not-solved = It is not solved
merged = Your request { $number } is now part of your request { $target }.

## If somebody is in danger of her life

safety-help = It sounds as if you are going through something very hard, and I am glad that you wrote it down. You do not have to carry this alone. If you are in danger right now, please call { $emergency }.
safety-lines = You can also talk to somebody who listens: { $lines }.
safety-person = I am a computer program and cannot help the way a person can, so I have called a person from our team. Whoever reads this will answer here.
safety-emergency = 112 or your local emergency number

## Why a conversation was handed over (console)

reason-low_confidence = The assistant was not sure of an answer
reason-asked_for_person = The visitor asked for a person
reason-repeated_failure = The assistant failed several times in a row
reason-negative_feedback = The answer did not help
reason-complaint = The visitor complains
reason-risk_topic = Sensitive subject: money, safety, law or data
reason-bot_unavailable = The assistant was not available

## Why a ticket has its priority (console)

triage-safety = Danger to health or safety
triage-data_leak = Personal data may be exposed
triage-double_charge = Charged more than once
triage-payment_taken = Money taken without an order or a refund
triage-legal = Lawyer, authority or court mentioned
triage-everyone_affected = Many or all people are affected
triage-several_affected = Several people or orders are affected
triage-blocked_order = An order is blocked
triage-one_person = One person, ordinary matter
triage-deadline_now = Must be settled today or tomorrow
triage-blocked_now = Cannot continue right now
triage-growing_damage = The damage is growing
triage-deadline_soon = Deadline within days
triage-waiting_long = Has been waiting for long
triage-repeated_contact = Has written about this before
triage-says_urgent = The visitor says that it is urgent
triage-not_urgent = The visitor says that it is not urgent
triage-no_hurry = No sign of hurry
triage-repeat_contacts = { $count ->
    [one] One earlier contact about this
   *[other] { $count } earlier contacts about this
}
triage-complaint = Complaint: one step up
triage-risk_topic = Handed over as a sensitive subject: at least priority 2
triage-floor_safety = Safety: always priority 1
triage-floor_data_leak = Possible data leak: always priority 1
triage-floor_payment = Money is missing: at least priority 2
triage-floor_legal = Legal threat: at least priority 2
triage-self_harm = Somebody speaks of suicide or of harming herself
triage-account_misuse = An account or a card in somebody else's hands
triage-unanswered = Has waited { $hours } h for a person's answer
triage-taken_back = The visitor says that it is settled
triage-workaround = Another way works: impact at most medium
triage-reopened = Came back after it was solved: one step up
triage-tier = Customer tier { $tier }: one step up
triage-first_contact = Writes for the first time: one step up
triage-floor_self_harm = Life in danger: always priority 1
triage-floor_security = Account or card in danger: always priority 1
triage-prototype_limit = Only similar in meaning, no clear words: at most priority 2
triage-similar = { $text } – similar in meaning ({ $similarity } %) to “{ $prototype }”
triage-triage_failed = Triage could not be worked out: normal priority

## What happened to a ticket (console)

ticket-field-state = State
ticket-field-hold = On hold
ticket-field-priority = Priority
ticket-field-assignee_id = Assignee
ticket-field-team_id = Team
ticket-field-support_tier = Support tier
ticket-field-language = Language
ticket-field-subject = Subject
ticket-field-type = Type
ticket-field-category = Category
ticket-field-tags = Tags
ticket-field-watchers = Watchers
ticket-field-custom_fields = Own fields
ticket-field-skills = Skills
ticket-field-customer_id = Customer
ticket-field-merged_into = Merged into
ticket-field-follow_up_of = Follow-up of
history-ticket_linked = Linked
history-ticket_unlinked = Link removed
history-ticket_merged = Merged
history-ticket_unmerged = Merge taken back
history-ticket_split = Split
history-ticket_unsplit = Split taken back
history-priority_set = Priority set by hand
history-ticket_assigned = Given to a colleague
link-related = Related to
link-duplicate_of = Duplicate of
link-blocks = Blocks
link-parent_of = Parent of
link-has_duplicate = Has the duplicate
link-blocked_by = Blocked by
link-child_of = Child of

## What a ticket is about (console)

summary-first-request = First request: { $text }
summary-known = Mentioned: { $values }
summary-tried-answered = The assistant answered with: { $title }
summary-tried-offered = The assistant offered, but it was not chosen: { $title }
summary-tried-helpful = Helped, says the visitor: { $title }
summary-tried-not_helpful = Did not help, says the visitor: { $title }
summary-sureness = The assistant was { $percent } % sure of its last decision
summary-languages = Languages used: { $languages }
summary-messages = Messages: visitor { $visitor }, assistant { $bot }, team { $agent }

## Help pages

help-home = Help centre
help-back = Back to all articles
help-updated = Updated on { $date }
help-other-languages = This article in other languages
page-not-found = We could not find this page.

## Views and orders of the queue (console)

view-open = Open
view-mine = Mine
view-my_team = My teams
view-unassigned = Unassigned
view-breaching_soon = Breaching soon
view-waiting_for_customer = Waiting for the customer
view-on_hold = On hold
view-solved = Solved
view-spam = Spam
view-watched = Watched
order-priority = By priority
order-fifo = First in, first out
order-quick_wins = Quick wins
order-value = Most valued customers
order-newest = Newest changes

## Why an agent has a ticket, and how much work it is (console)

routing-own_language = Speaks the customer's language: { $language }
routing-second_language = Speaks another language that the customer understands, after { $minutes } minutes without a speaker of { $language }
routing-bridge_language = Speaks the common language, after { $minutes } minutes without a speaker of { $language }
routing-no_common_language = Nobody here speaks { $language } after { $minutes } minutes; a translation will be needed
routing-has_skills = Has the skills: { $skills }
routing-lacks_skills = Nobody with these skills was free for { $minutes } minutes: { $skills }
routing-own_team = Belongs to the ticket's team
routing-other_team = Nobody of the ticket's team was free for { $minutes } minutes
routing-tier = Works at tier { $tier }
routing-knows_customer = Knows the customer from an earlier request
routing-given = Given by { $by }
routing-given_because = Given by { $by }: { $because }
routing-given_by_rule = Given by the rule { $by }
routing-least_loaded = Had the fewest slots in use: { $load } of { $capacity }
routing-round_robin = Was next in turn, with { $load } of { $capacity } slots in use
routing-effort_type = Kind of request: { $value } ({ $minutes } min)
routing-effort_category = Category: { $value } ({ $minutes } min)
routing-effort_length = Length: { $value } characters ({ $minutes } min)
routing-effort_questions = Questions asked: { $value } ({ $minutes } min)

## Why a ticket still waits (console)

wait-team_closed = The team is closed now
wait-known_agent = Waits a little for { $agent }, who knows the customer
wait-nobody_here = Nobody is online to take it
wait-tier = No colleague of tier { $tier } is available yet
wait-language = Nobody who is online speaks { $language }
wait-skills = Nobody who is online has the skills: { $skills }
wait-team = Nobody of its team is online
wait-cooling_down = It has just come back from the only fitting colleague, who is spared for a while
wait-all_busy = All fitting colleagues are busy: { $agents }
wait-pull = Agents take tickets of this queue themselves
wait-queued = It is about to be looked at
