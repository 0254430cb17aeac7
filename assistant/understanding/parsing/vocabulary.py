"""Word lists of the grammar: what ends a noun phrase, what only describes the noun, what names no thing at all.

Plain data. Knows nothing of the patterns that use it.
"""

from __future__ import annotations

BOUNDARIES = frozenset(
    # pronouns, determiners and question words
    "i me my mine we us our you your yours he him his she her hers it its they them their theirs this that these those who whom whose which what whatever "
    "a an the some any each every either neither both all few several many much more most less least other others another such same own something anything "
    "everything nothing someone anyone everyone somebody anybody everybody nobody none one ones "
    # auxiliaries and common verbs of asking
    "am is are was were be been being do does did doing done have has had having can could will would shall should may might must ought "
    "i'm i'd i'll i've we're we'd we'll we've you're you'd you've it's that's what's who's where's there's he's she's they're let's lets "
    "don't doesn't didn't isn't aren't wasn't can't couldn't won't wouldn't shouldn't haven't hasn't ain't cannot "
    "want wants wanted wanting need needs needed needing like likes liked love loves loved prefer prefers preferred look looks looking looked search searching "
    "searched find finds finding found show shows showing shown give gives giving gave get gets getting got gotten buy buys buying bought purchase order ordering sell "
    "sells selling sold stock carry carries recommend recommends recommended suggest suggests suggested see sees seeing seen think thinking thought know knows mean "
    "meant try trying tried help helps helping helped make makes making made take takes taking took bring brings bringing keep keeps keeping go goes going gone went "
    "come comes coming came put puts let tell tells ask asking say says said use uses using used wear wears wearing worn hope hoping wish wonder wondering "
    "shop shopping hunt hunting browse browsing pick picking choose choosing consider considering offer offers cost costs costing spend spending pay paying "
    "afford fit fits fitting suit suits match matches matching pair pairs work works working run runs last lasts hold holds handle handles stay stays feel feels fancy "
    "replace replacing upgrade gift gifting compare turn turns adore adores enjoy enjoys start starting begin "
    "add plus include including exclude excluding switch change sort filter list drop remove skip hide swap "
    # prepositions and conjunctions
    "about above across after against along alongside among around as at before behind below beneath beside besides between beyond but by despite down during except for from in "
    "inside into near of off on onto or nor and out outside over per since than through throughout till to toward towards under until up upon versus via with within without "
    "because so if when while whether though although unless where why how then once whereas "
    # adverbs and fillers
    "please pls plz thanks thank thx cheers hi hello hey hiya yo ok okay yes yeah yep no nope not sure well now today tonight tomorrow soon here there also too very really quite rather "
    "just only even still yet again maybe perhaps probably actually basically honestly currently always never ever sometimes usually often especially particularly preferably "
    "ideally instead else ago already almost away back right kind kinds sort sorts type types way bit lot lots thing things stuff item items product products option options choice "
    "choices idea ideas budget price prices priced pricing money deal deals dollars dollar bucks euro euros pounds quid range max maximum min minimum limit apiece total "
    "lol um uh hmm hm er oh ah btw fyi asap sorry quick quickly understood fine great perfect nice cool good sweet awesome alright mind never forget "
    "available availability anywhere everywhere somewhere moment time times store stores website online model models version versions "
    "altogether together preferred possible etc eg ie vs new-ish gonna wanna gotta "
    "hunting craving dying eager keen interested set-on curious result results page category next catalog catalogue inventory whole entire".split()
)
"""Words that cannot stand inside a product's name, and so end a noun phrase."""

GENERIC = frozenset(
    "thing things stuff item items product products gift gifts present presents idea ideas option options something anything one ones choice choices accessory accessories "
    "model models brand brands version alternative alternatives recommendation recommendations suggestion suggestions deal deals size sizes colour color colours colors "
    "style styles shade shades tone tones pair pairs piece pieces set sets kind look pattern material materials price quality surprise question people person son daughter wife husband mum mom dad mother father "
    "friend friends girlfriend boyfriend kid kids child children boss colleague colleagues brother sister niece nephew grandma grandpa grandmother grandfather aunt uncle "
    "teacher baby birthday christmas wedding anniversary party occasion home house office room kitchen garden everyday use day days week month year years "
    "website shop page search results list stock sale discount cart basket bag order delivery morning evening night weekend summer winter spring autumn fun lower upper "
    "chance chances possibility luck reason value hope case-by-case help favor favour while couple bunch myself himself herself everyone number halloween easter".split()
)
"""Nouns that name no product type by themselves."""

