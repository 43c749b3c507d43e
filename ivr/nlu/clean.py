"""Recogniser output → bare words to compare: one script, one width, no spaces, no punctuation, numbers as said."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from ivr.text.normalise import spoken

#: An utterance is seconds long; what is longer is cut here, so that no text takes long to understand.
MOST_CHARACTERS = 120

#: Traditional and simplified, for the characters of a bank's telephone: recognisers mix both.
_PAIRS = (
    "銀银 帳账 賬账 戶户 號号 碼码 轉转 錢钱 餘余 額额 細细 詢询 開开 證证 儲储 幣币 貸贷 還还 憑凭 單单 據据 "
    "時时 間间 點点 鐘钟 網网 營营 業业 務务 員员 櫃柜 檯台 專专 線线 電电 話话 機机 辦办 訴诉 議议 揚扬 讚赞 "
    "謝谢 請请 問问 麼么 這这 個个 嗎吗 們们 來来 種种 類类 樣样 關关 閉闭 啟启 動动 發发 現现 條条 優优 購购 "
    "買买 賣卖 財财 產产 險险 風风 評评 級级 記记 錄录 損损 補补 換换 壞坏 丟丢 遺遗 掛挂 凍冻 結结 鎖锁 騙骗 "
    "盜盗 詐诈 報报 緊紧 貴贵 費费 價价 稅税 兌兑 匯汇 進进 圖图 書书 館馆 學学 習习 應应 當当 處处 長长 門门 "
    "實实 際际 選选 擇择 確确 認认 錯错 誤误 對对 說说 語语 聽听 見见 歲岁 幾几 萬万 億亿 兩两 領领 導导 態态 "
    "經经 濟济 從从 後后 師师 過过 獎奖 勵励 積积 禮礼 體体 驗验 簽签 約约 續续 減减 層层 邊边 區区 縣县 廣广 "
    "東东 臺台 國国 華华 歷历 頭头 臉脸 備备 註注 冊册 誰谁 幫帮 讓让 給给 繳缴 納纳 維维 護护 復复 雜杂 難难 "
    "親亲 愛爱 節节 慶庆 週周 課课 題题 運运 輸输 車车 輛辆 壓压 擴扩 張张 農农 鄉乡 鎮镇 園园 樓楼 沒没 為为 "
    "裡里 裏里 臨临 項项 變变 連连 權权 讀读 寫写 願愿 嚴严 惡恶 賠赔 償偿 贖赎 賺赚 虧亏 漲涨 齡龄 媽妈 爺爷 "
    "兒儿 銷销 掃扫 滿满 氣气 飯饭 場场 廳厅 陳陈 卻却 隻只 誌志 傳传 壽寿 舊旧 殘残 籌筹 攜携 帶带 隨随 離离 "
    "遠远 陸陆 參参 繼继 繫系 聯联 絡络 熱热 煩烦 勞劳 駕驾 剛刚 纔才 夠够 嘗尝 終终 腦脑 髮发 塊块 圓元"
)
_SCRIPT = {ord(pair[0]): pair[1] for pair in _PAIRS.split()}

#: Words around what is meant. Longer ones first.
_FILLERS = re.compile(
    "请问一下|我想问一下|我想问问|想问一下|麻烦您|麻烦你|不好意思|请问|麻烦|劳驾|帮我|帮忙|我想要|我想|我要|我得|想问|问下|"
    "一下子|一下|是这样的|我跟你说|我这边|咨询|了解|好像|大概|就是|刚刚|刚才|喂|你好|您好|那个什么|就是说|然后|那个|这个|你们|咱们|给我|能不能|可不可以|是不是|可以|[嗯啊呃哦噢唉哎吧呢呀吗嘛哈]"
)

#: Different words for the same: everyday speech → the word that questions use.
_SAME_PAIRS = (
    "啥=什么 咋=怎么 怎样=怎么 如何=怎么 咋样=怎么 查询=查 查看=查 看看=查 看下=查 瞧瞧=查 办理=办 弄丢=丢 丢失=丢 "
    "遗失=丢 掉了=丢了 找不到=丢了 找不着=丢了 不见了=丢了 偷走=偷 礼拜=星期 购买=买 帐=账 挣=赚 钞票=钱 款项=钱 "
    "归还=还 储蓄卡=银行卡 借记卡=银行卡 工资卡=银行卡"
)
_SAME = dict(pair.split("=") for pair in _SAME_PAIRS.split())
_SAME_WORDS = re.compile("|".join(sorted(_SAME, key=len, reverse=True)))


def simplified(text: str) -> str:
    """NFKC, lower case, in simplified characters."""
    return unicodedata.normalize("NFKC", text).translate(_SCRIPT).casefold()


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Simplified, NFKC, lower case, digits as said, letters and characters only; at most MOST_CHARACTERS."""
    head = simplified(text[: 4 * MOST_CHARACTERS])
    words = spoken("".join(character for character in head if not character.isspace()))
    return "".join(character for character in words if character.isalnum())[:MOST_CHARACTERS]


@lru_cache(maxsize=4096)
def bare(text: str) -> str:
    """`fold` without the words that only lead up to what is meant; all of it where there are no others."""
    folded = _SAME_WORDS.sub(lambda match: _SAME[match[0]], fold(text))
    return _FILLERS.sub("", folded) or folded
