# Ziyaretçilerin okuduğu metinler ($formality: formal ya da informal) ve konsol için gerekçeler.

## Conversation

greeting = { $formality ->
    [informal] Merhaba! Ben { $brand } mağazasının dijital asistanıyım, yani bir bilgisayar programıyım. Sana nasıl yardımcı olabilirim?
   *[formal] Merhaba! Ben { $brand } mağazasının dijital asistanıyım, yani bir bilgisayar programıyım. Size nasıl yardımcı olabilirim?
}
goodbye = { $formality ->
    [informal] Hoşça kal, yazdığın için teşekkürler. Başka bir şeye ihtiyacın olursa sohbet burada duruyor.
   *[formal] Hoşça kalın, yazdığınız için teşekkürler. Başka bir şeye ihtiyacınız olursa sohbet burada duruyor.
}
thanks-reply = { $formality ->
    [informal] Rica ederim! Öğrenmek istediğin başka bir şey var mı?
   *[formal] Rica ederim! Öğrenmek istediğiniz başka bir şey var mı?
}
affirm-reply = { $formality ->
    [informal] Tamam. Ne öğrenmek istersin?
   *[formal] Tamam. Ne öğrenmek istersiniz?
}
deny-reply = { $formality ->
    [informal] Sorun değil. Bir şeye ihtiyacın olduğunda bana yazabilirsin.
   *[formal] Sorun değil. Bir şeye ihtiyacınız olduğunda bana yazabilirsiniz.
}
bot-challenge = { $formality ->
    [informal] Ben bir bilgisayar programıyım, insan değilim. Yanıtları yardım makalelerimizde ararım; bir insanla görüşmek istersen seni ekibimize aktarırım.
   *[formal] Ben bir bilgisayar programıyım, insan değilim. Yanıtları yardım makalelerimizde ararım; bir insanla görüşmek isterseniz sizi ekibimize aktarırım.
}
hours-reply = Ekibimiz şu saatlerde burada: { $hours }. Ben günün her saatinde yanıt veriyorum.
hours-unknown = { $formality ->
    [informal] Ekibimizin çalışma saatlerini şu anda bilmiyorum. Sorunu buraya yaz, ekipten biri en kısa sürede yanıtlayacak.
   *[formal] Ekibimizin çalışma saatlerini şu anda bilmiyorum. Sorunuzu buraya yazın, ekipten biri en kısa sürede yanıtlayacak.
}
ask-question = { $formality ->
    [informal] Ne öğrenmek istersin? İçinden geldiği gibi yazabilirsin.
   *[formal] Ne öğrenmek istersiniz? İçinizden geldiği gibi yazabilirsiniz.
}
rephrase = { $formality ->
    [informal] Doğru anladığımdan emin değilim. Başka kelimelerle, belki bir ayrıntı daha vererek yazabilir misin?
   *[formal] Doğru anladığımdan emin değilim. Başka kelimelerle, belki bir ayrıntı daha vererek yazabilir misiniz?
}
rephrase-short = { $formality ->
    [informal] Kusura bakma, bunu anlayamadım. Başka türlü anlatabilir misin?
   *[formal] Kusura bakmayın, bunu anlayamadım. Başka türlü anlatabilir misiniz?
}
clarify-intro = { $formality ->
    [informal] Birden fazla olası yanıt buldum. Hangisini kastediyorsun?
   *[formal] Birden fazla olası yanıt buldum. Hangisini kastediyorsunuz?
}
clarify-none-of-these = Hiçbiri
answer-only-in = Bu yanıt bende şimdilik yalnızca şu dilde var: { $language }.
helpful-thanks = Yardımcı olabildiğime sevindim!
not-helpful-offer = { $formality ->
    [informal] Aradığın bu değilmiş, üzgünüm. Bir insanla görüşmek ister misin?
   *[formal] Aradığınız bu değilmiş, üzgünüm. Bir insanla görüşmek ister misiniz?
}
talk-to-person = Bir insanla görüşmek istiyorum
complaint-sorry = { $formality ->
    [informal] Bunu yaşadığın için üzgünüm. Konuyu, inceleyebilecek bir ekip arkadaşımıza aktarıyorum.
   *[formal] Bunu yaşadığınız için üzgünüm. Konuyu, inceleyebilecek bir ekip arkadaşımıza aktarıyorum.
}
empty-message = { $formality ->
    [informal] Mesajında hiç kelime bulamadım. Ne öğrenmek istersin?
   *[formal] Mesajınızda hiç kelime bulamadım. Ne öğrenmek istersiniz?
}

## Language

