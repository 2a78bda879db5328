# Textos para visitantes ($formality: formal o informal) y motivos para la consola.

## Conversation

greeting = { $formality ->
    [informal] ¡Hola! Soy el asistente digital de { $brand }, un programa informático. ¿En qué te puedo ayudar?
   *[formal] ¡Hola! Soy el asistente digital de { $brand }, un programa informático. ¿En qué le puedo ayudar?
}
goodbye = { $formality ->
    [informal] Hasta luego, y gracias por escribir. El chat sigue aquí por si necesitas algo más.
   *[formal] Hasta luego, y gracias por escribir. El chat sigue aquí por si necesita algo más.
}
thanks-reply = { $formality ->
    [informal] ¡De nada! ¿Quieres saber algo más?
   *[formal] ¡De nada! ¿Desea saber algo más?
}
affirm-reply = { $formality ->
    [informal] De acuerdo. ¿Qué te gustaría saber?
   *[formal] De acuerdo. ¿Qué le gustaría saber?
}
deny-reply = { $formality ->
    [informal] Sin problema. Escríbeme cuando necesites algo.
   *[formal] Sin problema. Escríbame cuando necesite algo.
}
bot-challenge = { $formality ->
    [informal] Soy un programa informático, no una persona. Busco respuestas en nuestros artículos de ayuda y, si prefieres hablar con una persona, te paso con el equipo.
   *[formal] Soy un programa informático, no una persona. Busco respuestas en nuestros artículos de ayuda y, si prefiere hablar con una persona, le paso con el equipo.
}
hours-reply = Nuestro equipo atiende en este horario: { $hours }. Yo respondo a cualquier hora.
hours-unknown = { $formality ->
    [informal] Ahora mismo no conozco el horario de nuestro equipo. Escribe aquí tu pregunta y una persona te responderá lo antes posible.
   *[formal] Ahora mismo no conozco el horario de nuestro equipo. Escriba aquí su pregunta y una persona le responderá lo antes posible.
}
ask-question = { $formality ->
    [informal] ¿Qué te gustaría saber? Escríbelo con tus propias palabras.
   *[formal] ¿Qué le gustaría saber? Escríbalo con sus propias palabras.
}
rephrase = { $formality ->
    [informal] No sé si te he entendido bien. ¿Puedes decirlo con otras palabras, quizá con algún detalle más?
   *[formal] No sé si le he entendido bien. ¿Puede decirlo con otras palabras, quizá con algún detalle más?
}
rephrase-short = { $formality ->
    [informal] Perdona, no lo he entendido. ¿Puedes decirlo de otra manera?
   *[formal] Disculpe, no lo he entendido. ¿Puede decirlo de otra manera?
}
clarify-intro = { $formality ->
    [informal] He encontrado más de una respuesta posible. ¿A cuál te refieres?
   *[formal] He encontrado más de una respuesta posible. ¿A cuál se refiere?
}
clarify-none-of-these = Ninguna de estas
answer-only-in = De momento solo tengo esta respuesta en este idioma: { $language }.
helpful-thanks = ¡Me alegro de que haya servido!
not-helpful-offer = { $formality ->
    [informal] Siento que no fuera lo que necesitabas. ¿Quieres hablar con una persona?
   *[formal] Siento que no fuera lo que necesitaba. ¿Quiere hablar con una persona?
}
talk-to-person = Hablar con una persona
complaint-sorry = { $formality ->
    [informal] Siento lo que te ha pasado. Se lo paso a una persona que pueda ocuparse de ello.
   *[formal] Siento lo que le ha pasado. Se lo paso a una persona que pueda ocuparse de ello.
}
empty-message = { $formality ->
    [informal] No he encontrado palabras en tu mensaje. ¿Qué te gustaría saber?
   *[formal] No he encontrado palabras en su mensaje. ¿Qué le gustaría saber?
}

## Language

language-changed = Por supuesto. A partir de ahora responderé en este idioma: { $language }.
language-ask = { $formality ->
    [informal] ¿En qué idioma quieres continuar?
   *[formal] ¿En qué idioma quiere continuar?
}
language-unsupported = { $formality ->
    [informal] Todavía no hablo ese idioma. Puedes elegir uno de estos: { $languages }.
   *[formal] Todavía no hablo ese idioma. Puede elegir uno de estos: { $languages }.
}

