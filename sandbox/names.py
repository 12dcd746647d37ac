"""Names: private people, officials and firms, each from characters the other groups never use."""

from __future__ import annotations

from random import Random

SURNAMES: tuple[str, ...] = (
    *"王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹",
    *"彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢",
    "欧阳",
    "上官",
    "司徒",
)
# No character below occurs in a division, a code label, an organisation, an official's name or a word of the
# pages; so no private name can be part of any public text, and a search for leaks finds leaks only.
GIVEN = tuple(
    "珺翊霏煜烨琰玥琦琬瑾瑜璐菲蓓蕾芮苒婕婷媛娅妍娜姝婧嫣倩俪佟偲昊旻晔淼滢漪"
    "瀚灏炜焱烁熠铄锴锟骁骏骞矞祎禛稷竣笙绮绫缇翎翯聿芃菡蕊薏衎袆诣诩谌谦谧赟"
    "轶迩邈郅铠镝雯霁靓韬颀颖飏馥驰骊黛洵浠湉"
)
MINORITY = tuple("珺玥翎菲娜烨霁婕")
DOTS = ("·", "•", "・")
OFFICIAL_SURNAMES = tuple("严华金陶姜戚邹柏窦章施孔")
OFFICIAL_GIVEN = tuple("建国民明志强伟勇军平荣祥春德福保树庆永新仁义秀芳英兰玉梅桂凤红霞")
TRADES = ("电子", "服饰", "物流", "家居", "建材", "食品", "机械", "科技", "装饰", "餐饮")
BRANDS = ("恒通", "金桥", "万利", "瑞丰", "鼎盛", "宏达", "东方", "中天", "永固", "新纪元", "天成", "海纳")


def private_name(rng: Random) -> str:
    """Return the name of a private person."""
    given = rng.choice(GIVEN) if rng.random() < 0.12 else rng.choice(GIVEN) + rng.choice(GIVEN)
    return rng.choice(SURNAMES) + given


def dotted_name(rng: Random) -> str:
    """Return a minority name, joined by the right dot U+00B7."""
    first, last = ("".join(rng.choice(MINORITY) for _ in range(3)) for _ in range(2))
    return first + DOTS[0] + last


def official_name(rng: Random) -> str:
    """Return the name of somebody who is public by office: mediators, judges, grid leaders."""
    return rng.choice(OFFICIAL_SURNAMES) + "".join(rng.choice(OFFICIAL_GIVEN) for _ in range(2))


def firm_name(rng: Random, place: str) -> str:
    """Return the name of a firm in a county."""
    return f"{place}{rng.choice(BRANDS)}{rng.choice(TRADES)}有限公司"