language-changed = Elbette. Bundan sonra şu dilde yanıt vereceğim: { $language }.
language-ask = { $formality ->
    [informal] Hangi dilde devam etmek istersin?
   *[formal] Hangi dilde devam etmek istersiniz?
}
language-unsupported = { $formality ->
    [informal] Bu dili henüz bilmiyorum. Şunlardan birini seçebilirsin: { $languages }.
   *[formal] Bu dili henüz bilmiyorum. Şunlardan birini seçebilirsiniz: { $languages }.
}

## Ticket

ticket-status = { $formality ->
    [informal] { $number } numaralı talebinin durumu:
   *[formal] { $number } numaralı talebinizin durumu:
} { $state ->
    [new] { ticket-state-new }
    [open] { ticket-state-open }
    [pending] { ticket-state-pending }
    [on_hold] { ticket-state-on_hold }
    [solved] { ticket-state-solved }
    [closed] { ticket-state-closed }
   *[other] { $state }
}.
ticket-state-new = alındı
ticket-state-open = üzerinde çalışılıyor
ticket-state-pending = müşterinin yanıtı bekleniyor
ticket-state-on_hold = beklemede
ticket-state-solved = çözüldü
ticket-state-closed = kapatıldı
ticket-state-merged = başka bir taleple birleştirildi
ticket-state-spam = istenmeyen mesaj
ticket-none = { $formality ->
    [informal] Bu sohbette açık bir talep yok. Konunun ne olduğunu yaz, yardımcı olayım.
   *[formal] Bu sohbette açık bir talep yok. Konunun ne olduğunu yazın, yardımcı olayım.
}

## Handing over to a person

handoff-notice-online = { $formality ->
    [informal] Seni, yazdığın her şeyle birlikte ekibimizden birine aktarıyorum. Talep numaran { $number }. Yanıt burada görünecek.
   *[formal] Sizi, yazdığınız her şeyle birlikte ekibimizden birine aktarıyorum. Talep numaranız { $number }. Yanıt burada görünecek.
}
handoff-notice-offline = { $formality ->
    [informal] Şu anda ekibimizden kimse burada değil. Talebini, yazdığın her şeyle birlikte kaydettim; numarası { $number }. Ekip döner dönmez bir insan sana burada yanıt verecek.
   *[formal] Şu anda ekibimizden kimse burada değil. Talebinizi, yazdığınız her şeyle birlikte kaydettim; numarası { $number }. Ekip döner dönmez bir insan size burada yanıt verecek.
}
handoff-opens-again = Yeniden açılış: { $opens }.
expected-reply-minutes = Bir kişi genellikle yaklaşık { $minutes } dakika içinde yanıt verir.
expected-reply-by = Bir kişinin büyük olasılıkla yanıt vereceği en geç zaman: { $moment }.
handoff-ask-contact = { $formality ->
    [informal] İstersen adını ve e-posta adresini bırak, sana ulaşabilelim. Zorunlu değil.
   *[formal] İsterseniz adınızı ve e-posta adresinizi bırakın, size ulaşabilelim. Zorunlu değil.
}
contact-thanks = { $formality ->
    [informal] Teşekkürler! İletişim bilgilerini talebine ekledim.
   *[formal] Teşekkürler! İletişim bilgilerinizi talebinize ekledim.
}
contact-noted = { $formality ->
    [informal] Teşekkürler, iletişim bilgilerini not ettim.
   *[formal] Teşekkürler, iletişim bilgilerinizi not ettim.
}
agent-joined = Ekibimizden { $name } sohbete katıldı.
agent-left = Ekip arkadaşımız sohbetten ayrıldı.
handed-back = { $formality ->
    [informal] Ekip arkadaşımızın işi bitti; şimdi yeniden dijital asistanla, yani bir bilgisayar programıyla yazışıyorsun. Senin için başka ne yapabilirim?
   *[formal] Ekip arkadaşımızın işi bitti; şimdi yeniden dijital asistanla, yani bir bilgisayar programıyla yazışıyorsunuz. Sizin için başka ne yapabilirim?
}
resolved = { $formality ->
    [informal] { $number } numaralı talebin çözüldü olarak işaretlendi. Hâlâ çözülmeyen bir şey varsa buraya yazman yeterli.
   *[formal] { $number } numaralı talebiniz çözüldü olarak işaretlendi. Hâlâ çözülmeyen bir şey varsa buraya yazmanız yeterli.
}
not-solved = Çözülmedi
merged = { $number } numaralı talep artık { $target } numaralı talebin parçası.

## Birinin hayatı tehlikedeyse

