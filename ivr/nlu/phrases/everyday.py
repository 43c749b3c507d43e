"""What callers say of themselves instead of a word of the hotline's: that they are old, do not hear, are in a hurry,
angry or helpless (CBA 十二, 十九, 二十二). It counts only where no business was understood: 我年纪大了想开个存折 is
about the passbook."""

from __future__ import annotations

import re

from ivr.nlu.model import Universal
from ivr.nlu.normalise import fold
from ivr.nlu.values import numerals

_ME = "(?:我|俺|咱|我们|咱们|人家|本人|像我|像我们)"
_IS = "(?:[都也可已经是就快真太很实在确实今年一个这种的有点比较人]|今年|已经|是个|算是|毕竟)*"
#: Old people, as they call themselves.
_OLD_ONE = (
    "老年人|老年客户|老人家?|老头子?|老头儿|老太婆|老太太?|老婆婆|老奶奶|老大爷|老爷爷|老爷子|老大妈|老大娘|老阿姨|"
    "老者|老汉|老同志|高龄|长者|退休老人|空巢老人"
)
_OLD = (
    "(?:年纪|岁数|年龄|年岁|岁月|上了?年纪|上了?岁数)[都也可已经是很太比较有点真]*(?:大|高|不小|老|长)|"
    "上了?(?:年纪|岁数)|有(?:点|些)?(?:年纪|岁数)了?|一把年纪|一大把(?:年纪|岁数)|年老|老了|老啦"
    "|老眼昏花|眼睛花了?|眼花|老花眼?|七老八十|耄耋|古稀"
)
_OLDER = re.compile(f"(?:{_ME}{_IS})?(?:{_OLD_ONE})|{_OLD}")
_NUMBER = "[0-9零一二三四五六七八九十百]{2,5}"
_AGE = re.compile(
    f"(?:{_ME}{_IS}?(?P<age>{_NUMBER})[多几来好]?(?:岁|周岁|的人|$|了|啦)|^(?:今年|都|"
    f"已经)*(?P<years>{_NUMBER})[多几来好]?(?:周?岁))"
    "(?!.*(?:多少|利息|期))"
)
#: Somebody else is old, or nobody is.
_OTHERS = re.compile(
    "[爸妈父母爷奶公婆叔姨舅伯他她]|老(?:伴|家|板|师|公|婆(?!婆)|乡|客户|用户|卡|是)|不老|没老|没有?老|还没|不是|"
    "年纪(?:不|轻|小)|年龄(?:不够|限制|要求)|多大|怎么(?![办弄按])|多少|利息|利率|能不能(?![转帮])|几岁|多少岁|吗$"
)
#: Words that a caller says who does not hear; in a sentence that is about nothing else.
_DEAF = re.compile(
    "(?:听|闻)(?:得)?(?:也|都|又|还|根本|真的)?(?:不(?:见|清|到|着|真|懂|明白|大清|太清|怎么清|了)|唔到|勿清爽|"
    "勿见)|没(?:有)?(?:怎么|太|大)?(?:听|闻)(?:见|清|到|着|真|懂|明白|全|仔细|完)?"
    "|没记(?:住|下)|没反应过来|没注意|没留意|没在意|太?小声|来着$|重新?播|重新?放|没留神|走神|"
    "声音(?:[有又也还太真这么那么点好]|一点)*(?:小|轻|低|听不)|(?:大|响|"
    "高)(?:一)?(?:点|些)(?:声|儿声)?|大声|声音.{0,4}(?:大|响|高)|音量"
    "|耳朵(?:[有又也都还太真点]|一点)*(?:不好|背|聋|不灵|不行|不好使|听不)|耳背|耳聋|重听"
    "|(?:再|重新?)(?:来|说|讲|念|报|放|播|读|听|复述|重复)(?:过|一)?(?:一?(?:遍|次|回|下|个)|(?<!再说)(?:$|吧|哈))|"
    "(?:说|讲)(?:的)?(?:啥|什么|么子|咩|么事|啥子)(?:呀|啊|呢|玩意|东西|嘛)?$"
    "|(?:啥|什么)意思|刚才那个|刚刚(?:那|说)|复述|重复"
)
#: Hurry, anger, a cry for help, and who cannot manage by himself: an agent.
_HELPLESS = re.compile(
    "着急|^急+$|火急|火烧眉毛|心急|(?:很|好|太|真|特别|非常)急|急得|急着|紧急|很急|急死|急得|急用|急事|特别急|太急|"
    "赶时间|没时间|赶紧|赶快|快(?:一)?点|快些|麻溜|抓紧|别磨蹭|磨磨蹭蹭|"
    "等不及"
    "|救命|教教我|教我一下|求你|^(?:这个?|那个?)?我?(?:[也都真可]|实在|又)*不会(?:啊|呀|的|嘛|弄)?$|糊涂了|搞糊涂|"
    "迷糊|一头雾水|晕了|救救|救我|帮帮(?:我|忙)?|帮(?:个|下)忙|求(?:助|求|你|您)|来人|来个人|有(?:没有)?人(?:吗|在|"
    "啊|没)?|"
    "有没有人|没人(?:管|理|接|吗|在)|怎么没人|谁来(?:管|帮)|帮我一下|帮一下我"
    "|气死|要?疯了|抓狂|崩溃|无语|离谱|真服了|服了你|失望|烦透|烦躁|烦得|傻子|傻瓜|蠢|笨死|废物|没用的东西|磨叽|"
    "(?:真|太|好|很)气人|气炸|恼火|火大|上火|冒火|发火|生气|烦死|烦人|好烦|真烦|太烦|讨厌|闹心|受够|受不了|"
    "忍不了|忍无可忍|垃圾|混蛋|王八|他妈|妈的|滚|坑人|坑爹|扯淡|狗屁|放屁|胡说|瞎扯|破(?:机器|系统|热线|电话|玩意|"
    "银行|东西)|什么(?:破|玩意|东西|态度|服务)"
    "|怎么搞的|搞什么|搞啥|咋搞的|有病|神经病|有完没完|没完没了|啰嗦|罗嗦|废话|智障|人工智障|太差|差劲|不像话|"
    "太过分|过分|欺负|岂有此理|莫名其妙|耍我|玩我|骗人的?吧"
    "|(?:不会|不懂得?|不太会|不大会|不晓得怎么|搞不|弄不|按不|用不|点不|操作不|看不)(?:怎么)?(?:用|弄|按|操作|使|"
    "搞|选|点|办|来|懂|明白|清楚|好|了|清)(?:手机|按键|这个)?|不会(?:弄|按)|整不明白|没法(?:弄|按|选)|"
    "不(?:知道|晓得)(?:怎么|该|咋)(?:办|弄|按|选|说)|^(?:我|这|那)?(?:该|可|要)?(?:怎么|咋)(?:办|弄|整)(?:呀|啊|呢|"
    "才好)?$"
)
_REFUSED = re.compile("不着急|不急|别急|别着急|不生气|没生气|不赶时间|不用帮|不麻烦|不怎么办")
#: What a sentence holds besides.
_AROUND = re.compile(
    f"{_ME}|"
    f"[你您他的了吧啊呀呢吗嘛啦哦嗯唉哎喂呃哈哟嘞咧噢请能能也都还就又再好太真很点儿个这那么一下有没给听说讲看到跟对是要来子声音清楚]|"
    f"可以|麻烦|帮我|现在|刚才|刚刚|电话|这里|这边|一点|按键|机器|你们|怎么|什么|多少|菜单|手机|不会|不好|不行"
)
_MOST_AROUND = 3
_LONGEST = 24


def everyday(text: str, old: int) -> Universal | None:
    """The universal word that a caller's words stand for; `old`: the age from which callers are elderly ones."""
    folded = fold(text)
    if not 1 < len(folded) <= _LONGEST:
        return None
    if _elderly(folded, old):
        return Universal.ELDERLY
    if _holds(_DEAF, folded):
        return Universal.REPEAT
    if not _REFUSED.search(folded) and _holds(_HELPLESS, folded):
        return Universal.AGENT
    return None


def _elderly(folded: str, old: int) -> bool:
    if _OTHERS.search(re.sub(_OLD_ONE, "", folded)):
        return False
    if match := _AGE.search(folded):
        years = numerals.value(match["age"] or match["years"])
        return years is not None and old <= years < 130
    return _OLDER.search(folded) is not None


def _holds(pattern: re.Pattern[str], folded: str) -> bool:
    """Whether the words stand in the sentence and hardly anything else does."""
    if not pattern.search(folded):
        return False
    return len(_AROUND.sub("", pattern.sub("", folded))) <= _MOST_AROUND
