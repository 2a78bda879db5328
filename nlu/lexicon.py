"""Very short messages whose language is known by heart: greetings, thanks, single answers.

Two-word messages are where n-gram models err most, and such words are what people type.
"""

from __future__ import annotations

_PHRASES = {
    "el": "geia|kalimera|kalispera|efxaristo|euxaristo|nai|oxi",
    "tr": "merhaba|selam|günaydın|iyi günler|iyi akşamlar|teşekkürler|teşekkür ederim|sağol|"
    "sağ olun|evet|hayır|tamam|neden|lütfen|yardım|tesekkurler|hayir|nasılsınız|nasılsın",
    "de": "hallo zusammen|guten tag|guten morgen|guten abend|moin|servus|grüß gott|danke|"
    "danke schön|vielen dank|nein danke|ja bitte|bitte|hilfe|tschüss|warum|nein|mensch",
    "es": "hola|buenas|buenos días|buenas tardes|buenas noches|gracias|muchas gracias|"
    "por favor|adiós|ayuda|vale|sí|no gracias|hola buenas",
    "fr": "bonjour|bonsoir|salut|merci beaucoup|non merci|oui|s'il vous plaît|au revoir|"
    "d'accord|pourquoi|aide|bonjour madame|coucou",
    "it": "buongiorno|buonasera|salve|grazie|grazie mille|no grazie|per favore|arrivederci|"
    "aiuto|perché|va bene|sì",
    "pt": "olá|bom dia|boa tarde|boa noite|obrigado|obrigada|muito obrigado|não|sim|"
    "por favor não|ajuda|tchau|não obrigado|oi",
    "nl": "goedemorgen|goedemiddag|goedenavond|goedendag|dank je|dank je wel|dank u wel|"
    "bedankt|nee|nee bedankt|alstublieft|alsjeblieft|hoi|waarom|tot ziens|doei",
    "pl": "cześć|dzień dobry|dobry wieczór|dziękuję|dzięki|tak|nie|nie dziękuję|proszę|"
    "pomoc|do widzenia|dlaczego|witam|czesc|dzien dobry|dziekuje",
    "ru": "привет|здравствуйте|добрый день|добрый вечер|спасибо|да|нет|нет спасибо|"
    "пожалуйста|помогите|помощь|почему|до свидания|privet|spasibo|zdravstvuyte",
    "ar": "مرحبا|السلام عليكم|سلام|شكرا|شكرا جزيلا|نعم|لا|لا شكرا|من فضلك|أهلا|صباح الخير|"
    "مساء الخير|لماذا|مساعدة",
    "en": "good morning|good afternoon|good evening|thank you|thank you so much|no thanks|"
    "no thank you|yes please|why|what|goodbye|human|person|agent please",
    "uk": "дякую|привіт|добрий день|так|ні|будь ласка|чому",
    "bg": "благодаря|здравейте|не благодаря|добър ден|моля",
    "ro": "mulțumesc|bună ziua|de ce|bună|multumesc",
    "sv": "hej hej|tack så mycket|god morgon|nej tack|tack",
    "da": "mange tak|nej tak|hejsa|goddag",
    "no": "heisann|tusen takk|nei takk|takk",
    "cs": "dobrý den|děkuji|ahoj|ne děkuji|proč",
    "hu": "köszönöm|jó napot|szia|nem köszönöm",
    "fi": "hei hei|kiitos|hyvää päivää|ei kiitos|moi",
    "fa": "سلام علیکم|ممنون|متشکرم|خیر",
    "id": "terima kasih|selamat pagi|selamat siang|tidak|ya terima kasih",
}
_LANGUAGE_OF = {
    phrase: language for language, phrases in _PHRASES.items() for phrase in phrases.split("|")
}


def lexicon_language(cleaned: str) -> str | None:
    """Gives the language of a short cleaned message known by heart, or None."""
    return _LANGUAGE_OF.get(cleaned)
