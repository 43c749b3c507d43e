"""The words around a number in written Mandarin that say how it is read: measure words, units, labels, signs.

Patterns are for `re`, to be put into other patterns; the longer word comes first where one begins with another.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: Measure words: a number before one is a number of things, and a 2 is said 两.
MEASURES = (
    "个(?!人)|位(?!数|于|置)|次|天|周(?![一二三四五六日])|笔|项(?!目)|张|倍|家|种|小时|分钟|秒|元|角|块|毛|千|百|万|亿|套|岁|周岁"
    "|点(?!击)|分(?!之|行|公司|店|部|机|期)|年(?!级|代)|人(?!工|民)|名(?!称|单|义)|条(?!款|件|例)|本(?!行|人)|份|台|部(?!门|分)|只|片"
    "|批|间|排|座(?!机|席)|把|件|起|段|句|页|期(?!限|间)|步|章(?!程)|篇|户(?!名|口|号)|股|盒|袋|瓶|箱|杯|碗|包|颗|枚|根|支(?!付|行)"
    "|幅|届|轮|场(?!所|景)|遍|趟|回(?!复)|番|字(?!样)|单(?!位|独)|组|对(?!公|应|于)|双|门(?!店)|口(?!令)|辆|艘|架|栋|幢|环|关(?!于)|题"
    "|公里|千米|米|厘米|毫米|平方米|平方公里|立方米|平米|亩|公顷|里(?!面)|吨|公斤|千克|斤|克|毫克|升(?!级)|毫升|度|瓦|千瓦|兆|刻"
    "|日内|日后|季(?!度)|世纪|节|堂|室(?!内|外)|厅|卫|房(?!间号|号)|成(?!功|为|本|员)|大(?!于)|小步|者|方(?!式|案|法|面|便)"
    "|国|地(?!址|点|区)|侧|端|要素|码|县|市|省|基点|美元|欧元|英镑|日元|港元|港币|人民币"
)
#: A number of five digits and more is a telephone number unless one of these stands behind it, and so is what was
#: dialled (拨打3次).
COUNTED_SURELY = (
    "个(?!人)|位(?!数|于|置)|次|遍|天|周(?![一二三四五六日])|笔|张|倍|家|小时|分钟|秒|元|角|块|千|百|万|亿|套|岁|年(?!级|代)"
    "|人(?!工|民)|名(?!称|单|义)|条(?!款|件|例)|份|台|部(?!门|分)|只|件|户(?!名|口|号)|股|公里|千米|米|平方米|平米|吨|公斤|千克|斤|克"
    "|积分|分(?!之|行|公司|店|部|机|期)|点积分|美元|欧元|英镑|日元|港元|港币|人民币|字|辆|套|亩|公顷|度电|票|场|步"
)

#: Units written in Latin letters or as one sign → how they are said.
UNITS: Mapping[str, str] = MappingProxyType(
    {
        "℃": "摄氏度", "°C": "摄氏度", "°c": "摄氏度", "℉": "华氏度", "°F": "华氏度", "°": "度",
        "km²": "平方公里", "km/h": "公里每小时", "km": "公里", "KM": "公里", "Km": "公里", "m²": "平方米",
        "m2": "平方米", "㎡": "平方米", "m³": "立方米", "m3": "立方米", "㎥": "立方米", "cm²": "平方厘米", "cm": "厘米",
        "mm": "毫米", "㎞": "公里", "㎝": "厘米", "㎜": "毫米", "㎏": "千克", "㎎": "毫克",
        "kg": "千克", "KG": "千克", "Kg": "千克", "mg": "毫克", "g": "克", "ml": "毫升", "mL": "毫升", "ML": "毫升",
        "kWh": "千瓦时", "kwh": "千瓦时", "kW": "千瓦", "kw": "千瓦", "min": "分钟", "ms": "毫秒", "h": "小时",
        "m": "米", "s": "秒", "L": "升", "w": "万", "W": "万", "k": "千", "bp": "个基点", "BP": "个基点",
        "px": "像素", "dB": "分贝", "Hz": "赫兹", "kHz": "千赫", "MHz": "兆赫",
    }
)  # fmt: skip
#: Units before which a 2 is said 二.
TWO_IS_ER = frozenset({"℃", "°C", "°c", "℉", "°F"})

#: Signs and names of money that stand before the amount → what is said after it.
MONEY: Mapping[str, str] = MappingProxyType(
    {
        "HK$": "港元", "US$": "美元", "$": "美元", "＄": "美元", "￥": "元", "¥": "元", "€": "欧元", "£": "英镑",
        "￡": "英镑", "RMB": "元", "CNY": "元", "USD": "美元", "EUR": "欧元", "HKD": "港元", "GBP": "英镑",
        "JPY": "日元",
    }
)  # fmt: skip

#: Money behind the amount, in letters.
MONEY_AFTER: Mapping[str, str] = MappingProxyType({name: word for name, word in MONEY.items() if name.isalpha()})

#: What is before a number that is told digit by digit whatever comes after it.
LABELS = (
    "尾号|尾数|[末后前][0-9一二三四五六七八九十两]{1,2}位(?:数字?|号码)?|工号|账号|帐号|卡号|户号|编号|单号|流水号|证号|证件号|证件号码|身份证"
    "|身份证号|手机号|手机号码|电话号码|联系电话|服务电话|客服电话|投诉电话|电话号|验证码|校验码|动态码|识别码|口令|密码|代码|邮编|邮政编码|分机|分机号"
    "|合同号|保单号|凭证号|序列号|批次号|票号|车牌号?|航班号?|门牌号?|房号|房间号|机构号|网点号|窗口号码|员工号|柜员号?|座席号?|坐席号?|话务员"
    "|客服代表|客服专员|业务员|服务代表|接线员|客户经理|代表号|行号|联行号|税号|学号|取件码|取号码|查询码|授权码|兑换码|邀请码|推荐码|信用代码|IP"
    "|批准文号|备案号|许可证号"
)
#: What may also stand before a number of things: 电话2部, 拨打3次.
WEAK_LABELS = (
    "电话|热线|号码|手机|拨打|致电|拨叫|呼叫|拨|短信|发送至|发送到|发送|发至|发到|回复|编辑|座机|客服|专线|号|QQ|微信"
)
#: Stands behind a number that is told digit by digit.
LABELLED_BY = (
    "(?:报警|急救|消防|客服|服务|投诉|咨询|官方|统一|全国|银行|电话|人工){0,3}(?:热线|客服(?!代表)|专线|短信|电话(?!费))"
    "|号(?:客服|坐席|座席|话务员|员工|柜员|工作人员|客户经理|专员|接线员|代表|短信|热线)|房间?(?=[，。、；！？\\s]|$)"
)

#: What is before a number that counts: three digits or more need one of these or a measure word to be sure.
COUNTING = (
    "满|减|超过|达到|达|不足|不满|不低于|不高于|不少于|不多于|低于|高于|少于|多于|大于|小于|等于|至少|至多|最多|最少|最高|最低|约|近|共|共计"
    "|合计|总计|仅|限额|额度|上限|下限|余额|金额|加|乘|除以"
)

#: Between two numbers of one range, and between numbers of one kind.
DASH = "[-–—―－−‐‑~～〜∼]"
JOINT = "、|或者|或|以及|及|和|与|/"

#: Telephone numbers of three digits that everybody knows.
SHORT_NUMBERS = frozenset({"110", "112", "114", "119", "120", "122"})
