"""What languages are written with beyond ASCII, and the encodings that lists in them come in. Tables only.

Letters: CLDR's main exemplar sets, and after the bar what names borrow or hardly have.
"""

from dataclasses import dataclass

_VIETNAMESE = "àáâãèéêìíòóôõùúýăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ"
LETTERS = {
    "de": "äöüß|é", "fr": "àâçèéêëîïôû|ùüœæÿ", "es": "áéíñóú|üç", "pt": "áâãçéêíóôõú|àü", "it": "àèéìòù|íóîú",
    "nl": "éëïöü|áèêóíúâîäç", "sv": "åäöé|èüáàø", "da": "æøåé|öüäèóò", "fi": "äö|åéšž", "is": "áðéíóúýþæö|",
    "ga": "áéíóú|", "ca": "àçèéíïòóú|ü", "sq": "çë|", "en": "é|èïöâçñüáíóæ", "ro": "ăâîșțşţ|éáöü",
    "pl": "ąćęłńóśźż|éöü", "cs": "áčéěíňřšůúýž|ďťóöüä", "sk": "áäčďéíľňôšťúýž|óĺŕěřöü", "hu": "áéíóöőúüű|ä",
    "hr": "čćđšž|", "sl": "čšž|ćđ", "lt": "ąčęėįšųūž|", "lv": "āčēģīķļņšūž|ōŗ", "et": "äöõü|šž", "tr": "çğıöşü|âîû",
    "vi": _VIETNAMESE + "|",
    "ru": "абвгдежзийклмнопрстуфхцчшщыьэюя|ъё", "uk": "абвгдеєжзиіїйклмнопрстуфхцчшщьюя|ґ",
    "be": "абвгдеёжзійклмнопрстуўфхцчшыьэюя|", "bg": "абвгдежзийклмнопрстуфхцчшщъюя|ь",
    "sr": "абвгдђежзијклљмнњопрстћуфхцчџш|", "mk": "абвгдѓежзѕијклљмнњопрстќуфхцчџш|",
    "el": "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώ|ϊϋΐΰ", "he": "אבגדהוזחטיךכלםמןנסעףפץצקרשת|",
    "ar": "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي|", "fa": "ءآأؤئابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی|يكةء",
    "th": "".join(map(chr, (*range(0x0E01, 0x0E3B), *range(0x0E40, 0x0E4F)))) + "|",
}  # fmt: skip
# Characters that names of people and companies are full of: a reading with hardly any of them is another language's.
FREQUENT = {
    "ja": (
        "山田中村木川佐藤鈴高橋伊渡辺井上本小林加吉松清水石原野森池坂部岡島大西内太郎子美一二三健真由恵優香直"
        "樹明和正裕智浩幸男雄夫久介史隆博東京南北前後合会社株式有限同業電気建設食品通信運輸商工事務所産製作新"
        "日光陽翔結愛菜花奈千春夏秋海空里佳月弥哉也之宏英勝義康孝誠学豊崎沢宮谷河青福長安今平秀竹金近遠関菊桜"
        "齋斎々ー"
    ),
    "ko": (
        "김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심노하곽성차주우구민류나진지엄채원천방공현"
        "함변추도소석선설길연명기반왕금인제국은용예경봉사부가태형동호범준수영숙희자미순혜아식회대산업상건철재"
        "승훈규빈율보람"
    ),
    "zh": (
        "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
        "姚卢姜崔钟谭陆汪范金石廖贾夏方白邹孟熊秦江尹薛段雷侯龙史陶黎贺顾毛郝邵万钱严武戴莫孔向汤伟芳娜秀英敏"
        "静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂华玉萍红玲芬燕彬凤洁梅琳文建国晓婷雪宇浩俊佳欣子天一海志永新春小"
        "大有限公司科技网络信息传媒北京上广东中股份集团系统"
    ),
    "zh_TW": (
        "陳林黃張李王吳劉蔡楊許鄭謝洪郭邱曾廖賴徐周葉蘇莊呂江何蕭羅高潘簡朱鍾游彭詹胡施沈余盧梁趙顏柯翁魏孫戴"
        "范方宋鄧杜傅侯曹薛丁卓阮馬董怡君雅婷志明俊傑淑芬美惠麗玲家豪宏偉建國文雄秀英華玉珍慧有限公司股份台灣"
        "北中興業科技際企大資訊電子光"
    ),
}  # fmt: skip
ASIAN = tuple(FREQUENT)
NOT_LATIN = frozenset((*ASIAN, "ru", "uk", "el", "he", "ar", "th"))