## Ticket

ticket-status = { $formality ->
    [informal] El estado de tu solicitud { $number }:
   *[formal] El estado de su solicitud { $number }:
} { $state ->
    [new] { ticket-state-new }
    [open] { ticket-state-open }
    [pending] { ticket-state-pending }
    [on_hold] { ticket-state-on_hold }
    [solved] { ticket-state-solved }
    [closed] { ticket-state-closed }
   *[other] { $state }
}.
ticket-state-new = recibida
ticket-state-open = en curso
ticket-state-pending = a la espera de respuesta del cliente
ticket-state-on_hold = en pausa
ticket-state-solved = resuelta
ticket-state-closed = cerrada
ticket-state-merged = fusionada con otra solicitud
ticket-state-spam = correo no deseado
ticket-none = { $formality ->
    [informal] En esta conversación no hay ninguna solicitud abierta. Cuéntame de qué se trata y te ayudo.
   *[formal] En esta conversación no hay ninguna solicitud abierta. Cuénteme de qué se trata y le ayudo.
}

## Handing over to a person

handoff-notice-online = { $formality ->
    [informal] Te paso con una persona de nuestro equipo, junto con todo lo que has escrito. Tu solicitud tiene el número { $number }. La respuesta aparecerá aquí.
   *[formal] Le paso con una persona de nuestro equipo, junto con todo lo que ha escrito. Su solicitud tiene el número { $number }. La respuesta aparecerá aquí.
}
handoff-notice-offline = { $formality ->
    [informal] Ahora mismo no hay nadie del equipo. He guardado tu solicitud con todo lo que has escrito; su número es { $number }. Una persona te responderá aquí en cuanto vuelva el equipo.
   *[formal] Ahora mismo no hay nadie del equipo. He guardado su solicitud con todo lo que ha escrito; su número es { $number }. Una persona le responderá aquí en cuanto vuelva el equipo.
}
handoff-opens-again = Volvemos a abrir: { $opens }.
expected-reply-minutes = Normalmente responde una persona en unos { $minutes } minutos.
expected-reply-by = Probablemente responderá una persona antes de: { $moment }.
handoff-ask-contact = { $formality ->
    [informal] Si quieres, deja tu nombre y tu correo electrónico para que podamos localizarte. No es obligatorio.
   *[formal] Si lo desea, deje su nombre y su correo electrónico para que podamos localizarle. No es obligatorio.
}
contact-thanks = { $formality ->
    [informal] ¡Gracias! He añadido tus datos de contacto a la solicitud.
   *[formal] ¡Gracias! He añadido sus datos de contacto a la solicitud.
}
contact-noted = { $formality ->
    [informal] Gracias, he anotado tus datos de contacto.
   *[formal] Gracias, he anotado sus datos de contacto.
}
agent-joined = { $name }, de nuestro equipo, ya está en el chat.
agent-left = La persona de nuestro equipo ha salido del chat.
handed-back = { $formality ->
    [informal] La persona de nuestro equipo ha terminado; ahora vuelves a hablar con el asistente digital, un programa informático. ¿Qué más puedo hacer por ti?
   *[formal] La persona de nuestro equipo ha terminado; ahora vuelve a hablar con el asistente digital, un programa informático. ¿Qué más puedo hacer por usted?
}
resolved = { $formality ->
    [informal] Tu solicitud { $number } está marcada como resuelta. Si queda algo pendiente, escribe aquí.
   *[formal] Su solicitud { $number } está marcada como resuelta. Si queda algo pendiente, escriba aquí.
}
not-solved = No está resuelto
merged = La solicitud { $number } ahora forma parte de la solicitud { $target }.

## Si la vida de alguien corre peligro

safety-help = { $formality ->
    [informal] Parece que estás pasando por algo muy duro, y es bueno que lo hayas escrito. No tienes que llevarlo a solas. Si estás en peligro en este momento, llama por favor al { $emergency }.
   *[formal] Parece que está pasando por algo muy duro, y es bueno que lo haya escrito. No tiene que llevarlo a solas. Si está en peligro en este momento, llame por favor al { $emergency }.
}
safety-lines = { $formality ->
    [informal] También puedes hablar con alguien que escucha: { $lines }.
   *[formal] También puede hablar con alguien que escucha: { $lines }.
}
safety-person = Soy un programa informático y no puedo ayudar como una persona, por eso he avisado a una persona de nuestro equipo. Quien lo lea responderá aquí.
safety-emergency = 112 o al número de emergencias de su zona

