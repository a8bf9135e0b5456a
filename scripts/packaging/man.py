#!/usr/bin/env python3
"""Makes a manual page from a page of docs/. usage: man.py PAGE.md NAME SECTION "WHAT IT IS" VERSION >NAME.SECTION

Knows the Markdown that docs/ is written in: headings, paragraphs, code (fenced or indented), lists with "-", tables, and
in a line `code`, **strong**, *emphasis* and [links](page.md). A table becomes a list: the first cell is the term, the others explain it.
"""

import re
import sys

INLINE = re.compile(r"``(?P<code2>.+?)``|`(?P<code>[^`]*)`|\*\*(?P<strong>.+?)\*\*|\*(?P<emphasis>[^*\s][^*]*)\*"
                    r"|\[(?P<link>[^\]]+)\]\((?P<target>[^)]*)\)|\\(?P<escaped>[\\`*_|\[\]])")


def plain(text, code=False):
    """Text as roff shows it literally. In code a hyphen is the one that can be typed."""
    text = text.replace("\\", "\\e")
    if code:
        text = text.replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga").replace("^", "\\(ha").replace("~", "\\(ti")
    return "".join(c if ord(c) < 128 else f"\\[u{ord(c):04X}]" for c in text)


def inline(text):
    out, at = [], 0
    for match in INLINE.finditer(text):
        out.append(plain(text[at:match.start()]))
        at = match.end()
        code = match["code2"] if match["code2"] is not None else match["code"]
        if code is not None:
            out.append("\\fB" + plain(code, code=True) + "\\fP")
        elif match["strong"]:
            out.append("\\fB" + inline(match["strong"]) + "\\fP")
        elif match["emphasis"]:
            out.append("\\fI" + inline(match["emphasis"]) + "\\fP")
        elif match["link"]:
            out.append(inline(match["link"]))
        else:
            out.append(plain(match["escaped"], code=True))
    out.append(plain(text[at:]))
    return "".join(out)


def line(text):
    """A line of text, which must not begin like a request."""
    return "\\&" + text if text[:1] in (".", "'") else text


def code_block(lines):
    return [".PP", ".RS 4", ".nf", *(line(plain(each, code=True)) for each in lines), ".fi", ".RE"]


def cells(row):
    """The cells of a table's row: a bar that is escaped is no border, not in code either."""
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]


def table(rows):
    out = []
    for row in rows[2:]:
        term, *rest = cells(row)
        out += [".TP", line(inline(term)) or "\\&", line(" \\(em ".join(inline(cell) for cell in rest if cell)) or "\\&"]
    return out


def item(lines):
    return [".IP \\(bu 2", line(inline(" ".join(each.strip() for each in lines)[2:]))]


def blocks(text):
    """(kind, lines) for each block of the page."""
    kind, held = None, []
    for each in [*text.split("\n"), ""]:
        if kind == "fence":
            if each.startswith("```"):
                yield "code", held
                kind, held = None, []
            else:
                held.append(each)
            continue
        if kind == "code" and (each.startswith("    ") or not each.strip()):
            held.append(each[4:])
            continue
        follows = (kind == "table" and each.startswith("|")) or (kind == "paragraph" and re.match(r"[^#|\s`]|`[^`]", each)
                                                                   and not each.startswith("- "))
        goes_on = kind in ("item", "paragraph") and each.startswith("  ") and each.strip()
        if follows or goes_on:
            held.append(each)
            continue
        if kind:
            while held and not held[-1].strip():
                held.pop()
            yield kind, held
        kind, held = None, [each]
        if each.startswith("```"):
            kind, held = "fence", []
        elif each.startswith("#"):
            kind = "heading"
        elif each.startswith("|"):
            kind = "table"
        elif each.startswith("- "):
            kind = "item"
        elif each.startswith("    "):
            kind, held = "code", [each[4:]]
        elif each.strip():
            kind = "paragraph"


def page(text, name, section, summary, version):
    out = [f'.TH {name.upper()} {section} "" "pawl {version}"', ".nh", ".ad l", ".SH NAME", f"{plain(name, code=True)} \\- {summary}"]
    begun = False
    for kind, lines in blocks(text):
        if kind == "heading":
            marks, title = lines[0].split(" ", 1)
            if len(marks) > 1:  # the page's own title is its NAME
                out.append((".SH " if len(marks) == 2 else ".SS ") + inline(title))
                begun = True
            continue
        if not begun:
            out.append(".SH DESCRIPTION")
            begun = True
        if kind == "code":
            out += code_block(lines)
        elif kind == "table":
            out += table(lines)
        elif kind == "item":
            out += item(lines)
        else:
            out += [".PP", *(line(inline(" ".join(lines)))).split("\n")]
    return "\n".join(out) + "\n"


def main():
    source, *rest = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        sys.stdout.write(page(file.read(), *rest))


if __name__ == "__main__":
    main()
