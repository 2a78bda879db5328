# نصوص للزوار وأسباب للموظفين في لوحة التحكم. العربية هنا بصيغة واحدة.

## Conversation

greeting = مرحبًا! أنا المساعد الرقمي لمتجر { $brand }، برنامج حاسوبي. كيف يمكنني المساعدة؟
goodbye = مع السلامة، وشكرًا على رسالتكم. تبقى المحادثة هنا إن احتجتم إلى أي شيء آخر.
thanks-reply = على الرحب والسعة! هل هناك شيء آخر تودّون معرفته؟
affirm-reply = حسنًا. ماذا تودّون أن تعرفوا؟
deny-reply = لا بأس. يمكنكم الكتابة إليّ متى احتجتم إلى شيء.
bot-challenge = أنا برنامج حاسوبي ولست إنسانًا. أبحث عن الإجابات في مقالات المساعدة، وإذا فضّلتم التحدث إلى شخص من فريقنا أحوّلكم إليه.
hours-reply = فريقنا موجود في هذه الأوقات: { $hours }. أما أنا فأجيب على مدار الساعة.
hours-unknown = لا أعرف أوقات عمل فريقنا في هذه اللحظة. اكتبوا سؤالكم هنا وسيجيب أحد أفراد الفريق في أقرب وقت ممكن.
ask-question = ماذا تودّون أن تعرفوا؟ اكتبوا ببساطة وبكلماتكم.
rephrase = لست متأكدًا من أنني فهمت. هل يمكنكم قول ذلك بكلمات أخرى، وربما بتفصيل إضافي؟
rephrase-short = عذرًا، لم أفهم. هل يمكنكم صياغته بطريقة أخرى؟
clarify-intro = وجدت أكثر من إجابة ممكنة. أيّها تقصدون؟
clarify-none-of-these = لا شيء مما سبق
answer-only-in = هذه الإجابة متوفرة لديّ حاليًا بهذه اللغة فقط: { $language }.
helpful-thanks = يسعدني أن ذلك أفادكم!
not-helpful-offer = يؤسفني أن هذا ليس ما كنتم تبحثون عنه. هل تودّون التحدث إلى شخص من فريقنا؟
talk-to-person = التحدث إلى شخص
complaint-sorry = يؤسفني ما حدث معكم. سأحوّل الأمر إلى شخص يستطيع متابعته.
empty-message = لم أجد كلمات في رسالتكم. ماذا تودّون أن تعرفوا؟

## Language

language-changed = بالتأكيد. سأجيب من الآن بهذه اللغة: { $language }.
language-ask = بأي لغة تودّون المتابعة؟
language-unsupported = لا أتحدث هذه اللغة بعد. يمكنكم اختيار إحدى هذه اللغات: { $languages }.

## Ticket

ticket-status = حالة طلبكم { $number }: { $state ->
    [new] { ticket-state-new }
    [open] { ticket-state-open }
    [pending] { ticket-state-pending }
    [on_hold] { ticket-state-on_hold }
    [solved] { ticket-state-solved }
    [closed] { ticket-state-closed }
   *[other] { $state }
}.
ticket-state-new = تم الاستلام
ticket-state-open = قيد المعالجة
ticket-state-pending = بانتظار رد العميل
ticket-state-on_hold = معلّق
ticket-state-solved = تم الحل
ticket-state-closed = مغلق
ticket-state-merged = مدموج مع طلب آخر
ticket-state-spam = رسالة مزعجة
ticket-none = لا يوجد طلب مفتوح في هذه المحادثة. أخبروني بالموضوع وسأساعدكم.

## Handing over to a person

handoff-notice-online = أحوّلكم الآن إلى شخص من فريقنا مع كل ما كتبتموه. رقم طلبكم هو { $number }. سيظهر الرد هنا.
handoff-notice-offline = لا يوجد أحد من فريقنا في هذه اللحظة. حفظت طلبكم مع كل ما كتبتموه، ورقمه { $number }. سيرد عليكم شخص هنا فور عودة الفريق.
handoff-opens-again = نفتح مجددًا: { $opens }.
expected-reply-minutes = عادةً ما يرد شخص من فريقنا خلال نحو { $minutes } دقيقة.
expected-reply-by = من المرجّح أن يرد شخص من فريقنا قبل: { $moment }.
handoff-ask-contact = إن أردتم، اتركوا الاسم وعنوان البريد الإلكتروني كي نتمكن من الوصول إليكم. هذا اختياري.
contact-thanks = شكرًا! أضفت بيانات التواصل إلى طلبكم.
contact-noted = شكرًا، سجّلت بيانات التواصل.
agent-joined = انضم إلى المحادثة من فريقنا: { $name }.
agent-left = غادر زميلنا المحادثة.
handed-back = أنهى زميلنا المحادثة، وأنتم تتحدثون الآن من جديد مع المساعد الرقمي، وهو برنامج حاسوبي. بماذا أساعدكم أيضًا؟
resolved = تم وضع علامة «محلول» على طلبكم { $number }. إذا بقي أي شيء، فاكتبوا هنا ببساطة.
not-solved = لم تُحل المشكلة
merged = أصبح الطلب { $number } جزءًا من الطلب { $target }.

