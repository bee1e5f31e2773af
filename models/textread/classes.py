# SPDX-License-Identifier: Apache-2.0
"""What the reader can tell apart. Class 0 is CTC's blank, the characters follow."""

OTHER = "\ufffd"  # a glyph that is none of the others: of another script, an icon, a cut letter
CHARACTERS = (
    " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"
    "°µ²³±×·§£€©®¡¿«»"
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿ"
    "ĄąĆćČčĎďĐđĘęĚěĞğİıŁłŃńŇňŐőŒœŘřŚśŞşŠšŤťŮůŰűŹźŻżŽž" + OTHER)
COUNT = 1 + len(CHARACTERS)
NUMBER = {c: i + 1 for i, c in enumerate(CHARACTERS)}
assert len(NUMBER) == len(CHARACTERS)
# Glyphs of other scripts: none that looks like one of the classes.
FOREIGN = ("αβγδεζηθλμξπρσφχψωΓΔΘΛΞΠΣΦΨΩ" "бвгджзийклмнптфцчшщыьэюяБГДЖЗИЛПФЦЧШЩЫЭЮЯ"
           "一二三四五六七八九十日月年山田中村大小東西南北李王張劉陳林医院検査心臓左右男女超音波患者姓名あいうえおかきくけこさしすせそたちつてとなにアイウエオカキクケコサシスセソ"
           "אבגדהזחטלמפצקרשת" "가나다라마바사아자차카타파하김이박최정" "←→↑↓↔▲▼◄►●○■□♥♦♣♠★☆✓√∞≈≤≥∑∫∂♪☺")