safety-help = { $formality ->
    [informal] Çok zor bir şey yaşıyor gibisin; bunu yazman iyi oldu. Bunu tek başına taşımak zorunda değilsin. Şu anda tehlikedeysen lütfen { $emergency } numarasını ara.
   *[formal] Çok zor bir şey yaşıyor gibisiniz; bunu yazmanız iyi oldu. Bunu tek başınıza taşımak zorunda değilsiniz. Şu anda tehlikedeyseniz lütfen { $emergency } numarasını arayın.
}
safety-lines = { $formality ->
    [informal] Seni dinleyecek biriyle de konuşabilirsin: { $lines }.
   *[formal] Sizi dinleyecek biriyle de konuşabilirsiniz: { $lines }.
}
safety-person = Ben bir bilgisayar programıyım ve bir insan gibi yardım edemem; bu yüzden ekibimizden bir kişiyi çağırdım. Okuyan kişi buradan yanıt verecek.
safety-emergency = 112 ya da bulunduğunuz yerdeki acil yardım

## Why a conversation was handed over (console)

reason-low_confidence = Asistan yanıttan emin değildi
reason-asked_for_person = Ziyaretçi bir insanla görüşmek istedi
reason-repeated_failure = Asistan art arda birkaç kez başarısız oldu
reason-negative_feedback = Yanıt yardımcı olmadı
reason-complaint = Ziyaretçi şikâyetçi
reason-risk_topic = Hassas konu: para, güvenlik, hukuk ya da veri
reason-bot_unavailable = Asistan çalışmıyordu

## Why a ticket has its priority (console)

triage-safety = Sağlık ya da güvenlik tehlikesi
triage-data_leak = Kişisel veriler açığa çıkmış olabilir
triage-double_charge = Birden fazla kez ücret alındı
triage-payment_taken = Para alındı, ama sipariş ya da iade yok
triage-legal = Avukat, resmî kurum ya da mahkemeden söz ediliyor
triage-everyone_affected = Pek çok kişi ya da herkes etkileniyor
triage-several_affected = Birkaç kişi ya da sipariş etkileniyor
triage-blocked_order = Bir sipariş takılmış durumda
triage-one_person = Tek kişi, olağan konu
triage-deadline_now = Bugün ya da yarın çözülmeli
triage-blocked_now = Şu anda ilerleyemiyor
triage-growing_damage = Zarar büyüyor
triage-deadline_soon = Birkaç gün içinde son tarih var
triage-waiting_long = Uzun süredir bekliyor
triage-repeated_contact = Bu konuda daha önce de yazmış
triage-says_urgent = Ziyaretçi acil olduğunu söylüyor
triage-not_urgent = Ziyaretçi acil olmadığını söylüyor
triage-no_hurry = Acele belirtisi yok
triage-repeat_contacts = { $count ->
    [one] Bu konuda daha önce bir kez iletişime geçilmiş
   *[other] Bu konuda daha önce { $count } kez iletişime geçilmiş
}
triage-complaint = Şikâyet: bir kademe yukarı
triage-risk_topic = Hassas konu olarak aktarıldı: en az öncelik 2
triage-floor_safety = Güvenlik: her zaman öncelik 1
triage-floor_data_leak = Olası veri sızıntısı: her zaman öncelik 1
triage-floor_payment = Eksik para: en az öncelik 2
triage-floor_legal = Hukuki uyarı: en az öncelik 2
triage-self_harm = İntihardan ya da kendine zarar vermekten söz ediliyor
triage-account_misuse = Bir hesap ya da kart başkasının elinde
triage-unanswered = { $hours } saattir bir kişinin yanıtını bekliyor
triage-taken_back = Ziyaretçi konunun hallolduğunu söylüyor
triage-workaround = Başka bir yolla oluyor: etki en fazla orta
triage-reopened = Çözüldükten sonra geri geldi: bir kademe yukarı
triage-tier = Müşteri kademesi { $tier }: bir kademe yukarı
triage-first_contact = İlk kez yazıyor: bir kademe yukarı
triage-floor_self_harm = Hayati tehlike: her zaman öncelik 1
triage-floor_security = Hesap ya da kart tehlikede: her zaman öncelik 1
triage-prototype_limit = Yalnızca anlamca benzer, açık söz yok: en fazla öncelik 2
triage-similar = { $text } – anlamca benzer (%{ $similarity }): “{ $prototype }”
triage-triage_failed = Öncelik belirlenemedi: normal öncelik

## What happened to a ticket (console)

