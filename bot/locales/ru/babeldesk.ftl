# Тексты для посетителей ($formality: formal или informal) и причины для консоли.

## Conversation

greeting = { $formality ->
    [informal] Привет! Я цифровой помощник магазина { $brand }, компьютерная программа. Чем могу тебе помочь?
   *[formal] Здравствуйте! Я цифровой помощник магазина { $brand }, компьютерная программа. Чем могу вам помочь?
}
goodbye = { $formality ->
    [informal] До встречи и спасибо за сообщение. Чат остаётся здесь, если понадобится что-то ещё.
   *[formal] До свидания и спасибо за сообщение. Чат остаётся здесь, если понадобится что-то ещё.
}
thanks-reply = { $formality ->
    [informal] Пожалуйста! Хочешь узнать что-нибудь ещё?
   *[formal] Пожалуйста! Хотите узнать что-нибудь ещё?
}
affirm-reply = { $formality ->
    [informal] Хорошо. Что ты хочешь узнать?
   *[formal] Хорошо. Что вы хотите узнать?
}
deny-reply = { $formality ->
    [informal] Ничего страшного. Пиши, когда что-нибудь понадобится.
   *[formal] Ничего страшного. Пишите, когда что-нибудь понадобится.
}
bot-challenge = { $formality ->
    [informal] Я компьютерная программа, а не человек. Я ищу ответы в наших справочных статьях, а если захочешь поговорить с человеком, передам тебя нашей команде.
   *[formal] Я компьютерная программа, а не человек. Я ищу ответы в наших справочных статьях, а если захотите поговорить с человеком, передам вас нашей команде.
}
hours-reply = Наша команда на связи в это время: { $hours }. Я отвечаю круглосуточно.
hours-unknown = { $formality ->
    [informal] Сейчас я не знаю часов работы нашей команды. Напиши свой вопрос здесь, и человек ответит как можно скорее.
   *[formal] Сейчас я не знаю часов работы нашей команды. Напишите свой вопрос здесь, и человек ответит как можно скорее.
}
ask-question = { $formality ->
    [informal] Что ты хочешь узнать? Просто напиши своими словами.
   *[formal] Что вы хотите узнать? Просто напишите своими словами.
}
rephrase = { $formality ->
    [informal] Не уверен, что правильно понял. Можешь сказать другими словами, может быть, чуть подробнее?
   *[formal] Не уверен, что правильно понял. Можете сказать другими словами, может быть, чуть подробнее?
}
rephrase-short = { $formality ->
    [informal] Извини, не понял. Можешь сказать иначе?
   *[formal] Извините, не понял. Можете сказать иначе?
}
clarify-intro = { $formality ->
    [informal] Нашлось несколько возможных ответов. Какой из них тебе нужен?
   *[formal] Нашлось несколько возможных ответов. Какой из них вам нужен?
}
clarify-none-of-these = Ничего из этого
answer-only-in = Пока этот ответ есть у меня только на этом языке: { $language }.
helpful-thanks = Рад, что помогло!
not-helpful-offer = { $formality ->
    [informal] Жаль, что это не то, что было нужно. Хочешь поговорить с человеком?
   *[formal] Жаль, что это не то, что было нужно. Хотите поговорить с человеком?
}
talk-to-person = Поговорить с человеком
complaint-sorry = Мне жаль, что так вышло. Передаю это человеку, который сможет разобраться.
empty-message = { $formality ->
    [informal] В твоём сообщении я не нашёл слов. Что ты хочешь узнать?
   *[formal] В вашем сообщении я не нашёл слов. Что вы хотите узнать?
}

## Language

language-changed = Конечно. Теперь я буду отвечать на этом языке: { $language }.
language-ask = { $formality ->
    [informal] На каком языке хочешь продолжить?
   *[formal] На каком языке хотите продолжить?
}
language-unsupported = { $formality ->
    [informal] На этом языке я пока не говорю. Можешь выбрать один из этих: { $languages }.
   *[formal] На этом языке я пока не говорю. Можете выбрать один из этих: { $languages }.
}

## Ticket

