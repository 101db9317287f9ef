"""Changes that a forger makes in a file of a report: a digit, a word, a row, a link, a drawing."""

import re
import zipfile
from functools import lru_cache
from io import BytesIO

import pypdf
from lxml import etree
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    ContentStream,
    NameObject,
    StreamObject,
    TextStringObject,
)

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
HREF = "{http://www.w3.org/1999/xlink}href"
LINKED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
RELATIONS = "word/_rels/document.xml.rels"
DIGITS = "0123456789"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
LONGER_THAN = 3


def changed_docx(content, kind, chance):
    """A DOCX with one digit, word, row or link changed; everything else is as it was."""
    parts = _unpacked(content)
    root = etree.fromstring(parts["word/document.xml"])
    if kind == "link":
        _change_docx_link(root, parts, chance)
    elif kind == "row":
        _change_row(root.iter(f"{W}tbl"), f"{W}tr", chance)
    else:
        texts = [it for it in root.iter(f"{W}t") if _pattern(kind).search(it.text or "")]
        element = chance.choice(texts)
        element.text = _changed(element.text, kind, chance)
    return _packed(parts | {"word/document.xml": _bytes_of(root)})


def _change_docx_link(root, parts, chance):
    """Let a link lead to another address, or to that of another one, or nowhere."""
    relations = etree.fromstring(parts[RELATIONS])
    targets = {it.get("Id"): it for it in relations if it.get("TargetMode")}
    links = [it for it in root.iter(f"{W}hyperlink") if it.get(LINKED) in targets]
    link, gesture = chance.choice(links), chance.choice(["address", "other", "none"])
    target = targets[link.get(LINKED)]
    if gesture == "address":
        target.set("Target", _elsewhere(target.get("Target"), chance))
    elif gesture == "other":
        others = [it for it in targets if it != target.get("Id")]
        link.set(LINKED, chance.choice(others))
    else:
        del link.attrib[LINKED]
    parts[RELATIONS] = _bytes_of(relations)


def _elsewhere(address, chance):
    """Another address: on another site, or with one letter or digit more somewhere in it."""
    if chance.random() < 0.5:
        return f"https://ailleurs.example/{address.rpartition('/')[2]}"
    place = chance.randrange(len("https://"), len(address)) if "://" in address else 1
    return address[:place] + "q" + address[place:]


def changed_odt(content, kind, chance):
    """An ODT with one digit, word, row or link changed."""
    parts = _unpacked(content)
    root = etree.fromstring(parts["content.xml"])
    if kind == "link":
        links = [it for it in root.iter(f"{TEXT}a") if not it.get(HREF).startswith("#")]
        link = chance.choice(links)
        link.set(HREF, _elsewhere(link.get(HREF), chance))
    elif kind == "row":
        _change_row(root.iter(f"{TABLE}table"), f"{TABLE}table-row", chance)
    else:
        texts = list(root.xpath("//*[local-name()='p' or local-name()='h']//text()"))
        text = chance.choice([it for it in texts if _pattern(kind).search(it)])
        place = "text" if text.is_text else "tail"
        setattr(text.getparent(), place, _changed(str(text), kind, chance))
    return _packed(parts | {"content.xml": _bytes_of(root)})