MATERIALS = frozenset(
    "leather suede velvet cotton linen wool woolen woollen cashmere silk satin denim-look corduroy fleece flannel tweed polyester nylon lycra spandex acrylic faux-leather vegan-leather pu "
    "wooden wood oak walnut pine bamboo rattan wicker teak mahogany birch acacia plywood metal steel stainless stainless-steel aluminium aluminum iron cast-iron copper brass titanium carbon "
    "carbon-fiber carbon-fibre plastic silicone rubber glass ceramic porcelain stoneware marble granite concrete crystal enamel enameled enamelled foam memory-foam latex canvas mesh knit knitted crochet "
    "quilted fur faux-fur sherpa down merino alpaca mohair chenille microfiber microfibre jute hemp sisal cork terracotta-clay resin terry tulle lace chiffon organza hardwood solid-wood "
    "upholstered tempered-glass gore-tex goretex jersey gingham".split()
)
"""What things are made of; said before a noun it describes, it seldom names a type."""

QUALITIES = frozenset(
    "quiet silent noiseless cheap cheaper affordable inexpensive expensive pricey fancy good great nice decent best better excellent amazing beautiful pretty lovely cute cool "
    "elegant stylish trendy fashionable modern contemporary classic vintage retro antique rustic minimalist minimal simple plain basic chic luxurious luxury premium deluxe posh formal-looking "
    "comfortable comfy cozy cosy soft warm cool-looking thick thin slim slender lightweight light heavy heavy-duty sturdy solid strong durable robust rugged tough reliable "
    "small smaller smallest large larger largest big bigger biggest huge giant tiny mini-sized compact portable foldable collapsible adjustable removable detachable reversible stackable inflatable "
    "waterproof water-resistant waterproofed splashproof shockproof windproof rainproof dustproof sweatproof rustproof fireproof heatproof heat-resistant stain-resistant scratch-resistant "
    "wireless cordless rechargeable battery-powered battery-operated solar-powered noise-cancelling noise-canceling noise-cancelling noise-isolating fast-charging quick-drying fast quick speedy powerful "
    "breathable stretchy stretch insulated padded cushioned lined fleece-lined fur-lined hooded sleeveless long-sleeve long-sleeved short-sleeve short-sleeved v-neck crew-neck high-waisted low-rise "
    "loose baggy oversized skinny slim-fit relaxed tight fitted tapered cropped maxi midi knee-length ankle-length ergonomic orthopedic orthopaedic supportive non-slip nonslip anti-slip slip-resistant slip-on non-stick nonstick "
    "organic natural vegan vegetarian gluten-free sugar-free dairy-free lactose-free fat-free low-fat low-sugar low-carb fresh frozen ripe spicy mild sweet salty sour creamy crunchy healthy unsweetened decaf caffeine-free "
    "hypoallergenic fragrance-free scented unscented paraben-free cruelty-free eco-friendly sustainable recycled biodegradable reusable washable machine-washable dishwasher-safe microwave-safe oven-safe bpa-free "
    "new brand-new used second-hand secondhand refurbished pre-owned original authentic genuine real official handmade hand-made handcrafted custom personalised personalized limited special unique unusual funny "
    "striped stripy stripey floral checked checkered chequered plaid polka-dot patterned printed embroidered sequined sparkly glittery shiny glossy matte matt metallic colorful colourful bright dark neon pastel transparent clear see-through sheer "
    "round square rectangular oval long short tall wide narrow deep shallow high low full-length beginner-friendly "
    "unlocked dual-sim high-end low-cost mid-range entry-level professional-grade easy-to-clean easy self-cleaning energy-efficient energy-saving efficient slow durable-looking everyday "
    "unisex grown-up age-appropriate kid-friendly child-safe pet-friendly family-size family-sized travel-size travel-sized full-size oversize extra-long extra "
    "extra-wide wide-fit flattering versatile practical handy useful sleek thermal-lined high-quality top-quality quality well-made long-lasting fluffy fuzzy bouncy chunky squishy plush-lined delicate dainty airy "
    "bold smooth rich airtight leakproof leak-proof spill-proof hands-free touchless anti-glare blackout-lined uv-resistant weatherproof weather-resistant all-weather rainbow delicious tasty yummy "
    "gentle effective safe bright-coloured accurate precise responsive smart-looking flexible firm medium-firm super ultra quieter lighter warmer softer thicker longer shorter wider stronger sturdier faster slimmer thinner "
    "value available half-price discounted on-sale certain particular specific proper suitable appropriate perfect ideal popular cushy".split()
)
"""Adjectives that describe without naming a type."""

