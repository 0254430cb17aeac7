"""The words around an amount that make it a bound, in both languages.

Plain patterns. Each ``*_ZH``/``*_EN`` pattern that reads what stands before an amount is anchored at its end, each
``AFTER_*`` pattern is matched where the amount ends. Knows nothing of how they combine.
"""

from __future__ import annotations

from assistant.understanding.parsing.draft import compiled

# What is counted by 块: 来八块香皂 orders eight bars and names no price.
PIECES_ZH = (
    r"(?:(?:(?![的以左上下之内钱到至起多出])[\u4e00-\u9fff]){0,4}?(?:香皂|肥皂|洗衣皂|手工皂|药皂|皂|手表|腕表|表(?!格)|橡皮|毛巾|浴巾|方巾|手帕|巧克力|蛋糕|地毯|地垫"
    r"|脚垫|毯子|硬盘|固态"
    r"|电池|充电宝|屏幕|显示屏|滑板|砧板|案板|菜板|切菜板|画板|白板|黑板|木板|面板|瓷砖|地砖|地板|砖|豆腐|牛排|猪排|肉|糖|饼干|披萨"
    r"|奶酪|芝士|黄油|姜|海绵|抹布|洗碗布|擦布|桌布|布料|布|面料|拼图|积木|电热毯|瑜伽垫|坐垫|垫子|玻璃|内存|内存条|显卡|主板|石头|玉佩"
    r"|玉|奶糕|月饼|饼|年糕|糕|炭|茶砖|冰袋|尿垫|牌匾|桌垫|门帘|窗帘|防潮垫|泡沫|吐司|面包|磁铁|墨块))"
)

# Words between an amount and what it measures: such an amount is no price.
NOT_MONEY = compiled(
    r"\s?(?:-\s?)?(?:(?:inch(?:es)?|in\.|cm|mm|km|ft|feet|foot|lbs?|kgs?|kilos?|grams?|g|oz|ounces?|ml"
    r"|lit(?:er|re)s?|l|gb|tb|mb|hz|khz|mhz|ghz|"
    r"fps|w|watts?|kw|v|volts?|mah|ah|mp|megapixels?|people|persons?|adults?|kids?|guests?|seater"
    r"|seats?|pieces?|pcs|packs?|"
    r"months?|mos?|years?|yrs?|days?|weeks?|hours?|hrs?|minutes?|mins?|seconds?|nights?|st|nd|rd|th|stars?|floors?|x|"
    r"percent|of (?:them|these|those|each)|figures|digits|pages?|cups?|quarts?|speeds?|drawers?|doors?|burners?"
    r"|players?|am|pm"
    r"|o'clock|ply|servings?|degrees?|miles?|m|mm|"
    r"strings?|keys?|songs?|rooms?|colou?rs?|steps?|square|sq|tier|rpm|psi|bars?|gsm|grit|mg|mcg|iu|kcal|calories"
    r"|denier|tog|decibels?|btu|dpi|lumens?|carats?|ct"
    r"|k\s+(?:tv|monitor|video))(?![a-z])|"
    r"%|\"|''|°|[寸吋]|英寸|厘米|毫米|公分|米|英尺|公斤|千克|斤|克|毫升|升|瓦|毫安|度|码|号|件|条|台(?![币元])"
    r"|个|双|只|张|把|盒|袋|瓶|包|本|套|支|片|枚|颗|"
    r"对|副|桶|罐|箱|款|人(?!民币)|岁|周岁|年|个?月|天|日(?![元币圆金])|小时|分钟|秒|折|楼|层|倍|匹|档|核|期|次|点|星|像素"
    r"|英里|公里|尺|平|g内存|伏|赫兹|分贝|流明|首|页|元素|代|路|杯|种|样|粒|根|枝|朵|口|斤装"
    # Every kind of thing has its Chinese measure, and none is money. The guards keep 五百打底, 提到 and 顶天.
    r"|顶(?!天|多|格)|部|辆|罐|架|幅|盏|束|捆|卷|串|提(?![到高升至])|筒|管(?!够)|株|棵|听|板|扎|贴|头(?=牛|羊|猪|蒜|灯|吊)"
    r"|床|盆|碗|盘|碟|篮|筐|篓|打(?![底折算])|节(?!省)|滴|丸|瓣|沓|群|扇|缸|坛|组|排(?=钉|扣|灯|座|牙)|刀纸|箩|令|寸|段|挡|针|目|丹尼尔|支装|毫|微米"
    r"|万像素|万毫安|码|公里|克拉|旦|股|串|流明|帧|瓦|卡|大卡|千卡|个?学期|节课|遍|场|步|下(?=载))"
)
MODEL_BEFORE = compiled(
    r"(?:\b(?:order|number|no\.?|nr|#|model|ref(?:erence)?|tracking|ages?|aged|sizes?|option|item"
    r"|version|gen|generation|iphone|pixel|galaxy|series|mark|mk|ps|"
    r"windows|chapter|level|zone|room|floor|apartment|aisle|turns?|turning|since|uk|us|eu)|#|订单号?"
    r"|单号|编号|型号|尺码|第)\s*[:#]?\s*\Z"
)
AGE_BEFORE = compiled(
    r"\b(?:kids?|child(?:ren)?|toddlers?|babies|baby|anyone|people|adults?|boys?|girls?|ages?|someone"
    r"|seniors|persons?)(?: (?:aged|who are|that are))?\s+(?:under|over|below|above|up to|from)\s*\Z"
)

