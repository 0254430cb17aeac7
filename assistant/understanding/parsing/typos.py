"""Mending of misspelt words: those the grammar reads ("undr", "nothng", "blak") and those that name products.

A word is mended only towards a given vocabulary, at one edit (two in long words), and never when it is a word itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from assistant.lexicon.spelling import Mender
from assistant.lexicon.text import HAN
from assistant.understanding.parsing.draft import compiled

_WORD = compiled(r"[A-Za-z][A-Za-z']*")

_WITHOUT = compiled(r"(?<![\w/])[wW]/(?P<out>[oO](?![A-Za-z]))?(?=\s|[A-Za-z0-9])")
_SHORTHAND = dict(
    pair.split("=")
    for pair in (
        "pls=please|plz=please|plss=please|u=you|ur=your|wich=which|wat=what|wats=what's|whats=what's|"
        "hw=how|nuthin=nothing|nothin=nothing|abt=about|arnd=around|btwn=between|btw=by the way|w/o=without|"
        "thx=thanks|dont=don't|doesnt=doesn't|isnt=isn't|arent=aren't|wont=won't|im=i'm|ive=i've|"
        "thats=that's|lemme=let me|gimme=give me|smth=something|sumthing=something|lookin=looking|"
        "cheep=cheap|cheeper=cheaper|cheepest=cheapest|undr=under|ovr=over|mor=more|les=less|bellow=below|"
        "secnd=second|frist=first|colur=colour|cud=could|shud=should|hav=have|thn=than|wid=with|wit=with|"
        "mx=max|dolars=dollars|dolar=dollar|bux=bucks|blk=black|blu=blue|wht=white|gry=grey|grn=green|"
        "yelow=yellow|brwn=brown|prple=purple|purpel=purple|excpt=except|avail=available|instock=in-stock|"
        "knw=know|sme=some|sz=size|atleast=at least|wnat=want|watn=want|alot=a lot|upto=up to|fourty=forty|"
        "fivty=fifty|fiftey=fifty|ninty=ninety|hundrd=hundred|hundered=hundred|hunderd=hundred|thousend=thousand|"
        "thosand=thousand|thousnd=thousand|twnety=twenty|tweny=twenty|twelv=twelve|thirthy=thirty|thrity=thirty|"
        "whte=white|wite=white|gren=green|grean=green|bule=blue|blak=black|balck=black|rde=red|bown=brown|gery=grey|"
        "adn=and|teh=the|hte=the|fro=for|frm=from|wth=with|wiht=with|beetween=between|betwen=between|chep=cheap|"
        "sumthin=something|somethin=something|somthing=something|anythin=anything|sho=show|shw=show|plese=please|"
        "qty=quantity|gd=good|gud=good|rly=really|tho=though|"
        "coz=because|cuz=because|bc=because|cus=because|tryna=trying to|wanna=want to|gonna=going to"
    ).split("|")
)
# Chinese is typed by sound: these are read as the word of the same sound, where the written one makes no sense.
_HOMOPHONES = tuple(
    (compiled(slip), meant)
    for slip, meant in (
        (r"平果", "苹果"),
        (r"(?<![土各某产当本外])[地弟](?=[一二三四五六七八九十两\d]{1,2}[个各款条件双台把部只张套本支盏副瓶])", "第"),
        (r"(?<=第[一二三四五六七八九十\d])各", "个"),
        (r"(?<=[那这哪])各(?!种|类|自)", "个"),
        (r"(?<=[能要会])放(?=[水摔滑晒])", "防"),
        (r"(?<=可以)放(?=[水摔滑晒])", "防"),
        (r"放(?=水(?:吗|么|的|性|功能|耳机|音箱|手表|外套|鞋|靴|包|背包)|晒(?:霜|衣|服)|滑垫)", "防"),
        (r"[兰篮]牙|蓝芽|蓝压", "蓝牙"),
        (r"无限(?=耳机|鼠标|键盘|充电|音箱|音响|路由|的?耳机)", "无线"),
        (r"时后", "时候"),
        (r"便怡|偏宜|便谊|遍宜", "便宜"),
        (r"价各|介格|价恪", "价格"),
        (r"(?<=[\d元块百千])一下(?=的|$|[,.，。!！?？\s])", "以下"),
        (r"以类(?=的|$|[,.，。])", "以内"),
        (r"评份|平分(?=高|最高|低)", "评分"),
        (r"加如(?=购物)", "加入"),
        (r"构物车|购物东", "购物车"),
        (r"推见|推建|推存", "推荐"),
        (r"兰色", "蓝色"),
    )
)
_CUES = (
    "under below above between around about without nothing anything everything except excluding "
    "cheaper cheapest dollars dollar euros pounds second third fourth fifth "
    "please maximum minimum number budget sorted rating popularity popular newest latest priciest "
    "expensive available unavailable stock size price roughly "
    "approximately within exceed waterproof wireless instead show need want looking find black white "
    "grey green yellow purple orange brown beige silver blue pink "
    "leather cotton quiet affordable compare recommend color colour brand first last less than more "
    "over cost costs cheap another different"
).split()
# Words of the language that lie one slip away from a cue; they are left as they are.
_REAL = frozenset(
    "thunder wonder sunder hunder undo unde rounds ground round bout abort shout bellow blow aboved "
    "alone bath less loss lest dress mess press chess bless thing things thinking "
    "noting nothings stocks stick stack sock shock stocky sizes seize prize prices pride prime slice "
    "spice rice pierce price's back black's slack block blank lack blacks bleak whit while write "
    "wide "
    "whiter whites greys grew gray great greet greed greens glee queen screen groan grown brow brows "
    "crown browns drown frown blow bowl blew clue glue blues flue blur bluey pine pin ping pinky "
    "link sink think "
    "wink pinks punk silvery sliver slivers oranges orang range ranges yellows fellow mellow bellows "
    "purples people feather weather heather leathers leather's button cottons rotten quite quit "
    "quilt quiets diet "
    "firsts fist thirst burst list lost lasts past fast cast vast mast blast lst ease lease least "
    "east lass class lessen lesson then them thank that what hat tan thin men mole move mere bore "
    "core sore store wore fore lore tore "
    "more's oven cover lover ever overs rover hover coast costly lost post host cast cot coat cots "
    "coats most heap cheat chap leap cheaply chief shown shows shoe shop slow snow how who flow crow "
    "stow now "
    "weed seed feed nee knee needs deed heed wants wan wand went wait ant aunt waist waste kind fine "
    "mind bind wind fin fined finds fund fond land cooking booking hooking looking-glass cracking "
    "locking "
    "bands bran grand bland blend brands brad brand's bread branch colors colours colored coloured "
    "dollar's doll dolls collar collars scholar numb numbers lumber cucumber slumber member budgets "
    "budge badge widget gadget "
    "sort sorter sore ratings racing rafting grating dating eating renting raging rasping rants "
    "popular's populate later latter latex lates rate place pleased pleas plead pleasure peas "
    "maximize seconds record third's thirds bird "
    "fort forth fourths forty fifth's fifths fift with width wit win pounds pound rounds founds "
    "hounds pours euro zero heros compared compares compass company competent recommended recommends "
    "others brother mother other nother "
    "differ difference differing insteads steady expensive's expense expenses except's accept expect "
    "excerpt exempt excels exceeds exceed's succeed excludes including concluding cheapen cheaper's "
    "chapter cheater "
    "wireless waterproofed wares whereas tireless thirds between's betwixt sock stork stalk stake "
    "stockings shorts short shirt shirts skirt skirts shoes shots sheet shelf shell ship chip chop "
    "shopping show's shower showers bags big "
    "bed bad bid bud but bat cat hat rat mat pan pen pin pot pet net jet wet set sit suit seat meat "
    "beat neat heat belt best rest nest test vest west jest desk disk dusk mask task mark park dark "
    "bark lark dork fork cork work word worm warm "
    "wall ball call hall tall mall fall bell tell sell well bill till pill mill hill will roll pole "
    "hole sole role rope hope cope tape cape gate game came name fame same sand band hand land lamp "
    "camp damp ramp stamp clamp cables table tables cable "
    "silicon salver solver brew brown's crowned brother's gravy grave grape grey's blend bland blink "
    "plug place plane plate plates slate skate state stage story string spring strong wrong lemon "
    "melon ski skin skip ship skim slim swim swing "
    "grass glass class gloss cross brass wreath breath whey they key grin grain gain pain rain main "
    "train trail mail nail sail snail tail beige's beagle bugle begin being binge boige silk milk "
    "mild wild child chill drill grill thrill shrill will "
    "fifty fourty firth braid braids brandt aground blown colon colons extensive expansive greener moore morse needy "
    "prick "
    "sized stuck looming looting maximus snorted colton greene greer browne brant braided "
    "ink inks think thanks tanks banks pink's kink rink mink sling cling bling fling wing king ring "
    "rings sing sang song long lung hung rung gang bang pang tang tongue".split()
)


class CueMender:
    """Mends the words the grammar is made of, in the running text. What names products is left as written."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = frozenset(known) | _REAL | frozenset(_CUES)
        self._mender = Mender(_CUES)

    def repair(self, text: str) -> str:
        """The text with misspelt cue words replaced."""
        if not text.isascii():
            for slip, meant in _HOMOPHONES:
                text = slip.sub(meant, text)
        return _WORD.sub(self._word, _WITHOUT.sub(lambda m: "without" if m["out"] else "with", text))

    def _word(self, match: re.Match[str]) -> str:
        written = match.group()
        word = written.lower()
        # A letter joined to a Chinese word is a part of its name: u盘, r盘.
        named = HAN.match(match.string, match.end()) is not None
        if word in _SHORTHAND and not named and not (written.isupper() and len(written) < 4):
            return _SHORTHAND[word]
        if (
            len(word) < 4
            or word in self._known
            or not word.isalpha()
            or written[1:] != word[1:]
            or (written[0].isupper() and match.start() > 0)
        ):
            return written
        if word.endswith("s") and word[:-1] in self._known:
            return written
        mended = self._mender.mend(word)
        if mended is None or (len(mended) < 5 and abs(len(mended) - len(word)) == 0):
            return written
        return mended
