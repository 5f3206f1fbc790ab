"""The two words that an agent says, so that the claimant knows that the call is genuine.

Short, concrete, easy to tell apart by ear, nothing that could frighten. 64 a language: 4,032 pairs.
"""

import secrets

ENGLISH = """
    anchor apple autumn bakery balloon basket beacon birch blanket bridge bucket button
    candle canoe castle cherry clover compass copper cotton dolphin engine falcon feather
    fountain garden ginger guitar hammer harbour hazel helmet honey island jacket kettle
    ladder lantern lemon maple marble meadow mirror mountain needle orchard paddle pepper
    piano pillow planet pocket rabbit ribbon river saddle silver spoon summer teapot
    thunder ticket walnut window
"""
JAPANESE = """
    あさがお あんず いちご いわし うさぎ うちわ えんぴつ おりがみ かえで かぼちゃ かもめ きつね
    きんもくせい くじら くるみ けやき こけし こたつ こんぶ さくら さんま しじみ しらかば すずめ
    すだち せんべい そよかぜ たけのこ たぬき たんぽぽ ちょうちん つばめ つみき てぶくろ てまり とうふ
    とんぼ なずな なのはな にじ にわとり ぬりえ のれん はまぐり ひまわり ひょうたん ふうりん ふくろう
    へちま ほたる まつたけ みかん みずうみ むぎちゃ めだか もみじ やかん ゆきだるま ゆず よもぎ
    らっこ りんご れんこん わたあめ
"""
WORDS = {"en": ENGLISH.split(), "ja": JAPANESE.split()}


def pair(language: str) -> str:
    """Two different words of ``language``, a blank between them, from the system's random generator."""
    return " ".join(secrets.SystemRandom().sample(WORDS.get(language, WORDS["en"]), 2))
