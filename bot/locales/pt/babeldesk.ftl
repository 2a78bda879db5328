# Textos para visitantes ($formality: formal ou informal) e motivos para a consola.

## Conversation

greeting = { $formality ->
    [informal] Olá! Sou o assistente digital da { $brand }, um programa de computador. Em que te posso ajudar?
   *[formal] Olá! Sou o assistente digital da { $brand }, um programa de computador. Em que o posso ajudar?
}
goodbye = { $formality ->
    [informal] Até à próxima, e obrigado por escreveres. O chat continua aqui se precisares de mais alguma coisa.
   *[formal] Até à próxima, e obrigado por escrever. O chat continua aqui se precisar de mais alguma coisa.
}
thanks-reply = { $formality ->
    [informal] De nada! Queres saber mais alguma coisa?
   *[formal] De nada! Deseja saber mais alguma coisa?
}
affirm-reply = { $formality ->
    [informal] Muito bem. O que gostarias de saber?
   *[formal] Muito bem. O que gostaria de saber?
}
deny-reply = { $formality ->
    [informal] Sem problema. Escreve-me quando precisares de alguma coisa.
   *[formal] Sem problema. Escreva-me quando precisar de alguma coisa.
}
bot-challenge = { $formality ->
    [informal] Sou um programa de computador, não uma pessoa. Procuro respostas nos nossos artigos de ajuda e, se preferires falar com uma pessoa, passo-te à nossa equipa.
   *[formal] Sou um programa de computador, não uma pessoa. Procuro respostas nos nossos artigos de ajuda e, se preferir falar com uma pessoa, passo a conversa à nossa equipa.
}
hours-reply = A nossa equipa está disponível neste horário: { $hours }. Eu respondo a qualquer hora.
hours-unknown = { $formality ->
    [informal] Neste momento não sei o horário da nossa equipa. Escreve aqui a tua pergunta e uma pessoa responde-te assim que possível.
   *[formal] Neste momento não sei o horário da nossa equipa. Escreva aqui a sua pergunta e uma pessoa responde-lhe assim que possível.
}
ask-question = { $formality ->
    [informal] O que gostarias de saber? Escreve por palavras tuas.
   *[formal] O que gostaria de saber? Escreva por palavras suas.
}
rephrase = { $formality ->
    [informal] Não tenho a certeza de ter percebido. Podes dizê-lo por outras palavras, talvez com mais um pormenor?
   *[formal] Não tenho a certeza de ter percebido. Pode dizê-lo por outras palavras, talvez com mais um pormenor?
}
rephrase-short = { $formality ->
    [informal] Desculpa, não percebi. Podes dizer de outra maneira?
   *[formal] Desculpe, não percebi. Pode dizer de outra maneira?
}
clarify-intro = { $formality ->
    [informal] Encontrei mais do que uma resposta possível. A qual te referes?
   *[formal] Encontrei mais do que uma resposta possível. A qual se refere?
}
clarify-none-of-these = Nenhuma destas
answer-only-in = Por enquanto, só tenho esta resposta neste idioma: { $language }.
helpful-thanks = Ainda bem que ajudou!
not-helpful-offer = { $formality ->
    [informal] Lamento que não fosse o que precisavas. Queres falar com uma pessoa?
   *[formal] Lamento que não fosse o que precisava. Quer falar com uma pessoa?
}
talk-to-person = Falar com uma pessoa
complaint-sorry = { $formality ->
    [informal] Lamento o que te aconteceu. Vou passar o assunto a uma pessoa que o possa resolver.
   *[formal] Lamento o que lhe aconteceu. Vou passar o assunto a uma pessoa que o possa resolver.
}
empty-message = { $formality ->
    [informal] Não encontrei palavras na tua mensagem. O que gostarias de saber?
   *[formal] Não encontrei palavras na sua mensagem. O que gostaria de saber?
}

## Language

language-changed = Com certeza. A partir de agora respondo neste idioma: { $language }.
language-ask = { $formality ->
    [informal] Em que idioma queres continuar?
   *[formal] Em que idioma deseja continuar?
}
language-unsupported = { $formality ->
    [informal] Ainda não falo esse idioma. Podes escolher um destes: { $languages }.
   *[formal] Ainda não falo esse idioma. Pode escolher um destes: { $languages }.
}