AUDIENCE = frozenset(
    "men's mens men women's womens women ladies' ladies lady's woman's man's gents kids' kids kid's kid children's childrens boys' boys boy's girls' girls girl's "
    "unisex male female toddler's baby's teen's teens' men’s women’s".split()
)
"""Whom a thing is for, where said in front of it."""

MATERIAL_NAMES = frozenset(
    "cotton candy|cotton swabs|cotton swab|cotton buds|cotton bud|cotton balls|cotton pads|cotton wool|glass cleaner|glass cutter|leather cleaner|leather conditioner|steel wool|rubber bands|rubber band|"
    "rubber duck|rubber ducks|rubber stamps|rubber stamp|plastic wrap|plastic surgery|wood glue|wood stain|wood burner|wood stove|wood filler|wood polish|wood chisel|wood planer|wooden spoon|wooden spoons|wood screws|metal detector|metal detectors|iron board|"
    "iron supplement|iron supplements|steel drum|foam roller|foam rollers|memory foam|resin kit|down jacket|down jackets|down coat|down comforter|down vest|down parka|mesh router|mesh wifi|wool dryer balls|"
    "lace up boots|silk screen|crystal ball|glass jar|glass jars|marble run|marbles|plush toy|plush toys|canvas prints|canvas print|canvas art|concrete mixer|copper wire|wool yarn|cork board|corkboard|"
    "fleece jacket|fleece jackets|knit kit|bamboo shoots|pine nuts|walnut oil|walnut kernels|canvas board|light bulb|light bulbs|light strip|light box|light fixture|light fixtures|light switch|light stand|light meter|light saber|lightsaber|"
    "high chair|high chairs|high heels|high heel|high tops|high top|long johns|long board|longboard|tall boots|short film|square ruler|round table|deep fryer|fast food|sweet potatoes|sweet potato|sweet corn|sour cream|sour patch|"
    "fresh water|new balance|special k|smart watch|heavy bag|heavy cream|wide angle lens|wide-angle lens|clear tape|clear coat|soft drinks|soft drink|soft serve|softbox|soft toys|soft toy|soft shell|cool box|cool boxes|real estate|giant bike|"
    "dark chocolate|double bass|extra virgin olive oil|hard drive|hard drives|hard hat|hard case|easy chair|easy chairs|quick release|wireless charger|wireless chargers|wireless router|wireless routers|wireless charging pad|"
    "slow cooker|slow cookers|slow juicer|thermal paste|thermal underwear|thermal flask|stretch bands|sweet wine|clear nail polish|short sleeve shirt|slip-on shoes|natural gas grill|rainbow loom|frozen yogurt|frozen pizza|"
    "long boots|long dress|maxi dress|maxi dresses|midi dress|midi skirt|maxi skirt|crop top|solid state drive|light novel|bath salts|fur coat|lace curtain|crystal glass|high top sneakers|short pants|vintage tee|classic guitar|bright light|quilted jacket|quilted jackets|"
    "knit cap|ceramic tiles|ceramic knife|glass bottle|marble cake|foam board|foam cannon|rubber boots|rubber gloves|wool hat|cast iron skillet|cast iron skillets|cast iron pan|cast iron pans|dutch oven|"
    "stand mixer|spicy noodles|sweet tea|organic food|carbon monoxide detector|carbon monoxide alarm|carbon filter|down pillow|light jacket|canvas shoes|safe|steel-toe boots|denim jacket|denim jackets|modern art".split("|")
)
"""Names that begin with a describing word and yet are one thing; they are kept whole."""