ticket-status = { $formality ->
    [informal] Состояние твоего обращения { $number }:
   *[formal] Состояние вашего обращения { $number }:
} { $state ->
    [new] { ticket-state-new }
    [open] { ticket-state-open }
    [pending] { ticket-state-pending }
    [on_hold] { ticket-state-on_hold }
    [solved] { ticket-state-solved }
    [closed] { ticket-state-closed }
   *[other] { $state }
}.
ticket-state-new = получено
ticket-state-open = в работе
ticket-state-pending = ждёт ответа клиента
ticket-state-on_hold = отложено
ticket-state-solved = решено
ticket-state-closed = закрыто
ticket-state-merged = объединено с другим обращением
ticket-state-spam = нежелательное сообщение
ticket-none = { $formality ->
    [informal] В этом разговоре нет открытых обращений. Расскажи, в чём дело, и я помогу.
   *[formal] В этом разговоре нет открытых обращений. Расскажите, в чём дело, и я помогу.
}

## Handing over to a person

handoff-notice-online = { $formality ->
    [informal] Передаю тебя человеку из нашей команды вместе со всей нашей перепиской. Номер обращения: { $number }. Ответ появится здесь.
   *[formal] Передаю вас человеку из нашей команды вместе со всем, что вы написали. Номер обращения: { $number }. Ответ появится здесь.
}
handoff-notice-offline = { $formality ->
    [informal] Сейчас никого из нашей команды нет. Я сохранил обращение вместе со всей нашей перепиской, его номер: { $number }. Человек ответит тебе здесь, как только команда вернётся.
   *[formal] Сейчас никого из нашей команды нет. Я сохранил обращение со всем, что вы написали, его номер: { $number }. Человек ответит вам здесь, как только команда вернётся.
}
handoff-opens-again = Мы снова откроемся: { $opens }.
expected-reply-minutes = Обычно сотрудник отвечает примерно за { $minutes } минут.
expected-reply-by = Сотрудник, вероятно, ответит до: { $moment }.
handoff-ask-contact = { $formality ->
    [informal] Если хочешь, оставь имя и адрес электронной почты, чтобы мы могли с тобой связаться. Это необязательно.
   *[formal] Если хотите, оставьте имя и адрес электронной почты, чтобы мы могли с вами связаться. Это необязательно.
}
contact-thanks = { $formality ->
    [informal] Спасибо! Я добавил твои контакты к обращению.
   *[formal] Спасибо! Я добавил ваши контакты к обращению.
}
contact-noted = { $formality ->
    [informal] Спасибо, я записал твои контакты.
   *[formal] Спасибо, я записал ваши контакты.
}
agent-joined = К чату подключается { $name } из нашей команды.
agent-left = Наш сотрудник вышел из чата.
handed-back = { $formality ->
    [informal] Наш сотрудник закончил, и теперь с тобой снова цифровой помощник, компьютерная программа. Чем ещё могу помочь?
   *[formal] Наш сотрудник закончил, и теперь с вами снова цифровой помощник, компьютерная программа. Чем ещё могу помочь?
}
resolved = { $formality ->
    [informal] Твоё обращение { $number } отмечено как решённое. Если что-то осталось, просто напиши сюда.
   *[formal] Ваше обращение { $number } отмечено как решённое. Если что-то осталось, просто напишите сюда.
}
not-solved = Вопрос не решён
merged = Обращение { $number } теперь часть обращения { $target }.

## Если чья-то жизнь в опасности

safety-help = { $formality ->
    [informal] Похоже, ты переживаешь что-то очень тяжёлое, и хорошо, что ты об этом написал или написала. Ты не обязан нести это в одиночку. Если ты сейчас в опасности, пожалуйста, позвони по номеру { $emergency }.
   *[formal] Похоже, вы переживаете что-то очень тяжёлое, и хорошо, что вы об этом написали. Вы не обязаны нести это в одиночку. Если вы сейчас в опасности, пожалуйста, позвоните по номеру { $emergency }.
}
safety-lines = { $formality ->
    [informal] Можно также поговорить с тем, кто выслушает тебя: { $lines }.
   *[formal] Можно также поговорить с тем, кто выслушает: { $lines }.
}
safety-person = Я компьютерная программа и не могу помочь так, как человек, поэтому я позвала человека из нашей команды. Тот, кто это прочтёт, ответит здесь.
safety-emergency = 112 или местной службы спасения