# Pounds are a weight as often as money.
POUNDS = compiled(r"\d\s?-?pounds?|[a-z][ -]pounds?")
POUND_OF = compiled(
    r"(?<=pound)[ -](?!(?:max|or|and|limit|budget|each|note|mark|range|tops|ceiling|to|for|gift|voucher|please|apiece"
    r"|total"
    r"|maximum|cap|per|in|at|a)\b)[a-z]|(?<=pounds) (?:of\b|body|dogs?\b|cats?\b)"
)
WEIGHING = compiled(
    r"(?:\b(?:weigh(?:s|ing|ed)?|weight|holds?|holding|supports?|supporting|lifts?|lifting|carry|carries|carrying"
    r"|capacity"
    r"|load|rated|bears?|lighter|heavier|takes?)\b(?: [a-z]+){0,4} ?|\b(?:lighter|heavier) than ?)\Z"
)
WEIGHTS = compiled(
    r"\b(?:dumb ?bells?|kettle ?bells?|bar ?bells?|weight plates?|weighted vests?|medicine balls?|weights)\b"
)
NEG = (
    r"(?:(?:not (?:a|one) (?:single )?(?:penny|cent|dollar|euro|pound|buck|yuan)|no|not|nothing|never|none|nor|don't"
    r"|dont|do not|doesn't|does not|drop|skip|hide|remove"
    r"|exclude|excluding|leave out|without|avoid|lose|"
    r"ditch|can't|cannot|can not|won't|wouldn't|shouldn't|mustn't|isn't|aren't|is not|are not|ain't"
    r"|cut|filter out|get rid of|rule out|discard|omit|refus(?:e|es|ing)|(?:steer|stay) (?:clear|away)(?: of| from)?"
    r"|couldn't|will not|would not|"
    r"anything but|except|except for|toss|reject|ignore|nix|rather not)\b)"
)
FILL = (
    r"(?:[\s,]+(?:anything|everything|something|all|any|ones?|those|items?|things?|stuff|products?"
    r"|models?|options?|to|be|go|going|pay|paying|spend|"
    r"spending|want|need|is|are|was|it|that's|that|which|who|what|what's|cost|costs|costing|priced?"
    r"|prices|at|of|much|should|sell|selling|listed|"
    r"show|me|see|with|a|i|get|it's|they're|come|comes|coming|budget|too|bit|single|the|looking|look"
    r"|really|please|would|like|any|touch|consider|considering|trust|bother|bothering|showing|interested|buying|buy"
    r"|accept"
    r"|point|worth|even|ever|entertain|take|order|recommend|suggest|send|offer|list|include|using|use|have|more|looking"
    r"|on|in|thinking|about|for|us|go)){0,8}"
)
OVER = (
    r"(?:over|above|more than|more then|higher than|beyond|exceed(?:s|ing)?|costlier than|dearer than"
    r"|pricier than|more expensive than|upwards? of|"
    r"north of|greater than|past|in excess of|>=?|≥)"
)
UNDER = (
    r"(?:under|below|less than|less then|lower than|cheaper than|fewer than|beneath|underneath"
    r"|south of|inside|within|sub|shy of|(?:just|bit|little|somewhat) short of|<=?|≤)"
)
THE = r"(?:\s+(?:the|a|an|like|say|about|around|roughly))?"
BEFORE_EN = compiled(
    rf"(?<![a-z'])(?:(?P<neg>{NEG}){FILL}[\s,]+)?(?:(?P<over>{OVER})"
    rf"|(?P<under>{UNDER}))(?P<soft>{THE})(?:\s*|(?<=sub)-)\Z"
)
# "lose the red ones and everything over 200": the amount goes the way of what stands before "and".
REMOVED_TOO = compiled(
    r"(?<![a-z'])(?:lose|drop|remove|hide|ditch|get rid of|cut|cut out|leave out|leave off|skip|exclude|excluding"
    r"|filter out"
    r"|rule out|toss|take out|kick out|throw out|eliminate|discard|omit|nix|without|no|avoid|weed out)\b[^.;!?\x1f]*?"
    r"(?P<cut>[\s,]+(?:and|or|as well as|plus|&|nor|,) (?:also |likewise )?(?:(?:any|every)(?:thing|one)?|all|whatever"
    r"|what"
    r"|those|ones|items|products|things|stuff)"
    r"(?: (?:of|it|them|that|which|what|is|are|'s|else|cost|costs|costing|priced|prices|comes|come|goes|go|in|at|ones"
    r"|the"
    r"|those|listed|selling))*\s+)\Z"
)
_VERB = (
    r"(?:raise|lower|bump|drop|lift|push|bring|move|set|change|increase|decrease|reduce|cut|take|put|make|up|nudge"
    r"|shift"
    r"|adjust|extend|stretch|widen|narrow|hike|trim|slash|tighten|relax|loosen|boost|update|switch|keep|leave|cap|fix"
    r"|pull|have|want|like|need|limit|hold|edit|turn|restrict)(?: (?:the|my|our|your|that|a|its|it|to|you|please))*"
)
_PRICE_WORD = r"(?: (?:price|budget|spend|spending|cost|amount|limit|bound|end|value|cap|range|point|figure|number))*"
_SETS = (
    r"(?:\s*(?:to|at|up|down|back|is|was|be|should|must|would|could|can|will|has|of|now|=|:|-|'s|for|this|that|it|them"
    r"|as|then|from \d+|just|maybe|only|instead|actually|really|exactly|more like|closer to|still|currently"
    r"|unfortunately"
    r"|sadly|strictly|probably|honestly|i have|we have|i've got|gone|went|risen|dropped|about to be|,))*"
)
# What bounds from below and from above, as one names it: "the lower limit", "price floor", "max price".
_FLOOR_NAME = (
    rf"(?:(?:lower|bottom|min(?:imum)?|lowest|starting|floor){_PRICE_WORD}|(?:price|budget) (?:floor|minimum|min))"
)
_CEILING_NAME = (
    rf"(?:(?:upper|top|max(?:imum)?|highest|ceiling|spending){_PRICE_WORD}"
    r"|(?:price |budget |spending )?(?:cap|ceiling|limit|maximum|max|budget))"
)
MAX_EN = compiled(
    rf"(?:(?<![a-z'])(?:(?:{_VERB} )?{_CEILING_NAME}{_SETS}"
    rf"|{_VERB} (?:price|prices|cost|costs|spend|spending|total|everything|things|that|those|them"
    rf"|budget){_SETS}\s(?:to|at)"
    r"|(?:the )?(?:most|highest|maximum) (?:that )?(?:i|we|she|he)(?:'d|'ll|'m| can| could| will| would| want| am| are|"
    r" willing| prepared| happy| able| like| to| ever| really)* (?:do|spend|pay|go|afford|manage|stretch|give|offer"
    r"|put)"
    r"(?: (?:to|for|on|it|this|that|in))*(?: (?:is|would be|was|will be))"
    r"|up to|upto|at (?:the )?(?:very )?most|max(?:imum)?(?: (?:of|is|price))?|as much as|tops|"
    r"(?:price )?(?:limit|cap|ceiling)(?:ped)?(?: (?:is|of|at|to|it at|it to))?|capped at"
    r"|top(?:s)? out at|max(?:es)? out at|not to exceed|"
    r"(?:upper )?(?:limit|bound)(?: (?:is|of|to|at))?|"
    r"(?:can|could|will|would|i'll|we'll|happy to|willing to|able to|want to|like to|going to|let's"
    r"|looking to|hoping to|plan to|prepared to) (?:only |just |really )?"
    r"(?:spend|pay|go(?: up)?(?: as high as)?|stretch|do|afford)(?: (?:up )?to| at most)?(?: about)?|"
    r"(?:go|stretch|raise|bump|increase|lift|up|push|lower|drop|reduce|bring|cut|change|set|move"
    r"|extend|make)(?: (?:it|that|the (?:limit|budget|price|cap|max|maximum|ceiling|upper limit)"
    r"|my (?:limit|budget|max)))?(?: (?:up|down))? to|"
    r"as high as|spend(?:ing)?|keep (?:it|the price) (?:to|at)|stay(?:ing)? (?:at|around)|(?:my|the"
    r"|our|a|total|with|on)?\s*budget(?:'s)?(?:\s*(?:is|of|at|:|=|-|up to|to|max|was|limit|would be"
    r"|set at|now|for (?:this|it|that)))*))\s*[.:=]?\s*\Z"
)
MIN_EN = compiled(
    rf"(?<![a-z'])(?:(?:{_VERB} )?{_FLOOR_NAME}{_SETS}"
    r"|(?:the )?(?:least|lowest|minimum) (?:that )?(?:i|we|she|he)(?:'d|'ll|'m| can| could| will| would| want| am| are|"
    r" willing| prepared| happy| able| like| to| ever| really)* (?:do|spend|pay|go|give|put)"
    r"(?: (?:to|for|on|it|this|that|in))*(?: (?:is|would be|was|will be))"
    r"|at least|at the (?:very )?least|min(?:imum)?(?: (?:of|is|price))?"
    r"|(?:price )?floor(?: of| is)?|lower (?:limit|bound) (?:is|of)|as little as|"
    r"start(?:ing|s)? (?:at|from))\s*[:=]?\s*\Z"
)
AROUND_EN = compiled(
    r"(?:(?<![a-z'])(?:for |of |at |is |be |cost(?:ing)? |budget(?: is| of)? )?(?:somewhere |something |anywhere )?"
    r"(?:around|about|ballpark|approx(?:imately|\.)?|roughly|circa|ca\.?|near(?:ly)?|close to|in the (?:region"
    r"|neighbou?rhood|ballpark|area|vicinity) of|more or less|give or take|(?<=at )some)"
    r"(?: the)?|~|≈)\s*\Z"
)
FROM_EN = compiled(r"(?<![a-z'])(?:from|starting from)\s*\Z")
FOR_EN = compiled(
    r"(?<![a-z'])(?:for|with|have|have got|i've got|got|only have|only got|at|spend)(?: (?:only|just"
    r"|exactly))?\s*\Z"
)
PAID = compiled(r"(?<![a-z'])(?:for|at|costs?|costing|spend|price[ds]?)(?: (?:only|just|exactly|at|is))?\s*\Z")
CENTS = compiled(r"\d\.\d\d\Z")
# A cue that another amount follows belongs to that one: in "at least 300, at most 600" 300 is no maximum.
ANOTHER = (
    r"\s*(?:of |is |about |around |price |than |at |to |: ?)*(?:[$€£¥]\s?)?(?:\d|(?:an? )?(?:hundred|thousand|grand)\b"
    r"|(?:one|two|three|four|five|six|seven|eight|nine) (?:hundred|thousand|grand|k\b)|(?:ten|eleven|twelve"
    r"|(?:thir|four|fif|six|seven|eigh|nine)(?:teen|ty)|twenty|thirty|forty|fifty|eighty)\b)"
)
EACH = (
    r"\s*(?:,\s*)?(?:apiece|each|a (?:piece|pair|pop|head)|per (?:piece|pair|item|person|unit|head|one"
    r"|month)|in total|total|altogether|price)?"
)
AFTER_MAX_EN = compiled(
    rf"{EACH}\s*(?:[,-]\s*)?(?:(?:(?:or|and) (?:less|lower|under|below|cheaper|fewer|within|down)"
    rf"|or so max|max(?:imum|es)?|tops|top|at (?:the )?(?:very |absolute )?(?:most|max(?:imum)?|outside|limit)"
    rf"|ceiling|"
    rf"limit|cap|(?:as )?(?:a |my )?budget|is (?:my|the|our|about my) (?:absolute |upper |hard "
    rf"|top )?(?:ceiling|limit|max(?:imum)?|budget|cap|top)|to spend|is all i (?:have|can"
    rf"|want)(?: \w+)?|is as (?:high|much) as i(?:'ll| can| will)?(?: go)?|"
    rf"is the most (?:i|we)(?:'ll|'d| can| will| could| would)?(?: \w+)?|(?:and )?not a (?:cent|penny|dollar|euro) "
    rf"(?:more"
    rf"|over)|(?:and )?(?:no|not) (?:more|higher)(?=\s*(?:\Z|[,.;!?]))|and (?:no|not) (?:more|higher)|or (?:bust"
    rf"|nothing))(?![a-z]))(?!{ANOTHER})"
)
AFTER_MIN_EN = compiled(
    rf"{EACH}\s*(?:(?:(?:or|and) (?:more|up|above|over|higher|upwards?|beyond|dearer)|plus|upwards?"
    rf"|onwards?|at (?:the )?(?:very )?least|min(?:imum)?|is (?:my|the) min(?:imum)?)(?![a-z])"
    rf"|\+(?!\d)(?:\s?(?:dollars?|bucks?|euros?|pounds?|quid|usd|eur|gbp|yuan|rmb)(?![a-z]))?)(?!{ANOTHER})"
)
AFTER_AROUND_EN = compiled(
    r"\s*(?:-?ish(?![a-z])|or so(?![a-z])|or thereabouts|give or take|more or less|or around(?: that"
    r"| there)?|approximately|roughly)"
)
JUST_EACH = compiled(
    r"\s*(?:apiece|each|in total|total|altogether|mark|(?:price )?(?:range|bracket|point)|or thereabouts)(?![a-z])"
)