## Ticket

ticket-status = { $formality ->
    [informal] O estado do teu pedido { $number }:
   *[formal] O estado do seu pedido { $number }:
} { $state ->
    [new] { ticket-state-new }
    [open] { ticket-state-open }
    [pending] { ticket-state-pending }
    [on_hold] { ticket-state-on_hold }
    [solved] { ticket-state-solved }
    [closed] { ticket-state-closed }
   *[other] { $state }
}.
ticket-state-new = recebido
ticket-state-open = em tratamento
ticket-state-pending = a aguardar resposta do cliente
ticket-state-on_hold = em espera
ticket-state-solved = resolvido
ticket-state-closed = fechado
ticket-state-merged = fundido com outro pedido
ticket-state-spam = lixo eletrónico
ticket-none = { $formality ->
    [informal] Não há nenhum pedido aberto nesta conversa. Diz-me de que se trata e eu ajudo.
   *[formal] Não há nenhum pedido aberto nesta conversa. Diga-me de que se trata e eu ajudo.
}

## Handing over to a person

handoff-notice-online = { $formality ->
    [informal] Vou passar-te a uma pessoa da nossa equipa, com tudo o que escreveste. O teu pedido tem o número { $number }. A resposta vai aparecer aqui.
   *[formal] Vou passar a conversa a uma pessoa da nossa equipa, com tudo o que escreveu. O seu pedido tem o número { $number }. A resposta vai aparecer aqui.
}
handoff-notice-offline = { $formality ->
    [informal] Neste momento não está ninguém da equipa. Guardei o teu pedido com tudo o que escreveste; tem o número { $number }. Uma pessoa responde-te aqui assim que a equipa voltar.
   *[formal] Neste momento não está ninguém da equipa. Guardei o seu pedido com tudo o que escreveu; tem o número { $number }. Uma pessoa responde-lhe aqui assim que a equipa voltar.
}
handoff-opens-again = Voltamos a abrir: { $opens }.
expected-reply-minutes = Normalmente uma pessoa responde em cerca de { $minutes } minutos.
expected-reply-by = Uma pessoa responderá provavelmente até: { $moment }.
handoff-ask-contact = { $formality ->
    [informal] Se quiseres, deixa o teu nome e o teu e-mail para podermos contactar-te. Não é obrigatório.
   *[formal] Se quiser, deixe o seu nome e o seu e-mail para o podermos contactar. Não é obrigatório.
}
contact-thanks = { $formality ->
    [informal] Obrigado! Juntei os teus contactos ao pedido.
   *[formal] Obrigado! Juntei os seus contactos ao pedido.
}
contact-noted = { $formality ->
    [informal] Obrigado, tomei nota dos teus contactos.
   *[formal] Obrigado, tomei nota dos seus contactos.
}
agent-joined = { $name }, da nossa equipa, já está no chat.
agent-left = A pessoa da nossa equipa saiu do chat.
handed-back = { $formality ->
    [informal] A pessoa da nossa equipa terminou; estás de novo a falar com o assistente digital, um programa de computador. Que mais posso fazer por ti?
   *[formal] A pessoa da nossa equipa terminou; está de novo a falar com o assistente digital, um programa de computador. Que mais posso fazer por si?
}
resolved = { $formality ->
    [informal] O teu pedido { $number } está marcado como resolvido. Se ainda houver algo por resolver, escreve aqui.
   *[formal] O seu pedido { $number } está marcado como resolvido. Se ainda houver algo por resolver, escreva aqui.
}
not-solved = Não está resolvido
merged = O pedido { $number } faz agora parte do pedido { $target }.

## Se a vida de alguém está em perigo

safety-help = { $formality ->
    [informal] Parece que estás a passar por algo muito difícil, e foi bom tê-lo escrito. Não tens de carregar isto a sós. Se estás em perigo neste momento, liga por favor para o { $emergency }.
   *[formal] Parece que está a passar por algo muito difícil, e foi bom tê-lo escrito. Não tem de carregar isto a sós. Se está em perigo neste momento, ligue por favor para o { $emergency }.
}
safety-lines = { $formality ->
    [informal] Também podes falar com alguém que ouve: { $lines }.
   *[formal] Também pode falar com alguém que ouve: { $lines }.
}
safety-person = Sou um programa de computador e não consigo ajudar como uma pessoa, por isso chamei uma pessoa da nossa equipa. Quem ler isto responderá aqui.
safety-emergency = 112 ou para o número de emergência local