ticket-field-state = Durum
ticket-field-hold = Beklemede
ticket-field-priority = Öncelik
ticket-field-assignee_id = Sorumlu
ticket-field-team_id = Ekip
ticket-field-support_tier = Destek kademesi
ticket-field-language = Dil
ticket-field-subject = Konu
ticket-field-type = Tür
ticket-field-category = Kategori
ticket-field-tags = Etiketler
ticket-field-watchers = İzleyenler
ticket-field-custom_fields = Özel alanlar
ticket-field-skills = Beceriler
ticket-field-customer_id = Müşteri
ticket-field-merged_into = Birleştirildiği talep
ticket-field-follow_up_of = Devamı olduğu talep
history-ticket_linked = Bağlandı
history-ticket_unlinked = Bağlantı kaldırıldı
history-ticket_merged = Birleştirildi
history-ticket_unmerged = Birleştirme geri alındı
history-ticket_split = Ayrıldı
history-ticket_unsplit = Ayırma geri alındı
history-priority_set = Öncelik elle ayarlandı
history-ticket_assigned = Bir meslektaşa verildi
link-related = İlgili
link-duplicate_of = Şunun kopyası
link-blocks = Engelliyor
link-parent_of = Üst kaydı olduğu talep
link-has_duplicate = Kopyası var
link-blocked_by = Şunun engellediği
link-child_of = Alt kaydı olduğu talep

## What a ticket is about (console)

summary-first-request = İlk talep: { $text }
summary-known = Geçen bilgiler: { $values }
summary-tried-answered = Asistanın yanıtı: { $title }
summary-tried-offered = Asistan önerdi, seçilmedi: { $title }
summary-tried-helpful = Ziyaretçiye göre yardımcı oldu: { $title }
summary-tried-not_helpful = Ziyaretçiye göre yardımcı olmadı: { $title }
summary-sureness = Asistan son kararından % { $percent } emindi
summary-languages = Kullanılan diller: { $languages }
summary-messages = Mesajlar: ziyaretçi { $visitor }, asistan { $bot }, ekip { $agent }

## Help pages

help-home = Yardım merkezi
help-back = Tüm makalelere dön
help-updated = Güncelleme: { $date }
help-other-languages = Bu makale başka dillerde
page-not-found = Bu sayfayı bulamadık.

## Views and orders of the queue (console)

view-open = Açık
view-mine = Benimkiler
view-my_team = Ekiplerim
view-unassigned = Atanmamış
view-breaching_soon = Süresi yakında doluyor
view-waiting_for_customer = Müşteriyi bekliyor
view-on_hold = Beklemede
view-solved = Çözüldü
view-spam = İstenmeyen
view-watched = İzlediklerim
order-priority = Önceliğe göre
order-fifo = Geliş sırasına göre
order-quick_wins = Önce kısa işler
order-value = Önce en değerli müşteriler
order-newest = En yeni değişiklikler

## Why an agent has a ticket, and how much work it is (console)

routing-own_language = Müşterinin dilini konuşuyor: { $language }
routing-second_language = Müşterinin anladığı başka bir dili konuşuyor; { $minutes } dakika boyunca şu dil için kimse boş değildi: { $language }
routing-bridge_language = Ortak dili konuşuyor; { $minutes } dakika boyunca şu dil için kimse boş değildi: { $language }
routing-no_common_language = { $minutes } dakikadır şu dili konuşan kimse yok: { $language }; çeviri gerekecek
routing-has_skills = Şu becerilere sahip: { $skills }
routing-lacks_skills = { $minutes } dakika boyunca şu becerilere sahip kimse boş değildi: { $skills }
routing-own_team = Talebin ekibinden
routing-other_team = { $minutes } dakika boyunca talebin ekibinden kimse boş değildi
routing-tier = { $tier }. düzeyde çalışıyor
routing-knows_customer = Müşteriyi önceki bir talepten tanıyor
routing-given = Veren: { $by }
routing-given_because = Veren: { $by }. Neden: { $because }
routing-given_by_rule = { $by } kuralı verdi
routing-least_loaded = En az yeri dolu olan kişiydi: { $load } / { $capacity }
routing-round_robin = Sıra ondaydı; { $load } / { $capacity } yeri dolu
routing-effort_type = Talep türü: { $value } ({ $minutes } dk)
routing-effort_category = Kategori: { $value } ({ $minutes } dk)
routing-effort_length = Uzunluk: { $value } karakter ({ $minutes } dk)
routing-effort_questions = Sorulan soru: { $value } ({ $minutes } dk)

## Why a ticket still waits (console)

wait-team_closed = Ekip şu anda kapalı
wait-known_agent = Müşteriyi tanıyan { $agent } için biraz bekliyor
wait-nobody_here = Üstlenecek kimse çevrimiçi değil
wait-tier = { $tier }. düzeyden henüz uygun kimse yok
wait-language = Çevrimiçi olan kimse şu dili konuşmuyor: { $language }
wait-skills = Çevrimiçi olan kimse şu becerilere sahip değil: { $skills }
wait-team = Ekibinden kimse çevrimiçi değil
wait-cooling_down = Tek uygun kişiden az önce geri geldi; ona bir süre verilmeyecek
wait-all_busy = Uygun kişilerin hepsi meşgul: { $agents }
wait-pull = Bu kuyruğun taleplerini çalışanlar kendileri alır
wait-queued = Birazdan bakılacak