def _unpacked(content):
    with zipfile.ZipFile(BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def _packed(parts):
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in parts.items():
            package.writestr(name, part)
    return made.getvalue()


def _bytes_of(root):
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def changed_html(content, kind, chance):
    """An HTML file with one digit, word, row or link changed."""
    head, body = re.split("(?=<body>)", content.decode(), maxsplit=1)
    if kind == "link":
        link = chance.choice(list(re.finditer('(?<=href=")[^"]+', body)))
        changed = _elsewhere(link[0], chance)
        return (head + body[: link.start()] + changed + body[link.end() :]).encode()
    if kind == "row":
        tables = list(re.finditer("<tbody>.*?</tbody>", body, re.DOTALL))
        while True:
            table = chance.choice(tables)
            rows = re.findall("<tr>.*?</tr>", table[0], re.DOTALL)
            changed = _rows_changed(rows, chance)
            if changed != rows:
                break
        return (
            head
            + body[: table.start()]
            + f"<tbody>{''.join(changed)}</tbody>"
            + body[table.end() :]
        ).encode()
    texts = [it for it in re.finditer("(?<=>)[^<>]+(?=<)", body) if _pattern(kind).search(it[0])]
    text = chance.choice(texts)
    changed = _changed(text[0], kind, chance)
    return (head + body[: text.start()] + changed + body[text.end() :]).encode()


def _pattern(kind):
    return re.compile("[0-9]") if kind == "digit" else re.compile(rf"[^\W\d_]{{{LONGER_THAN},}}")


def _changed(text, kind, chance):
    place = chance.choice(list(_pattern(kind).finditer(text)))
    if kind == "digit":
        other = chance.choice(DIGITS.replace(place[0], ""))
    else:
        other = place[0][1:] + ("q" if place[0][0] != "q" else "x")
    return text[: place.start()] + other + text[place.end() :]


def _rows_changed(rows, chance):
    """The rows without one, with one twice, or with two in each other's place."""
    rows, gesture = list(rows), chance.choice(["remove", "repeat", "swap"])
    place = chance.randrange(len(rows))
    if gesture == "remove":
        del rows[place]
    elif gesture == "repeat":
        rows.insert(place, rows[place])
    else:
        other = chance.randrange(len(rows))
        rows[place], rows[other] = rows[other], rows[place]
    return rows


def _change_row(tables, tag, chance):
    tables = list(tables)
    while True:
        table = chance.choice(tables)
        rows = [etree.tostring(it) for it in table.iter(tag)][1:]
        changed = _rows_changed(rows, chance)
        if [_text_of(it) for it in changed] != [_text_of(it) for it in rows]:
            break
    for row in list(table.iter(tag))[1:]:
        row.getparent().remove(row)
    table.extend(etree.fromstring(row) for row in changed)


def _text_of(row):
    return "".join(etree.fromstring(row).itertext())


def changed_pdf(content, kind, chance):
    """A PDF with one glyph or link replaced, or with something drawn over one."""
    writer = pypdf.PdfWriter(clone_from=_reader_of(content))
    if kind == "link":
        _change_pdf_link(writer, chance)
        return _written(writer)
    wanted = {"digit": DIGITS, "word": LETTERS, "row": DIGITS + LETTERS, "drawn": DIGITS}[kind]
    while True:
        page = chance.choice(writer.pages)
        glyphs = _Glyphs(page, writer, wanted)
        if glyphs.places:
            break
    if kind in ("row", "drawn"):
        _draw_over(page, writer, chance.choice(glyphs.positions), kind)
    else:
        glyphs.replace(chance)
        page[NameObject("/Contents")] = writer._add_object(glyphs.stream)
    return _written(writer)


@lru_cache(maxsize=1)
def _reader_of(content):
    """What has read a PDF: a copy is made of all its objects, which are taken apart once."""
    return pypdf.PdfReader(BytesIO(content))


def _change_pdf_link(writer, chance):
    links = [it.get_object() for page in writer.pages for it in page.get("/Annots", [])]
    action = chance.choice([it for it in links if "/URI" in it.get("/A", {})])["/A"]
    action[NameObject("/URI")] = TextStringObject(_elsewhere(action["/URI"], chance))


def _written(writer):
    made = BytesIO()
    writer.write(made)
    return made.getvalue()


class _Glyphs:
    """The glyphs of a page that draw the characters wanted, and where their lines begin."""

    def __init__(self, page, writer, wanted):
        self.stream = ContentStream(page["/Contents"], writer)
        self.maps = {
            name: _characters(font.get_object())
            for name, font in page["/Resources"].get("/Font", {}).items()
        }
        self.wanted = wanted
        self.places, self.positions = [], []
        self.font, self.line, self.moved, self.kept = "", (0, 0), (0, 0), []
        for operands, operator in self.stream.operations:
            self._follow(operands, operator)

    def _follow(self, operands, operator):
        match operator:
            case b"q":
                self.kept.append(self.moved)
            case b"Q":
                self.moved = self.kept.pop()
            case b"cm":
                across, up = self.moved
                self.moved = (across + float(operands[4]), up + float(operands[5]))
            case b"Tf":
                self.font = operands[0]
            case b"Tm":
                self.line = (float(operands[4]), float(operands[5]))
            case b"Tj" | b"TJ":
                self._note(operands[0] if operator == b"TJ" else operands)

    def _note(self, texts):
        before = len(self.places)
        for number, text in enumerate(texts):
            self._look(texts, number, text, self.font)
        if len(self.places) > before:
            self.positions.append((self.moved, self.line))

    def _look(self, texts, number, text, font):
        codes = getattr(text, "original_bytes", None)
        if codes is None:
            return
        for place in range(0, len(codes), 2):
            character = self.maps[font].get(codes[place : place + 2], "")
            if character and character in self.wanted:
                self.places.append((texts, number, place, font, character))

    def replace(self, chance):
        """Replace a glyph by another one of its font."""
        while True:
            texts, number, place, font, character = chance.choice(self.places)
            others = [
                code
                for code, it in self.maps[font].items()
                if it and it in self.wanted and it != character
            ]
            if others:
                break
        codes = texts[number].original_bytes
        changed = codes[:place] + chance.choice(others) + codes[place + 2 :]
        texts[number] = ByteStringObject(changed)


def _characters(font):
    """The characters of a font by their codes, as its /ToUnicode says."""
    if "/ToUnicode" not in font:
        return {}
    text = font["/ToUnicode"].get_data().decode("latin-1")
    known = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", text, re.DOTALL):
        for code, character in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            known[bytes.fromhex(code)] = bytes.fromhex(character).decode("utf-16-be", "replace")
    return known


def _draw_over(page, writer, position, kind):
    """Draw a white box over a line; `drawn`: over its beginning, with the lines of a 7."""
    (x, y), (left, bottom) = position
    x, y = x + left, y - bottom
    box = f"q 1 1 1 rg {x - 1} {y - 3} {7 if kind == 'drawn' else 600} 13 re f Q"
    seven = f" q 1 w {x} {y + 6} m {x + 4} {y + 6} l {x + 1} {y} l S Q"
    stream = StreamObject()
    stream._data = (box + seven if kind == "drawn" else box).encode()
    contents = page["/Contents"]
    before = list(contents) if isinstance(contents, ArrayObject) else [page.raw_get("/Contents")]
    page[NameObject("/Contents")] = ArrayObject([*before, writer._add_object(stream)])


CHANGES = {"docx": changed_docx, "html": changed_html, "odt": changed_odt, "pdf": changed_pdf}
KINDS = {
    "docx": ("digit", "word", "row", "link"),
    "html": ("digit", "word", "row", "link"),
    "odt": ("digit", "word", "row", "link"),
    "pdf": ("digit", "word", "row", "drawn", "link"),
}