## Why a conversation was handed over (console)

reason-low_confidence = O assistente não tinha a certeza da resposta
reason-asked_for_person = Pediu para falar com uma pessoa
reason-repeated_failure = O assistente falhou várias vezes seguidas
reason-negative_feedback = A resposta não ajudou
reason-complaint = Apresenta uma reclamação
reason-risk_topic = Assunto sensível: dinheiro, segurança, lei ou dados
reason-bot_unavailable = O assistente não estava disponível

## Why a ticket has its priority (console)

triage-safety = Perigo para a saúde ou a segurança
triage-data_leak = Dados pessoais possivelmente expostos
triage-double_charge = Cobrado mais do que uma vez
triage-payment_taken = Dinheiro cobrado sem encomenda nem reembolso
triage-legal = Menciona advogado, autoridade ou tribunal
triage-everyone_affected = Muitas pessoas ou todas são afetadas
triage-several_affected = Várias pessoas ou encomendas são afetadas
triage-blocked_order = Uma encomenda está bloqueada
triage-one_person = Uma só pessoa, assunto corrente
triage-deadline_now = Tem de ficar resolvido hoje ou amanhã
triage-blocked_now = Não consegue avançar neste momento
triage-growing_damage = O prejuízo está a aumentar
triage-deadline_soon = Prazo nos próximos dias
triage-waiting_long = Espera há muito tempo
triage-repeated_contact = Já tinha escrito sobre isto
triage-says_urgent = Diz que é urgente
triage-not_urgent = Diz que não é urgente
triage-no_hurry = Nenhum sinal de pressa
triage-repeat_contacts = { $count ->
    [one] Um contacto anterior sobre isto
   *[other] { $count } contactos anteriores sobre isto
}
triage-complaint = Reclamação: um nível acima
triage-risk_topic = Passado como assunto sensível: pelo menos prioridade 2
triage-floor_safety = Segurança: sempre prioridade 1
triage-floor_data_leak = Possível fuga de dados: sempre prioridade 1
triage-floor_payment = Falta dinheiro: pelo menos prioridade 2
triage-floor_legal = Ameaça legal: pelo menos prioridade 2
triage-self_harm = Fala-se de suicídio ou de fazer mal a si
triage-account_misuse = Uma conta ou um cartão em mãos alheias
triage-unanswered = Espera há { $hours } h pela resposta de uma pessoa
triage-taken_back = O visitante diz que está resolvido
triage-workaround = Funciona de outra forma: impacto médio no máximo
triage-reopened = Voltou depois de resolvido: um nível acima
triage-tier = Nível de cliente { $tier }: um nível acima
triage-first_contact = Escreve pela primeira vez: um nível acima
triage-floor_self_harm = Vida em perigo: sempre prioridade 1
triage-floor_security = Conta ou cartão em perigo: sempre prioridade 1
triage-prototype_limit = Apenas semelhante no sentido, sem palavras claras: prioridade 2 no máximo
triage-similar = { $text } – de sentido semelhante ({ $similarity } %) a «{ $prototype }»
triage-triage_failed = Não foi possível determinar a prioridade: prioridade normal

## What happened to a ticket (console)

ticket-field-state = Estado
ticket-field-hold = Em espera
ticket-field-priority = Prioridade
ticket-field-assignee_id = Responsável
ticket-field-team_id = Equipa
ticket-field-support_tier = Nível de suporte
ticket-field-language = Idioma
ticket-field-subject = Assunto
ticket-field-type = Tipo
ticket-field-category = Categoria
ticket-field-tags = Etiquetas
ticket-field-watchers = Observadores
ticket-field-custom_fields = Campos próprios
ticket-field-skills = Competências
ticket-field-customer_id = Cliente
ticket-field-merged_into = Fundido em
ticket-field-follow_up_of = Continuação de
history-ticket_linked = Ligado
history-ticket_unlinked = Ligação removida
history-ticket_merged = Fusão
history-ticket_unmerged = Fusão anulada
history-ticket_split = Divisão
history-ticket_unsplit = Divisão anulada
history-priority_set = Prioridade definida à mão
history-ticket_assigned = Atribuído a um colega
link-related = Relacionado com
link-duplicate_of = Duplicado de
link-blocks = Bloqueia
link-parent_of = Pai de
link-has_duplicate = Tem o duplicado
link-blocked_by = Bloqueado por
link-child_of = Filho de