## إذا كانت حياة أحد في خطر

safety-help = يبدو أنك تمر بشيء صعب جدا، ومن الجيد أنك كتبت ذلك. لست مضطرا إلى حمل هذا وحدك. إن كنت في خطر الآن فاتصل من فضلك بالرقم { $emergency }.
safety-lines = يمكنك أيضا التحدث إلى من يستمع إليك: { $lines }.
safety-person = أنا برنامج حاسوب ولا أستطيع المساعدة كما يفعل إنسان، لذلك استدعيت شخصا من فريقنا، وسيرد عليك هنا من يقرأ رسالتك.
safety-emergency = 112 أو رقم الطوارئ المحلي

## Why a conversation was handed over (console)

reason-low_confidence = لم يكن المساعد متأكدًا من الإجابة
reason-asked_for_person = طلب الزائر التحدث إلى شخص
reason-repeated_failure = أخفق المساعد عدة مرات متتالية
reason-negative_feedback = الإجابة لم تساعد
reason-complaint = الزائر يشتكي
reason-risk_topic = موضوع حساس: مال أو سلامة أو قانون أو بيانات
reason-bot_unavailable = لم يكن المساعد متاحًا

## Why a ticket has its priority (console)

triage-safety = خطر على الصحة أو السلامة
triage-data_leak = ربما انكشفت بيانات شخصية
triage-double_charge = خُصم المبلغ أكثر من مرة
triage-payment_taken = خُصم المال دون طلب أو استرداد
triage-legal = ذُكر محامٍ أو جهة رسمية أو محكمة
triage-everyone_affected = المشكلة تمسّ الكثيرين أو الجميع
triage-several_affected = المشكلة تمسّ عدة أشخاص أو طلبات
triage-blocked_order = هناك طلب متوقف
triage-one_person = شخص واحد، أمر عادي
triage-deadline_now = يجب حلّه اليوم أو غدًا
triage-blocked_now = لا يمكنه المتابعة الآن
triage-growing_damage = الضرر يزداد
triage-deadline_soon = موعد نهائي خلال أيام
triage-waiting_long = ينتظر منذ وقت طويل
triage-repeated_contact = سبق أن راسلنا بشأن هذا
triage-says_urgent = يقول الزائر إن الأمر عاجل
triage-not_urgent = يقول الزائر إن الأمر غير عاجل
triage-no_hurry = لا علامة على الاستعجال
triage-repeat_contacts = { $count ->
    [zero] لا تواصل سابق بشأن هذا
    [one] تواصل سابق واحد بشأن هذا
    [two] تواصلان سابقان بشأن هذا
    [few] عدد مرات التواصل السابقة بشأن هذا: { $count }
    [many] عدد مرات التواصل السابقة بشأن هذا: { $count }
   *[other] عدد مرات التواصل السابقة بشأن هذا: { $count }
}
triage-complaint = شكوى: درجة أعلى
triage-risk_topic = حُوّل كموضوع حساس: الأولوية 2 على الأقل
triage-floor_safety = السلامة: الأولوية 1 دائمًا
triage-floor_data_leak = تسريب محتمل للبيانات: الأولوية 1 دائمًا
triage-floor_payment = هناك مال ناقص: الأولوية 2 على الأقل
triage-floor_legal = تهديد قانوني: الأولوية 2 على الأقل
triage-self_harm = حديث عن الانتحار أو إيذاء النفس
triage-account_misuse = حساب أو بطاقة في يد شخص آخر
triage-unanswered = ينتظر رد شخص منذ { $hours } ساعة
triage-taken_back = يقول الزائر إن الأمر قد حُلّ
triage-workaround = توجد طريقة أخرى: التأثير متوسط على الأكثر
triage-reopened = عاد بعد حله: درجة أعلى
triage-tier = فئة العميل { $tier }: درجة أعلى
triage-first_contact = يكتب للمرة الأولى: درجة أعلى
triage-floor_self_harm = خطر على الحياة: الأولوية 1 دائما
triage-floor_security = حساب أو بطاقة في خطر: الأولوية 1 دائما
triage-prototype_limit = تشابه في المعنى فقط دون كلمات واضحة: الأولوية 2 على الأكثر
triage-similar = { $text } – يشبه في المعنى ({ $similarity } %): «{ $prototype }»
triage-triage_failed = تعذّر تحديد الأولوية: أولوية عادية

## What happened to a ticket (console)

