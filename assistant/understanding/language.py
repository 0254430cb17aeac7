"""Which language a message is in: English, Chinese, or another.

Works by script and a few hundred telling words; no model. Product names in Latin letters inside a Chinese sentence stay
Chinese; misspelt English stays English.
"""

from __future__ import annotations

import re

from assistant.types import Language
from assistant.understanding.parsing.draft import clean, lower

_HAN = re.compile(r"[\u3400-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f]")
_HANGUL = re.compile(r"[\uac00-\ud7af\u1100-\u11ff\u3130-\u318f]")
_OTHER_SCRIPT = re.compile(
    r"[\u0370-\u03ff\u0400-\u052f\u0530-\u058f\u0590-\u05ff\u0600-\u06ff\u0700-\u074f\u0900-\u0dff\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u10a0-\u10ff\u1200-\u137f\u1780-\u17ff]"
)
_WORD = re.compile(r"[a-zß-öø-ÿœ]+(?:'[a-z]+)?")

# Function words and shop words that are common in one of these languages and no English word.
_FOREIGN = frozenset(
    # Spanish
    "el los las una unos unas del por para pero como muy más mas qué cuál cuánto cuanto dónde donde "
    "quiero quisiera busco buscando necesito tienen tienes hay zapatos zapatillas teléfono móvil "
    "barato baratos rojo roja negro negra azul verde blanco blanca "
    "hola gracias buenos buenas días tardes noches está estoy ayuda comprar envío precio menos "
    "dólares talla camisa vestido mi su con sin menos entre hasta favor "
    # German
    "der das und ist nicht ein eine einen einem einer ich du wir ihr sie mir mich für mit ohne unter "
    "über zwischen suche suchen brauche möchte hätte gibt haben habt bitte danke hallo guten schuhe "
    "handy günstig günstige billig rot blau grün schwarz weiß weiss größe preis kaufen wo wie wann "
    "kein keine nach zu zum zur auf bei aus oder auch noch sehr "
    # French
    "le les une des du et est pas pour avec sans sous entre je tu nous vous ils elle cherche "
    "chercher besoin voudrais veux avez bonjour merci chaussures téléphone cher moins rouge noir "
    "noire bleu vert blanc blanche taille prix acheter combien quel quelle où "
    "mon ma mes votre dans sur très aussi cette ces s'il plaît j'ai "
    # Italian
    "il lo gli uno della delle dei che sono per con senza sotto cerco vorrei avete ciao grazie "
    "buongiorno scarpe telefono economico rosso nero blu bianco taglia prezzo comprare quanto costa "
    "meno di "
    # Portuguese
    "os um uma uns umas não nao com sem você voce eu procuro procurando preciso quero tem têm olá "
    "ola obrigado obrigada bom dia sapatos tênis celular barato vermelho preto azul branco tamanho "
    "preço comprar quanto custa menos "
    # Dutch
    "het een en niet ik jij wij voor met zonder onder zoek zoeken nodig heb hebben heeft graag hallo "
    "dank schoenen telefoon goedkoop rood zwart blauw wit maat prijs kopen hoeveel waar "
    # Indonesian, Malay, Vietnamese, Turkish, Polish, Swedish
    "saya aku kamu yang dan untuk dengan tidak ada cari mau beli murah sepatu hitam merah berapa "
    "harga terima kasih selamat bir için ile ve ben istiyorum arıyorum ucuz ayakkabı merhaba nie "
    "jest dla czy szukam chcę potrzebuję buty tanie dzień dobry jag och är inte för med söker vill "
    "ha skor billiga hej tack toi tôi muốn mua giày "
    "đang tìm không có cho".split()
)
# Words above that English messages also hold: they tell only in company.
_SHARED = frozenset(
    "el mi su con sin die des un des mas du en me no as so i a on he ma mes as den per hay os um di is "
    "in da do se van der wit wo heb met hat toi ha mir war was hint bin la lo le donde ola dia dan "
    "mau ada bir ve ben cho med vill uno ich tu sous pour est os das il ma ou rouge noir noire azul "
    "verde rose ces los las".split()
)
_ENGLISH = frozenset(
    "the a an i you it is are was do does did have has had can could will would should my me your we "
    "this that these those and or but not no for with without in on of to from at by under over "
    "below above "
    "between around about less more than any some all want need looking look show find get buy got "
    "give please thanks thank hello hi what which who where when how why one ones first second third "
    "last "
    "cheap cheaper best good new shoes phone size price order return refund delivery ship stock "
    "color colour black white red blue green how's what's there here help just only if so be been am "
    "i'm don't".split()
)


def detect_language(text: str) -> Language:
    """``en``, ``zh`` or ``other``. An empty message counts as English."""
    low = lower(clean(text))
    han = len(_HAN.findall(low))
    if _KANA.search(low):
        kana = len(_KANA.findall(low))
        return "zh" if han >= 8 * kana else "other"
    hangul = len(_HANGUL.findall(low))
    if hangul and hangul * 2 >= han:
        return "other"
    raw = [w.lower() for w in re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", clean(text).lower())]
    latin = [w for w in raw if w.isascii() or _WORD.fullmatch(w)]
    if han:
        # "do you sell 旗袍 under 50?" is English: a Chinese noun in a sentence whose grammar is not.
        grammar = sum(word in _ENGLISH for word in latin)
        return "en" if grammar >= 3 and grammar >= han else "zh"
    other = len(_OTHER_SCRIPT.findall(low))
    letters = sum(char.isalpha() for char in low)
    if other * 2 > letters > 0:
        return "other"
    return "other" if _foreign(latin) else "en"


def _foreign(latin: list[str]) -> bool:
    """Whether Latin-script words are those of another language than English."""
    foreign = [w for w in latin if w in _FOREIGN]
    telling = [w for w in foreign if w not in _SHARED and w not in _ENGLISH]
    english = sum(w in _ENGLISH and w not in telling for w in latin)
    accented = sum(not w.isascii() for w in latin)
    score = len(telling) + 0.5 * (len(foreign) - len(telling)) + 0.5 * accented
    return (
        bool(telling or accented)
        and score > english
        and (
            len(telling) >= 2
            or (score >= 1 and len(latin) <= 4 and (english == 0 and bool(telling)))
            or (score >= 1.5 and english == 0)
        )
    )