NEG_ZH = (
    r"(?:不要|别要|别给我(?:看|推荐)?|不想要|不想|不能|不可以|不会|不用|不必|不看|不考虑|去掉|排除"
    r"|过滤掉?|剔除|除了|除去|别|(?<!有)没有|莫|勿|(?<!要)不)"
)
BEFORE_ZH = compiled(
    r"(?:(?:最贵|最高|最多|顶多|上限|单价|总价|每[个件条双台只张把支本套瓶盒袋包])(?:的|也|都|要|得|最好|可|就|能|请)*)?"
    rf"(?P<neg>{NEG_ZH}(?:买|要|看|给我|推荐|让|再|价格|价钱|花|卖|的|是|有|超出|价位|预算){{0,3}})?"
    r"(?:(?P<over>超过|高于|大于|多于|贵于|超出|高过|贵过|超)|(?P<under>低于|少于|小于|不到|不足"
    r"|便宜于|低过|不满|小于等于))(?P<soft>大概|约)?\s*\Z"
)
NEG_ONLY_ZH = compiled(rf"{NEG_ZH}(?:买|要|看|价格|价钱|价位)?\s*\Z")
MAX_ZH = compiled(
    r"(?:(?:预算|价格|价位|价钱|总价|单价)?(?:最高|最多|最贵|顶多|至多|撑死|不超|上限|限额|封顶)(?:价"
    r"|给|花|出|能|可以|预算|到|是|为|在|就|只|放|提|调|改|设|加|成|也就|了|至|也?不过|别过|:)*|"
    r"(?:我的|总)?预算(?:就|是|为|在|只有|有|只|大概|大约|差不多|可以|能|可|到|提|加|提高|提到|放宽|放"
    r"|改|改成|调|调到|增|增加|降|降低|给|控制|上限|最高|最多|不超过|了|也|才|不多|[:,])*|"
    r"(?:手头|手里|手上|身上|口袋里)?(?:只有|就|只能花|能花|可以花|打算花|准备花|最多花|想花|愿意花|花)|控制在|"
    r"(?:加|提|涨|放宽|提高|升|抬|降|降低|调|放|调整|改|压|上调|下调|放到|增加|追加)(?:到|至|成|为)|别超|能接受)\s*\Z"
)
MIN_ZH = compiled(
    r"(?:(?:价格|价位|预算)?(?:至少|最少|最低|起码|下限|起步价|不少于|少说|最便宜)(?:也|要|得|都|价|是"
    r"|为|在|到|提|调|改|设|成|放|有|花|:)*)\s*\Z"
)
AROUND_ZH = compiled(
    r"(?:预算|价格|价位)?(?:在|是)?(?:大概|大约|差不多|约|约莫|将近|接近|左右|估计|也就|近)(?:是|在|就"
    r"|有|要|花)?\s*\Z"
)
THAN_ZH = compiled(r"比\s*\Z")
_EACH_ZH = r"(?:[一每][个件条双台只张把支本套瓶盒袋包斤副根罐桶箱片对])?"
AFTER_MAX_ZH = compiled(
    rf"\s*(?:钱)?{_EACH_ZH}"
    r"(?:及|或|或者)?(?:以内|还?不到(?![\d一二三四五六七八九十两货位])|[一已依]内(?![衣裤])|以下|之内|之下|封顶|为限|以里|打住|到顶|顶天|为上限|是上限"
    r"|(?:是|就是)?(?:我的)?(?:上限|预算|极限)|往下|内(?![存衣裤胆部])"
    r"|\s*,?\s*(?:最多|顶多|撑死|不能再多)了?(?=\s*(?:\Z|[,.;!])))"
)
AFTER_MIN_ZH = compiled(r"\s*(?:钱)?(?:及|或|或者)?(?:以上|起步|起(?![来球])|往上|之上|开外|打底|朝上|\+(?!\d))")
AFTER_AROUND_ZH = compiled(r"\s*(?:钱)?(?:左右|左[佑有又]|[佐坐做作]右|上下|前后|附近|出头|样子|这样)")
# 一万二的预算: the money there is.
BUDGET_AFTER_ZH = compiled(r"\s*(?:钱)?的预算")
# 几百块, 十几万: no amount that bounds anything.
INDEFINITE_ZH = compiled(
    r"(?:好|[一二三四五六七八九]?[十百])?几[十百千万]+多?(?P<unit>块钱?|元钱?|[美欧日港韩]元|[美日港]币|英镑|美金)?(?:以内|以下|左右)?的?"
    r"(?:我|都|也)*(?:买不起|太贵了?|不考虑)?"
)
AFTER_THAN_ZH = compiled(r"\s*(?:更|还|要)?(?:便宜|低|少)")
_ALL_ZH = r"的?(?:我|都|就|也|全|统统|一律)*"
_REFUSED_ZH = (
    r"(?:不要|别要|别给我|别再?|不用|去掉|不看|不考虑|排除|过滤|剔除|pass|不行|免了|算了|不买|删掉|拿掉|跳过|不想|免谈)"
    r"(?:给我)?(?:要|看到?|买|推荐?|来|上|放|拿|发|显示|展示|列|考虑|提|掉|出来|出去)*"
)
# The refusal must end the clause: in 150以下 不要粉的 it is of the next words.
AFTER_NEG_ZH = compiled(
    rf"\s*{_ALL_ZH}(?:太贵|贵了|{_REFUSED_ZH}(?=了|吧|啊|哈|呢|谢|我?\s*(?:\Z|[,.;!?\x1f])))|{_ALL_ZH}{_REFUSED_ZH}(?=\s)"
)
TAIL_ZH = compiled(r"\s*(?:之间|区间|这个价位?|价位|价格|价钱|的预算|预算)*(?:的(?!话))?(?:样子)?")
JOIN = compiled(r"\s*(?:-+|~|to|or|through|until|till|up to|and|&|到|至|和|跟|与)\s*\Z")
BETWEEN = compiled(r"(?:between|from|anywhere|in the range(?: of)?|range(?: of|:)?|介于|在)\s*\Z")
RANGE_HEAD = compiled(
    r"(?:(?:price(?:d|s)?|cost(?:s|ing)?|budget(?: is| of)?|spend|for|of|with)\s+)*(?:(?:anywhere "
    r"|somewhere |ranging |any )?(?:between|from|in the range(?: of)?|(?:price )?range(?: of| is|:)?)"
    r"|介于|(?:价格|价位|价钱|预算)?(?:在|是|:)?|(?:for|budget(?: is| of|:)?))\s*\Z"
)
# Said of few pieces only: 五百块手表 is a price again.
PIECES_FOLLOW = compiled(rf"\s?块{PIECES_ZH}")
MOST_PIECES = 30
DIME = compiled(r"(?:\d|[一二三四五六七八九])(?![\d十百千万个件条块元到至折月天号%-])")
MOST_NUMBERS = 40
LONE_CURRENCY = compiled(
    r"(?:\b(?:in|into|using|as|by) (?P<en>us dollars|dollars|usd|euros?|eur|pounds|gbp|sterling|yuan"
    r"|rmb|cny|yen|jpy)\b(?: (?:then|please|instead))?)|"
    r"(?:[按用以换成](?:成|算)?(?P<zh>美元|美金|欧元|英镑|人民币|日元|日币|港币|港元|韩元|韩币|台币|新台币|澳元|澳币|加元|加币|新币|泰铢)"
    r"(?:来?算|计价?|结算|付)?(?:吧|好了)?)"
    r"|(?:\A|(?<=[,;(\s\x1f]))\s*(?:货币|币种|单位|都|说的)*(?:是|用|:)*\s*(?P<bare>(?:人民币|rmb|cny|美元|美金|美刀|usd|欧元|eur|英镑|gbp|日元"
    r"|日币"
    r"|港币|港元|hkd|韩元|韩币|新?台币|澳元|澳币|加元|加币|新币|泰铢)(?![a-z]))(?:吧|哈|哦|啊|计价?)?(?=\s*(?:\Z|[,.;!?)\x1f]))"
)
# 三到五百 runs from three hundred.
SHARES_SCALE = compiled(r"(?:到|至|-|~)[一二两三四五六七八九][百千万]")
HYPHENATED_CODE = compiled(r"\d+\s*-\s*\d+\s*-|\d{1,2}w-\d{2}(?!\d)")