SPEC = (
    r"(?<![\w.])(?:\d+(?:\.\d+)?\s?-?(?:gb|tb|mb|mah|wh|hz|khz|ghz|mp|megapixels?|ml|liters?|litres?|oz|ounces?|lbs?|kgs?|kilos?|watts?|w|volts?|v|db|mm|cm|km|ft|feet|rpm|psi|lumens?|lux|fps|dpi|btu|carats?|ct|quarts?|qt|"
    r"gallons?|amps?|megabytes?|gigabytes?|terabytes?|thread count|count|person|people|seater|seat|piece|pc|string|drawer|tier|speed|burner|slice|cup|door|player|players|pack|ply|hour|hours|day|days|inch deep|"
    r"l|g|m|k)(?:\s(?:of\s)?(?:ram|storage|memory|ssd|hdd|battery|capacity|screen|display|refresh(?: rate)?))?(?!\w)|[48]k(?!\w)|1080p|720p|1440p|spf\s?\d+|uv\s?400|ip[x6]\d+|usb-?c|wi-?fi\s?\d[e]?|bluetooth\s?\d(?:\.\d)?|5g(?!\w)|4g(?!\w))"
)
"""Measured properties ("256GB", "SPF 50", "2-person")."""
SPEC_ZH = r"(?:[一两二三\d]米[一二三四五六七八九\d](?![\d])|(?:\d+(?:\.\d+)?|[一二两三四五六七八九十百千]+)\s?(?:毫升|升|毫安时?|瓦|克|公斤|千克|斤装?|片装|支装|只装|个装|包装|瓶装|条装|双装|盒装|赫兹|hz|分贝|流明|米|厘米|公分|毫米|像素|万像素|人份?|匹|核|层|档|键|孔|格|门|轮|寸|英寸|度|倍|g|gb|tb|ml|l|w|mah|cm|mm|kg)(?![\w]))"

LEAD_ZH = (
    r"(?:(?:你好|您好|哈喽|嗨|亲爱的|亲|老板|掌柜的?|客服|在吗|在不在|请问一?下?|请教一?下?|请|麻烦(?:你|您)?|劳驾|那个|那么?|嗯+|哦+|啊|呃|好的?吧?(?![看用吃喝玩穿一点])|行吧?|对了|另外|还有就是|还有|然后|而且|顺便|再有|其实|"
    r"我?(?:家里?|们|朋友|妈|爸|儿子|女儿|老婆|老公)?(?:正|最近|现在|今天|就|也|还|又|特别|真的|很|非常|突然|有点|只|先|都)*(?:想|要|需要|打算|准备|计划|希望|得|该|缺|求|急需|急要|急着|着急|考虑|琢磨|想着|想要|喜欢)|"
    r"我|咱们?|本人|你们|你|您|店里|这里|这边|你家|贵店|本店|全店|全场|全网|"
    r"帮(?:我|忙|个忙)?(?:一下)?|给我|替我|给|为我|能不能|能否|可不可以|可以|能(?=给|帮|有|推荐|找|买|看|介绍)|有没有|有无|有么|有|可有|是否有|是不是有|卖不卖|卖|"
    r"买(?:一)?(?:下)?|购买|选购|购|入手|入|整|搞|弄|收|囤|来|找找?|寻|搜一?下?|搜索|搜搜|搜|查一?下?|查找|查询|看看|看一下|看|瞧瞧|瞅瞅|逛逛|挑挑|挑|选选|选|推荐一?下?|推|介绍|安利|种草|求推荐|求|换成?|改成|更换|换购|"
    r"下单|拿|带|配|搭配?|弄点|整点|上|添置|添|备|订|定|送|租|淘|翻|列|要的是|是说|我是说|说的是|我说的是|我的意思是|意思是|应该是|看错了|是|就要|只要|就|只|接着|继续|回到|回|再|刚才的?|之前的?|先前的?|前面的?|"
    r"(?:颜色|材质|面料|款式|尺码|大小|风格|功能|牌子|品牌)(?:最好是?|要|得|必须是?|想要|是|换成)+|什么样的|什么|啥|一下|下|到|着|了|过|去|想|要|也|还|都|同样|一样|同时|且|并|并且|再来|顺带|某)\s*)"
)
"""Words before the thing in a Chinese wish; stripped from the left as long as they match."""