## What a ticket is about (console)

summary-first-request = Primeiro pedido: { $text }
summary-known = Mencionado: { $values }
summary-tried-answered = O assistente respondeu com: { $title }
summary-tried-offered = O assistente propôs, sem escolha: { $title }
summary-tried-helpful = Ajudou, diz o visitante: { $title }
summary-tried-not_helpful = Não ajudou, diz o visitante: { $title }
summary-sureness = O assistente estava { $percent } % seguro da última decisão
summary-languages = Idiomas usados: { $languages }
summary-messages = Mensagens: visitante { $visitor }, assistente { $bot }, equipa { $agent }

## Help pages

help-home = Centro de ajuda
help-back = Voltar a todos os artigos
help-updated = Atualizado: { $date }
help-other-languages = Este artigo noutros idiomas
page-not-found = Não encontrámos esta página.

## Views and orders of the queue (console)

view-open = Abertos
view-mine = Meus
view-my_team = As minhas equipas
view-unassigned = Não atribuídos
view-breaching_soon = Prazo quase a terminar
view-waiting_for_customer = À espera do cliente
view-on_hold = Em espera
view-solved = Resolvidos
view-spam = Indesejados
view-watched = Seguidos
order-priority = Por prioridade
order-fifo = Por ordem de chegada
order-quick_wins = Primeiro os rápidos
order-value = Primeiro os clientes mais importantes
order-newest = Alterações mais recentes

## Why an agent has a ticket, and how much work it is (console)

routing-own_language = Fala a língua do cliente: { $language }
routing-second_language = Fala outra língua que o cliente entende; durante { $minutes } minutos ninguém estava livre para: { $language }
routing-bridge_language = Fala a língua comum; durante { $minutes } minutos ninguém estava livre para: { $language }
routing-no_common_language = Há { $minutes } minutos que não há ninguém para: { $language }; será precisa uma tradução
routing-has_skills = Tem as competências: { $skills }
routing-lacks_skills = Durante { $minutes } minutos ninguém com estas competências estava livre: { $skills }
routing-own_team = Pertence à equipa do pedido
routing-other_team = Durante { $minutes } minutos ninguém da equipa do pedido estava livre
routing-tier = Trabalha no nível { $tier }
routing-knows_customer = Conhece o cliente de um pedido anterior
routing-given = Atribuído por { $by }
routing-given_because = Atribuído por { $by }: { $because }
routing-given_by_rule = Atribuído pela regra { $by }
routing-least_loaded = Tinha menos lugares ocupados: { $load } de { $capacity }
routing-round_robin = Era a sua vez, com { $load } de { $capacity } lugares ocupados
routing-effort_type = Tipo de pedido: { $value } ({ $minutes } min)
routing-effort_category = Categoria: { $value } ({ $minutes } min)
routing-effort_length = Tamanho: { $value } caracteres ({ $minutes } min)
routing-effort_questions = Perguntas: { $value } ({ $minutes } min)

## Why a ticket still waits (console)

wait-team_closed = A equipa está fechada agora
wait-known_agent = Espera um pouco por { $agent }, que conhece o cliente
wait-nobody_here = Ninguém está online para o atender
wait-tier = Ainda ninguém do nível { $tier } está disponível
wait-language = Ninguém que está online fala: { $language }
wait-skills = Ninguém que está online tem as competências: { $skills }
wait-team = Ninguém da sua equipa está online
wait-cooling_down = Acabou de voltar da única pessoa adequada, que será poupada por algum tempo
wait-all_busy = Todas as pessoas adequadas estão ocupadas: { $agents }
wait-pull = Os pedidos desta fila são assumidos por quem quiser
wait-queued = Vai ser visto em breve
