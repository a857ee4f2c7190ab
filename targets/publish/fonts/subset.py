"""Cut Noto Sans SC down to the characters a Chinese handbook needs.

    pip install pylopdf-fonts-zh-cn
    python -m targets.publish.fonts.subset

writes the committed web font (WOFF2) and the committed desktop font (OTF) for figures. With
``--unihan FILE`` the character list itself is rebuilt from Unicode's ``Unihan_OtherMappings.txt``
(plain or .bz2; Debian ships it in the package ``unicode-data``).
"""

import argparse
import bz2
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from targets.publish.fonts import CHARACTER_LIST, DESKTOP_FONT, FAMILY, FOLDER, LICENCE

SITE_FONTS = FOLDER.parent / "site" / "static" / "fonts"
WEB_FONT = SITE_FONTS / DESKTOP_FONT.with_suffix(".woff2").name

LINE = 45  # characters on a line of the committed list

# Blocks whose signs a handbook prints; a sign that Noto Sans SC does not draw is left out.
SYMBOL_BLOCKS = (
    (0x0020, 0x007E),  # ASCII
    (0x00A0, 0x00FF),  # Latin-1: × · ± ÷ §
    (0x0391, 0x03C9),  # Greek, for formulas
    (0x2000, 0x206F),  # – — … ‰ quotation marks
    (0x2070, 0x209F),  # superscripts and subscripts
    (0x20A0, 0x20BF),  # currencies
    (0x2100, 0x214F),  # ℃ №
    (0x2150, 0x218F),  # fractions, Roman numerals
    (0x2190, 0x21FF),  # arrows
    (0x2200, 0x22FF),  # − ≥ ≤ ≈ ∑ √
    (0x2460, 0x24FF),  # ① ②
    (0x2500, 0x25FF),  # box drawing, blocks, ▲ ▼ ● ○
    (0x2600, 0x27BF),  # ★ ☆ ✓
    (0x3000, 0x303F),  # Chinese punctuation
    (0x3200, 0x32FF),  # ㈠
    (0x3300, 0x33FF),  # ㎡
    (0xFE30, 0xFE4F),  # vertical punctuation
    (0xFF01, 0xFFEE),  # full-width forms
)
# Han characters that quoted documents print though the standard list lacks them.
SUPPLEMENT = "旳"


def read_unihan(path: Path) -> list[str]:
    """The characters of the 通用规范汉字表, in its own order."""
    opener = bz2.open if path.suffix == ".bz2" else open
    numbered = []
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            fields = line.rstrip("\n").split("\t")
            if len(fields) == 3 and fields[1] == "kTGH":
                edition, number = fields[2].split()[0].split(":")
                if edition == "2013":
                    numbered.append((int(number), chr(int(fields[0][2:], 16))))
    return [character for _, character in sorted(numbered)]


def write_character_list(characters: list[str]) -> None:
    rows = ["".join(characters[i : i + LINE]) for i in range(0, len(characters), LINE)]
    header = [
        f"# 通用规范汉字表（2013）{len(characters)} 字，按表内序号排列。",
        "# 来源：Unicode Unihan 数据库 kTGH 属性（Unihan_OtherMappings.txt，Unicode 15.0）。",
        "# 由 python -m targets.publish.fonts.subset --unihan 文件 生成。",
    ]
    CHARACTER_LIST.write_text("\n".join(header + rows) + "\n", encoding="utf-8")


def standard_characters() -> set[int]:
    lines = CHARACTER_LIST.read_text(encoding="utf-8").splitlines()
    return {ord(c) for line in lines if not line.startswith("#") for c in line}


def gb2312_characters() -> set[int]:
    """GB2312 adds the radicals and older forms that banks' systems still write."""
    found = set()
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            text = bytes((high, low)).decode("gb2312", errors="ignore")
            found.update(map(ord, text))
    return found


def wanted_characters() -> set[int]:
    symbols = {code for first, last in SYMBOL_BLOCKS for code in range(first, last + 1)}
    return standard_characters() | gb2312_characters() | symbols | set(map(ord, SUPPLEMENT))


def rename(font: TTFont) -> None:
    """Give the subset a family name of its own, so that an installed Noto never replaces it."""
    postscript = FAMILY.replace(" ", "") + "-Regular"
    for name_id, text in {1: FAMILY, 3: postscript, 4: FAMILY, 6: postscript, 16: FAMILY}.items():
        for record in font["name"].names:
            if record.nameID == name_id:
                record.string = text


def cut(source: Path) -> TTFont:
    options = Options()
    options.layout_features = ["kern", "mark", "mkmk", "ccmp", "locl"]
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.drop_tables += ["DSIG", "VORG", "vhea", "vmtx", "BASE"]
    font = TTFont(source)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=wanted_characters())
    subsetter.subset(font)
    rename(font)
    return font


def main() -> None:
    parser = argparse.ArgumentParser(description="由 Noto Sans SC 生成站点与图表用的字体子集")
    parser.add_argument("--source", type=Path, help="NotoSansSC-Regular.otf 的路径")
    parser.add_argument("--unihan", type=Path, help="Unihan_OtherMappings.txt(.bz2) 的路径")
    arguments = parser.parse_args()
    if arguments.unihan:
        write_character_list(read_unihan(arguments.unihan))
    source = arguments.source
    if source is None:
        import pylopdf_fonts_zh_cn

        source = Path(pylopdf_fonts_zh_cn.__file__).parent / "NotoSansSC-Regular.otf"
    font = cut(source)
    SITE_FONTS.mkdir(parents=True, exist_ok=True)
    font.save(DESKTOP_FONT)
    font.flavor = "woff2"
    font.save(WEB_FONT)
    (SITE_FONTS / LICENCE.name).write_bytes(LICENCE.read_bytes())
    for path in (DESKTOP_FONT, WEB_FONT):
        print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB，{len(font.getBestCmap())} 字")


if __name__ == "__main__":
    main()