ticket-field-state = الحالة
ticket-field-hold = معلّق
ticket-field-priority = الأولوية
ticket-field-assignee_id = المسؤول
ticket-field-team_id = الفريق
ticket-field-support_tier = مستوى الدعم
ticket-field-language = اللغة
ticket-field-subject = الموضوع
ticket-field-type = النوع
ticket-field-category = الفئة
ticket-field-tags = الوسوم
ticket-field-watchers = المتابعون
ticket-field-custom_fields = حقول خاصة
ticket-field-skills = المهارات
ticket-field-customer_id = العميل
ticket-field-merged_into = مدموج في
ticket-field-follow_up_of = متابعة لـ
history-ticket_linked = تم الربط
history-ticket_unlinked = أزيل الربط
history-ticket_merged = تم الدمج
history-ticket_unmerged = أُلغي الدمج
history-ticket_split = تم التقسيم
history-ticket_unsplit = أُلغي التقسيم
history-priority_set = حُددت الأولوية يدويًا
history-ticket_assigned = أُسند إلى زميل
link-related = مرتبط بـ
link-duplicate_of = نسخة من
link-blocks = يعطّل
link-parent_of = أصل لـ
link-has_duplicate = له نسخة
link-blocked_by = معطّل بسبب
link-child_of = فرع من

## What a ticket is about (console)

summary-first-request = الطلب الأول: { $text }
summary-known = ذُكر: { $values }
summary-tried-answered = أجاب المساعد بـ: { $title }
summary-tried-offered = اقترح المساعد ولم يُختر: { $title }
summary-tried-helpful = أفاد الزائر أنه ساعد: { $title }
summary-tried-not_helpful = أفاد الزائر أنه لم يساعد: { $title }
summary-sureness = كان المساعد واثقًا من قراره الأخير بنسبة { $percent } %
summary-languages = اللغات المستخدمة: { $languages }
summary-messages = الرسائل: الزائر { $visitor }، المساعد { $bot }، الفريق { $agent }

## Help pages

help-home = مركز المساعدة
help-back = العودة إلى كل المقالات
help-updated = آخر تحديث: { $date }
help-other-languages = هذه المقالة بلغات أخرى
page-not-found = لم نعثر على هذه الصفحة.

## Views and orders of the queue (console)

view-open = مفتوحة
view-mine = طلباتي
view-my_team = فِرَقي
view-unassigned = غير معيّنة
view-breaching_soon = موعدها ينتهي قريبًا
view-waiting_for_customer = بانتظار العميل
view-on_hold = معلّقة
view-solved = محلولة
view-spam = غير مرغوب فيها
view-watched = أتابعها
order-priority = حسب الأولوية
order-fifo = حسب ترتيب الوصول
order-quick_wins = الأسرع إنجازًا أولًا
order-value = العملاء الأهم أولًا
order-newest = أحدث التغييرات

## Why an agent has a ticket, and how much work it is (console)

routing-own_language = يتحدث لغة العميل: { $language }
routing-second_language = يتحدث لغة أخرى يفهمها العميل؛ لم يتفرغ أحد خلال { $minutes } دقيقة للغة: { $language }
routing-bridge_language = يتحدث اللغة المشتركة؛ لم يتفرغ أحد خلال { $minutes } دقيقة للغة: { $language }
routing-no_common_language = لا يوجد أحد منذ { $minutes } دقيقة للغة: { $language }؛ ستلزم ترجمة
routing-has_skills = لديه المهارات: { $skills }
routing-lacks_skills = لم يتفرغ أحد بهذه المهارات خلال { $minutes } دقيقة: { $skills }
routing-own_team = ينتمي إلى فريق الطلب
routing-other_team = لم يتفرغ أحد من فريق الطلب خلال { $minutes } دقيقة
routing-tier = يعمل في المستوى { $tier }
routing-knows_customer = يعرف العميل من طلب سابق
routing-given = أسنده { $by }
routing-given_because = أسنده { $by }: { $because }
routing-given_by_rule = أسندته القاعدة { $by }
routing-least_loaded = كانت لديه أقل الأماكن المشغولة: { $load } من { $capacity }
routing-round_robin = حان دوره، وأماكنه المشغولة { $load } من { $capacity }
routing-effort_type = نوع الطلب: { $value } ({ $minutes } د)
routing-effort_category = الفئة: { $value } ({ $minutes } د)
routing-effort_length = الطول: { $value } حرفًا ({ $minutes } د)
routing-effort_questions = الأسئلة المطروحة: { $value } ({ $minutes } د)

## Why a ticket still waits (console)

wait-team_closed = الفريق مغلق الآن
wait-known_agent = ينتظر قليلًا { $agent } لمعرفته بالعميل
wait-nobody_here = لا أحد متصل ليتولاه
wait-tier = لا أحد متاح بعد من المستوى { $tier }
wait-language = لا أحد من المتصلين يتحدث: { $language }
wait-skills = لا أحد من المتصلين لديه المهارات: { $skills }
wait-team = لا أحد من فريقه متصل
wait-cooling_down = عاد للتو من الشخص المناسب الوحيد، ولن يُعرض عليه لبعض الوقت
wait-all_busy = كل الأشخاص المناسبين مشغولون: { $agents }
wait-pull = طلبات هذا الطابور يأخذها الموظفون بأنفسهم
wait-queued = سيُنظر فيه بعد قليل