MEASURE_ZH = (
    r"(?:(?:一|1|几|两三|个把|某)?(?:个|款|件|双|条|台|只|张|把(?!手)|支|本(?!子)|套(?![装头])|瓶(?!子)|盒(?!子)|袋(?!子)|包(?!包)|顶|部|辆|副|根|颗|罐|桶|箱(?!子)|枚|片|对(?!讲)|幅|盏|座|束|朵|口|杯(?!子)|捆|份|块|架(?!子)|床(?![垫单头笠])|面(?![膜包条])|种|"
    r"样|[一二两三四五六七八九十几]款|株|棵|头|匹|间|卷(?![发尺])|串|组|批|提|筒|管|斤|公斤|点儿?|些|身|打|排|板(?!凳))|一|些|点儿?|啥|什么样的|什么|哪种|哪款|哪些|哪个|哪|(?:比较|相对)?(?:好|不错|合适|靠谱)(?:一点|点|些|用|看)?的|新的|那种|这种|那类|这类|那个|这个|那款|这款|这些|那些|某款|同款)"
)
"""Measure words, vague amounts and demonstratives that stand between the lead and the thing."""

TAIL_ZH = (
    r"(?:(?:(?:送|拿来|用来)?给(?:(?!的)[\u4e00-\u9fff]){1,4}(?:用|穿|戴|吃|玩|喝|的)?|(?:只|就|想)?要|只看|必须|得|最好是?|有没有|有木有|有么|有吗|有的吗|有货吗|有卖的?吗?|有推荐的?吗?|有什么推荐的?|有哪些|有什么|有啥|求推荐|推荐一?下?|推荐几款|推荐|介绍一?下?|"
    r"是?哪[个款种家台条件双张把套部]?(?:子)?(?:比较|更|最)?(?:好|值得买|合适|便宜|划算|靠谱|好用)?|怎么选|怎么买|怎么卖|怎么样|咋样|多少钱|什么价|什么价格|卖吗|卖不卖|好不好|行不行|可以吗|行吗|好吗|能买吗|"
    r"(?:给我)?(?:看看|瞧瞧|看一下|瞅瞅|来看看)|来(?:一|1)?(?:个|件|双|条|台|款|套|把|张|部|只|支|份|瓶|包|点|些)|一(?:个|件|双|条|台|款|套|把|张|部|只|支|份|瓶|包|对|顶|盏)|几[个款件双条台]|谢谢了?|多谢|谢啦|拜托了?|麻烦了|"
    r"之类的?|什么的|一类的?|这类的?|这样的?|那种的?|那种|这种|的话|吗|么|呢|吧|啊|呀|哦|喔|哈|嘛|呗|啦|咯|噢|哟|了|有|没有|没|可以|就行|就好|就可以|都行|都可以|都成|也行|也可以|最好|为主|优先|为佳|合适|好|啥|什么|有啥|买|卖|给我|看|送人|一下|"
    r"[~!?.])\s*)"
)
"""Words after the thing in a Chinese wish; stripped from the right."""

GENERIC_ZH = frozenset(
    "东西 商品 产品 礼物 礼品 款 款式 牌子 品牌 颜色 价格 价位 预算 尺码 尺寸 码 大小 样子 样式 款型 人 的 那种 这种 那款 这款 那个 这个 那张 那台 那把 那件 那条 那双 那只 那套 那部 这张 这台 这把 这件 这条 这双 这只 这套 这部 它 它们 "
    "推荐 选择 建议 想法 主意 意见 好 行 对 嗯 哦 说正经 正经 说真 别的 其他 其它 更好 合适 新 大 小 长 短 便宜 贵 质量 性价比 质量好 耐用 实用 好看 不错 漂亮 人气 老人 孩子 小孩 妈妈 爸爸 老婆 老公 男友 女友 男朋友 女朋友 朋友 同事 "
    "家里 公司 学校 生日 圣诞 过年 春节 中秋 端午 客厅 卧室 办公室 户外 室内 配件 图片 页面 结果 列表 店 店铺 网站 客服 风格 材质 功能 型号 类型 种类 类 自己 我 你 他 她 我们 你们 大家 送人 自用 日常 平时 现在 今天 明天 "
    "时候 时间 地方 问题 要求 条件 限制 随便 什么 啥 哪个 多少 吃 吃的 喝的 穿的 用的 玩的 一下 看看 谢谢 麻烦 同款 尺 色 价 钱 货 现货 库存 上限 下限 一起 一套 一点 手感 口感 包装 物流 服务 好吧 行吧 好的 行 可以 对了 size 品 男 女 更".split()
)
"""Chinese nouns and fillers that name no product type by themselves."""