## Why a conversation was handed over (console)

reason-low_confidence = Помощник не был уверен в ответе
reason-asked_for_person = Просьба соединить с человеком
reason-repeated_failure = Помощник не справился несколько раз подряд
reason-negative_feedback = Ответ не помог
reason-complaint = Жалоба посетителя
reason-risk_topic = Чувствительная тема: деньги, безопасность, право или данные
reason-bot_unavailable = Помощник был недоступен

## Why a ticket has its priority (console)

triage-safety = Опасность для здоровья или безопасности
triage-data_leak = Возможно, раскрыты личные данные
triage-double_charge = Деньги списаны больше одного раза
triage-payment_taken = Деньги списаны, но нет заказа или возврата
triage-legal = Упомянуты юрист, ведомство или суд
triage-everyone_affected = Затронуты многие или все
triage-several_affected = Затронуты несколько человек или заказов
triage-blocked_order = Заказ застрял
triage-one_person = Один человек, обычный вопрос
triage-deadline_now = Нужно решить сегодня или завтра
triage-blocked_now = Сейчас не может ничего сделать
triage-growing_damage = Ущерб растёт
triage-deadline_soon = Срок в ближайшие дни
triage-waiting_long = Ждёт уже долго
triage-repeated_contact = Уже писали об этом раньше
triage-says_urgent = По словам посетителя, это срочно
triage-not_urgent = По словам посетителя, это не срочно
triage-no_hurry = Признаков спешки нет
triage-repeat_contacts = { $count ->
    [one] { $count } прошлое обращение по этому вопросу
    [few] { $count } прошлых обращения по этому вопросу
    [many] { $count } прошлых обращений по этому вопросу
   *[other] { $count } прошлого обращения по этому вопросу
}
triage-complaint = Жалоба: на ступень выше
triage-risk_topic = Передано как чувствительная тема: не ниже приоритета 2
triage-floor_safety = Безопасность: всегда приоритет 1
triage-floor_data_leak = Возможная утечка данных: всегда приоритет 1
triage-floor_payment = Пропали деньги: не ниже приоритета 2
triage-floor_legal = Угроза судом: не ниже приоритета 2
triage-self_harm = Речь идёт о самоубийстве или причинении себе вреда
triage-account_misuse = Аккаунт или карта в чужих руках
triage-unanswered = Ждёт ответа человека уже { $hours } ч
triage-taken_back = Посетитель говорит, что вопрос решён
triage-workaround = Получается другим способом: влияние не выше среднего
triage-reopened = Вернулось после решения: на ступень выше
triage-tier = Уровень клиента { $tier }: на ступень выше
triage-first_contact = Пишет впервые: на ступень выше
triage-floor_self_harm = Опасность для жизни: всегда приоритет 1
triage-floor_security = Аккаунт или карта в опасности: всегда приоритет 1
triage-prototype_limit = Только близко по смыслу, без ясных слов: не выше приоритета 2
triage-similar = { $text } – близко по смыслу ({ $similarity } %) к «{ $prototype }»
triage-triage_failed = Не удалось определить приоритет: обычный приоритет

## What happened to a ticket (console)

ticket-field-state = Состояние
ticket-field-hold = На паузе
ticket-field-priority = Приоритет
ticket-field-assignee_id = Ответственный
ticket-field-team_id = Команда
ticket-field-support_tier = Уровень поддержки
ticket-field-language = Язык
ticket-field-subject = Тема
ticket-field-type = Вид
ticket-field-category = Категория
ticket-field-tags = Метки
ticket-field-watchers = Наблюдатели
ticket-field-custom_fields = Свои поля
ticket-field-skills = Навыки
ticket-field-customer_id = Клиент
ticket-field-merged_into = Объединено с
ticket-field-follow_up_of = Продолжение
history-ticket_linked = Связано
history-ticket_unlinked = Связь удалена
history-ticket_merged = Объединение
history-ticket_unmerged = Объединение отменено
history-ticket_split = Разделение
history-ticket_unsplit = Разделение отменено
history-priority_set = Приоритет задан вручную
history-ticket_assigned = Передано коллеге
link-related = Связано с
link-duplicate_of = Дубликат
link-blocks = Блокирует
link-parent_of = Родитель для
link-has_duplicate = Имеет дубликат
link-blocked_by = Заблокировано
link-child_of = Подчинено