## Why a conversation was handed over (console)

reason-low_confidence = El asistente no estaba seguro de la respuesta
reason-asked_for_person = Ha pedido hablar con una persona
reason-repeated_failure = El asistente falló varias veces seguidas
reason-negative_feedback = La respuesta no sirvió
reason-complaint = Presenta una queja
reason-risk_topic = Tema delicado: dinero, seguridad, ley o datos
reason-bot_unavailable = El asistente no estaba disponible

## Why a ticket has its priority (console)

triage-safety = Peligro para la salud o la seguridad
triage-data_leak = Puede haber datos personales expuestos
triage-double_charge = Cobrado más de una vez
triage-payment_taken = Dinero cobrado sin pedido ni reembolso
triage-legal = Menciona un abogado, una autoridad o un juzgado
triage-everyone_affected = Afecta a muchas personas o a todas
triage-several_affected = Afecta a varias personas o pedidos
triage-blocked_order = Un pedido está bloqueado
triage-one_person = Una sola persona, asunto corriente
triage-deadline_now = Tiene que resolverse hoy o mañana
triage-blocked_now = No puede continuar en este momento
triage-growing_damage = El daño va en aumento
triage-deadline_soon = Plazo en los próximos días
triage-waiting_long = Lleva mucho tiempo esperando
triage-repeated_contact = Ya había escrito por lo mismo
triage-says_urgent = Dice que es urgente
triage-not_urgent = Dice que no es urgente
triage-no_hurry = Ninguna señal de prisa
triage-repeat_contacts = { $count ->
    [one] Un contacto anterior por lo mismo
   *[other] { $count } contactos anteriores por lo mismo
}
triage-complaint = Queja: un nivel más
triage-risk_topic = Derivado como tema delicado: prioridad 2 como mínimo
triage-floor_safety = Seguridad: siempre prioridad 1
triage-floor_data_leak = Posible fuga de datos: siempre prioridad 1
triage-floor_payment = Falta dinero: prioridad 2 como mínimo
triage-floor_legal = Amenaza legal: prioridad 2 como mínimo
triage-self_harm = Se habla de suicidio o de hacerse daño
triage-account_misuse = Una cuenta o una tarjeta en manos ajenas
triage-unanswered = Lleva { $hours } h esperando la respuesta de una persona
triage-taken_back = El visitante dice que ya está resuelto
triage-workaround = Funciona de otra manera: impacto medio como máximo
triage-reopened = Ha vuelto después de resolverse: un nivel más
triage-tier = Nivel de cliente { $tier }: un nivel más
triage-first_contact = Escribe por primera vez: un nivel más
triage-floor_self_harm = Vida en peligro: siempre prioridad 1
triage-floor_security = Cuenta o tarjeta en peligro: siempre prioridad 1
triage-prototype_limit = Solo parecido en el sentido, sin palabras claras: prioridad 2 como máximo
triage-similar = { $text } – de sentido parecido ({ $similarity } %) a «{ $prototype }»
triage-triage_failed = No se pudo determinar la prioridad: prioridad normal

## What happened to a ticket (console)

ticket-field-state = Estado
ticket-field-hold = En espera
ticket-field-priority = Prioridad
ticket-field-assignee_id = Responsable
ticket-field-team_id = Equipo
ticket-field-support_tier = Nivel de soporte
ticket-field-language = Idioma
ticket-field-subject = Asunto
ticket-field-type = Tipo
ticket-field-category = Categoría
ticket-field-tags = Etiquetas
ticket-field-watchers = Observadores
ticket-field-custom_fields = Campos propios
ticket-field-skills = Habilidades
ticket-field-customer_id = Cliente
ticket-field-merged_into = Fusionada en
ticket-field-follow_up_of = Continuación de
history-ticket_linked = Enlazada
history-ticket_unlinked = Enlace eliminado
history-ticket_merged = Fusión
history-ticket_unmerged = Fusión deshecha
history-ticket_split = División
history-ticket_unsplit = División deshecha
history-priority_set = Prioridad fijada a mano
history-ticket_assigned = Asignado a otra persona del equipo
link-related = Relacionada con
link-duplicate_of = Duplicado de
link-blocks = Bloquea
link-parent_of = Padre de
link-has_duplicate = Tiene el duplicado
link-blocked_by = Bloqueada por
link-child_of = Hijo de