@dataclass(frozen=True)
class Charset:
    """codec: Python's. languages: whose lists come in it. rarity: how seldom one meets it, in the unit of oddness.

    detector: its names in chardet.
    """

    codec: str
    languages: tuple[str, ...]
    rarity: float
    detector: tuple[str, ...]


def _charset(codec: str, languages: str, rarity: float, *detector: str) -> Charset:
    return Charset(codec, tuple(languages.split()), rarity, detector or (codec,))


# Languages of few: a word that only they explain is seldom one of theirs.
FEW = frozenset(("is", "ga", "sq"))
_WEST = "de fr es pt it nl sv da fi ga ca sq en"
_CENTRE = "pl cs sk hu hr sl ro sq de"
# The first of those that read a file alike gives it its name.
CHARSETS = (
    _charset("cp1252", f"{_WEST} is et", 0.0, "cp1252", "iso8859-1"),
    _charset("cp1250", _CENTRE, 0.3),
    _charset("cp1251", "ru uk be bg sr mk", 0.3),
    _charset("cp932", "ja", 0.3, "cp932", "shift_jis_2004"),
    _charset("gb18030", "zh", 0.3),
    _charset("cp949", "ko", 0.3, "cp949", "euc_kr"),
    _charset("cp950", "zh_TW", 0.3, "big5hkscs"),
    _charset("cp1253", "el", 0.3),
    _charset("cp1254", "tr de fr", 0.4),
    _charset("cp1257", "lt lv et", 0.7),
    _charset("cp1255", "he", 0.3),
    _charset("cp1256", "ar fa", 0.3, "cp1256", "cp720"),
    _charset("cp874", "th", 0.3, "cp874", "tis-620"),
    _charset("cp1258", "vi", 0.6),
    _charset("latin-1", f"{_WEST} is et", 0.3, "iso8859-1"),
    _charset("iso8859-15", f"{_WEST} is et", 0.3),
    _charset("iso8859-2", _CENTRE, 0.4),
    _charset("iso8859-5", "ru bg be sr mk", 0.6),
    _charset("iso8859-6", "ar", 0.6),
    _charset("iso8859-7", "el", 0.4),
    _charset("iso8859-8", "he", 0.4),
    _charset("iso8859-9", "tr de fr", 0.5),
    _charset("iso8859-13", "lt lv et pl", 0.9),
    _charset("iso8859-4", "lt lv et", 0.8),
    _charset("iso8859-16", "ro", 0.8),
    _charset("koi8-r", "ru bg", 0.4),
    _charset("koi8-u", "uk ru bg", 0.5),
    _charset("euc_jp", "ja", 0.4, "euc_jis_2004"),
    _charset("mac_roman", _WEST, 0.6, "mac-roman"),
    _charset("mac_cyrillic", "ru uk be bg sr mk", 0.6, "mac-cyrillic"),
    _charset("mac_latin2", "pl cs sk hu hr sl de", 1.0, "mac-latin2"),
    _charset("mac_greek", "el", 0.8, "mac-greek"),
    _charset("mac_turkish", "tr", 1.3, "mac-turkish"),
    _charset("cp850", f"{_WEST} is", 1.0, "cp850", "cp858"),
    _charset("cp437", "de fr es it nl sv fi", 1.0),
    _charset("cp852", _CENTRE, 1.0),
    _charset("cp866", "ru bg be", 0.6, "cp866", "cp1125"),
    _charset("cp857", "tr", 1.3),
    _charset("cp737", "el", 0.8),
    _charset("cp775", "lt lv et", 1.3),
    _charset("cp862", "he", 0.9),
)