## What a ticket is about (console)

summary-first-request = Первый запрос: { $text }
summary-known = Упомянуто: { $values }
summary-tried-answered = Помощник ответил: { $title }
summary-tried-offered = Помощник предложил, не выбрано: { $title }
summary-tried-helpful = Помогло, по словам посетителя: { $title }
summary-tried-not_helpful = Не помогло, по словам посетителя: { $title }
summary-sureness = Помощник был уверен в последнем решении на { $percent } %
summary-languages = Использованные языки: { $languages }
summary-messages = Сообщения: посетитель { $visitor }, помощник { $bot }, команда { $agent }

## Help pages

help-home = Справочный центр
help-back = Ко всем статьям
help-updated = Обновлено: { $date }
help-other-languages = Эта статья на других языках
page-not-found = Мы не нашли эту страницу.

## Views and orders of the queue (console)

view-open = Открытые
view-mine = Мои
view-my_team = Мои команды
view-unassigned = Не назначены
view-breaching_soon = Скоро истечёт срок
view-waiting_for_customer = Ожидает клиента
view-on_hold = Отложены
view-solved = Решены
view-spam = Спам
view-watched = Наблюдаю
order-priority = По приоритету
order-fifo = В порядке поступления
order-quick_wins = Сначала быстрые
order-value = Сначала самые важные клиенты
order-newest = Последние изменения

## Why an agent has a ticket, and how much work it is (console)

routing-own_language = Говорит на языке клиента: { $language }
routing-second_language = Говорит на другом языке, который понимает клиент; { $minutes } мин не было свободных для языка: { $language }
routing-bridge_language = Говорит на общем языке; { $minutes } мин не было свободных для языка: { $language }
routing-no_common_language = Уже { $minutes } мин нет никого для языка: { $language }; понадобится перевод
routing-has_skills = Имеет навыки: { $skills }
routing-lacks_skills = { $minutes } мин не было свободных с такими навыками: { $skills }
routing-own_team = Входит в команду обращения
routing-other_team = { $minutes } мин не было свободных из команды обращения
routing-tier = Работает на уровне { $tier }
routing-knows_customer = Знает клиента по прошлому обращению
routing-given = Передано: { $by }
routing-given_because = Передано: { $by }. Причина: { $because }
routing-given_by_rule = Передано правилом { $by }
routing-least_loaded = Меньше всего занятых мест: { $load } из { $capacity }
routing-round_robin = Подошла очередь; занято мест: { $load } из { $capacity }
routing-effort_type = Вид обращения: { $value } ({ $minutes } мин)
routing-effort_category = Категория: { $value } ({ $minutes } мин)
routing-effort_length = Длина: { $value } знаков ({ $minutes } мин)
routing-effort_questions = Заданные вопросы: { $value } ({ $minutes } мин)

## Why a ticket still waits (console)

wait-team_closed = Команда сейчас не работает
wait-known_agent = Недолго ждёт того, кто знает клиента: { $agent }
wait-nobody_here = Никого нет на месте, чтобы взять его
wait-tier = На уровне { $tier } пока никто не доступен
wait-language = Никто на месте не говорит на языке: { $language }
wait-skills = Ни у кого на месте нет навыков: { $skills }
wait-team = Никого из его команды нет на месте
wait-cooling_down = Оно только что вернулось от единственного подходящего сотрудника, которому его пока не дают
wait-all_busy = Все подходящие сотрудники заняты: { $agents }
wait-pull = Обращения этой очереди сотрудники берут сами
wait-queued = Скоро будет рассмотрено