## What a ticket is about (console)

summary-first-request = Primera petición: { $text }
summary-known = Se menciona: { $values }
summary-tried-answered = El asistente respondió con: { $title }
summary-tried-offered = El asistente propuso, sin elección: { $title }
summary-tried-helpful = Ayudó, según el visitante: { $title }
summary-tried-not_helpful = No ayudó, según el visitante: { $title }
summary-sureness = El asistente estaba seguro al { $percent } % de su última decisión
summary-languages = Idiomas usados: { $languages }
summary-messages = Mensajes: visitante { $visitor }, asistente { $bot }, equipo { $agent }

## Help pages

help-home = Centro de ayuda
help-back = Volver a todos los artículos
help-updated = Actualizado: { $date }
help-other-languages = Este artículo en otros idiomas
page-not-found = No hemos encontrado esta página.

## Views and orders of the queue (console)

view-open = Abiertos
view-mine = Míos
view-my_team = Mis equipos
view-unassigned = Sin asignar
view-breaching_soon = A punto de vencer
view-waiting_for_customer = A la espera del cliente
view-on_hold = En pausa
view-solved = Resueltos
view-spam = Correo no deseado
view-watched = En seguimiento
order-priority = Por prioridad
order-fifo = Por orden de llegada
order-quick_wins = Primero lo rápido
order-value = Primero los clientes más valiosos
order-newest = Cambios más recientes

## Why an agent has a ticket, and how much work it is (console)

routing-own_language = Habla el idioma del cliente: { $language }
routing-second_language = Habla otro idioma que el cliente entiende; durante { $minutes } minutos no hubo nadie libre para: { $language }
routing-bridge_language = Habla el idioma común; durante { $minutes } minutos no hubo nadie libre para: { $language }
routing-no_common_language = Desde hace { $minutes } minutos no hay nadie para: { $language }; hará falta una traducción
routing-has_skills = Tiene las competencias: { $skills }
routing-lacks_skills = Durante { $minutes } minutos no hubo nadie libre con estas competencias: { $skills }
routing-own_team = Es del equipo del ticket
routing-other_team = Durante { $minutes } minutos no hubo nadie libre del equipo del ticket
routing-tier = Trabaja en el nivel { $tier }
routing-knows_customer = Conoce al cliente de una solicitud anterior
routing-given = Asignado por { $by }
routing-given_because = Asignado por { $by }: { $because }
routing-given_by_rule = Asignado por la regla { $by }
routing-least_loaded = Tenía menos plazas ocupadas: { $load } de { $capacity }
routing-round_robin = Le tocaba el turno, con { $load } de { $capacity } plazas ocupadas
routing-effort_type = Tipo de solicitud: { $value } ({ $minutes } min)
routing-effort_category = Categoría: { $value } ({ $minutes } min)
routing-effort_length = Longitud: { $value } caracteres ({ $minutes } min)
routing-effort_questions = Preguntas: { $value } ({ $minutes } min)

## Why a ticket still waits (console)

wait-team_closed = El equipo está cerrado ahora
wait-known_agent = Espera un poco a { $agent }, que conoce al cliente
wait-nobody_here = No hay nadie en línea para atenderlo
wait-tier = Todavía no hay nadie disponible del nivel { $tier }
wait-language = Nadie de los que están en línea habla: { $language }
wait-skills = Nadie de los que están en línea tiene las competencias: { $skills }
wait-team = No hay nadie de su equipo en línea
wait-cooling_down = Acaba de volver de la única persona adecuada, a la que no se molestará durante un rato
wait-all_busy = Todas las personas adecuadas están ocupadas: { $agents }
wait-pull = Los tickets de esta cola los toma cada cual
wait-queued = Se revisará enseguida