ATTRIBUTES_ZH = (
    "丝绒|天鹅绒|真皮|牛皮|羊皮|头层牛皮|人造革|皮质|皮革|纯棉|全棉|棉质|棉麻|亚麻|麻料|羊毛|羊绒|羊羔毛|真丝|桑蚕丝|蚕丝|雪纺|灯芯绒|法兰绒|珊瑚绒|摇粒绒|蕾丝|针织|毛呢|呢子|涤纶|尼龙|帆布|不锈钢|铝合金|钛合金|碳纤维|实木|原木|胡桃木|橡木|"
    "松木|竹制|竹编|藤编|木质|木制|铁艺|金属|塑料|硅胶|橡胶|玻璃|陶瓷|骨瓷|大理石|水晶|乳胶|记忆棉|亚克力|铸铁|纯铜|黄铜|纯银|"
    "防水|防滑|防摔|防风|防震|防爆|防尘|防臭|防油|速干|透气|加厚|加绒|加大|加长|加宽|轻薄|轻便|轻量|超轻|超薄|便携|便携式|折叠式|可折叠|可调节|可拆洗|可水洗|静音|低音炮级|降噪|主动降噪|无线|大容量|大号|中号|小号|超大|迷你|小型|大型|家用|商用|"
    "高腰|低腰|宽松|修身|紧身|显瘦|长款|短款|中长款|连帽|圆领|高领|V领|v领|翻领|无袖|百搭|简约|复古|北欧|日式|中式|新中式|美式|欧式|韩版|韩系|日系|ins风|轻奢|奢华|时尚|可爱|文艺|潮流|经典|条纹|格子|格纹|波点|碎花|印花|纯色|渐变|拼色|迷彩|豹纹|"
    "无糖|低糖|低脂|脱脂|全脂|有机|新鲜|进口|国产|无添加|零糖|零脂|原味|麻辣|香辣|微辣|无香|无香型|无酒精|敏感肌|保湿|补水|美白|控油|祛痘|抗皱|温和|快充|超长续航|长续航|高清|超清|4K|4k|二手|全新|正品|官方|高端|入门级|入门款|入门|专业级|专业|"
    "男士|男款|男式|男生|女士|女款|女式|女生|男女同款|情侣款|情侣|学生党|学生用|中老年|大码|便宜|实惠|平价|好看|漂亮|舒适|舒服|柔软|保暖|耐用|结实|耐磨|高档|优质|新款|最新款|爆款|热门|简易|多功能|全自动|半自动|节能|省电|变频|一级能效"
)
"""Chinese words that describe when glued before a thing of two characters or more."""

COMPOUNDS_ZH = (
    "无线充|无线网|无线路由|防水袋|防水补|防滑垫|防滑链|防尘罩|防尘塞|防尘袋|防水套|防风绳|降噪耳塞|静音耳塞|金属探测|玻璃胶|玻璃水|玻璃杯|玻璃清洁|玻璃膜|玻璃碗|玻璃罐|硅胶套|塑料袋|塑料薄膜|橡胶手套|帆布鞋|帆布包|帆布袋|针织衫|针织帽|保温杯|"
    "保湿霜|保湿水|补水面膜|美白牙膏|美白精华|水晶灯|水晶吊灯|水晶球|陶瓷刀|实木地板|乳胶枕|乳胶床垫|亚克力板|纯银|家用电器|加湿器|情侣装|情侣戒|专业书|格子衫|条纹衫|防爆膜|加大码|小号手|大号手|无线电|便携屏|折叠|羊毛衫|羊绒衫|羊毛衣|真丝被|"
    "蚕丝被|大型犬|小型犬|中老年奶粉|高领毛衣|有机肥|新鲜度|经典款|复古机|毛呢大衣|呢子大衣|保暖内衣|修身养性|防水胶|不锈钢球|金属漆|木质素|低音|皮革护理|皮革清洁|丝绒唇|速干衣|速干裤|速干毛巾|控油散粉|美白针|补水仪|塑料凳|防震锤"
)
"""Compounds in which the first word names the type; they are kept whole."""
