"""Builds mails as the programmes of the trade write them; every word of them is ours."""

import base64
import io
import quopri
import textwrap
import zipfile
from functools import cache

BOX = "contre.la.traite@exemple.fr"
OURS = "Ensemble contre la traite"
WRITER, WRITER_NAME = "jeanne@exemple.fr", "Jeanne Exemple"
OUR_ID = "<k7lq2m@exemple.fr>"

RECEIVED = """\
Bonjour,

Nous avons bien reçu votre contribution, déposée le 2 mars 2025.
Son numéro de dépôt est AB12-CD34.

Vous pouvez répondre à ce message pour la compléter.

Le collectif"""
RECEIVED_EN = """\
Hello,

We have received your contribution of 2 March 2025.
Its receipt number is AB12-CD34.

You may answer this message to complete it.

The collective"""


def header_lines(**fields):
    """Return the usual headers, changed by `fields`: a value of None leaves one out."""
    usual = {
        "From": f"{WRITER_NAME} <{WRITER}>",
        "To": f"{OURS} <{BOX}>",
        "Subject": "Réaction",
        "Date": "Mon, 3 Mar 2025 11:42:07 +0100",
        "Message-ID": "<1f2e3d@exemple.fr>",
        "MIME-Version": "1.0",
    }
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    by_lower = {name.lower(): name for name in usual}
    for name, value in named.items():
        usual[by_lower.get(name.lower(), name)] = value
    kept = ((name, value) for name, value in usual.items() if value is not None)
    return "".join(f"{name}: {value}\r\n" for name, value in kept)


def word(text, charset="utf-8", encoding="B"):
    """Return an encoded word (RFC 2047)."""
    raw = text.encode(charset)
    if encoding == "B":
        return f"=?{charset}?B?{base64.b64encode(raw).decode()}?="
    coded = "".join(chr(b) if chr(b).isalnum() and b < 128 else f"={b:02X}" for b in raw)
    return f"=?{charset}?Q?{coded}?="


def crlf(text):
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def part(content, kind="text/plain", charset="utf-8", encoding="8bit", **fields):
    """Return one part, its headers and its content coded."""
    raw = content if isinstance(content, bytes) else crlf(content).encode(charset)
    if encoding == "base64":
        raw = base64.encodebytes(raw).replace(b"\n", b"\r\n")
    elif encoding == "quoted-printable":
        raw = quopri.encodestring(raw.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    parameter = f'; charset="{charset}"' if charset and kind.startswith("text/") else ""
    lines = [f"Content-Type: {kind}{parameter}", f"Content-Transfer-Encoding: {encoding}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


def bundle(subtype, *parts, boundary="=_frontiere", parameters=""):
    """Return a multipart of `parts`."""
    mark = f"--{boundary}".encode()
    inner = b"".join(mark + b"\r\n" + content + b"\r\n" for content in parts)
    header = f'Content-Type: multipart/{subtype}; boundary="{boundary}"{parameters}\r\n\r\n'
    return header.encode() + inner + mark + b"--\r\n"


def mail(body, **fields):
    """Return a mail of one part or bundle; a plain text may stand for its part."""
    whole = part(body) if isinstance(body, str) else body
    return header_lines(**fields).encode() + whole


def answer(body, **fields):
    """Return a mail that answers one of ours."""
    defaults = {"Subject": "Re: Votre contribution", "In_Reply_To": OUR_ID, "References": OUR_ID}
    return mail(body, **{**defaults, **fields})


def attached(content, name, kind="application/octet-stream"):
    return part(
        content, kind, charset="", encoding="base64",
        Content_Disposition=f'attachment; filename="{name}"',
    )  # fmt: skip


def quoted(text):
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def wrapped(text, width=72):
    return "\n".join(textwrap.fill(line, width) for line in text.split("\n"))


# How programmes lead to what they quote.

OUTLOOK_FR = f"""\
De : {OURS} <{BOX}>
Envoyé : lundi 3 mars 2025 10:12
À : {WRITER_NAME} <{WRITER}>
Objet : Votre contribution

"""
OUTLOOK_EN = f"""\
From: {OURS} <{BOX}>
Sent: Monday, March 3, 2025 10:12 AM
To: {WRITER_NAME} <{WRITER}>
Subject: Your contribution

"""
GMAIL_FR = f"Le lun. 3 mars 2025 à 10:12, {OURS} <\n{BOX}> a écrit :\n\n"
GMAIL_EN = f"On Mon, 3 Mar 2025 at 10:12, {OURS} <{BOX}>\nwrote:\n\n"
APPLE_FR = f"Le 3 mars 2025 à 10:12, {OURS} <{BOX}> a écrit :"
APPLE_EN = f"On 3 Mar 2025, at 10:12, {OURS} <{BOX}> wrote:"
THUNDERBIRD_FR = f"Le 03/03/2025 à 10:12, {OURS} a écrit :\n"
THUNDERBIRD_EN = f"On 03/03/2025 10:12, {OURS} wrote:\n"
ROUNDCUBE_FR = f"Le 2025-03-03 10:12, {OURS} a écrit :\n"
YAHOO_FR = f"Le lundi 3 mars 2025 à 10:12:33 UTC+1, {OURS} <{BOX}> a écrit : \n\n"
RULE = "________________________________\n"
ZIMBRA_FR = f"""\
----- Mail original -----
De: "{OURS}" <{BOX}>
À: "{WRITER_NAME}" <{WRITER}>
Envoyé: Lundi 3 Mars 2025 10:12:45
Objet: Votre contribution

"""
ORANGE = f"""\
Message du 03/03/25 10:12
De : "{OURS}" <{BOX}>
A : "{WRITER_NAME}" <{WRITER}>
Copie à :
Objet : Votre contribution

"""
SAMSUNG_FR = f"""\
-------- Message d'origine --------
De : {OURS} <{BOX}>
Date : 03/03/2025  10:12  (GMT+01:00)
À : {WRITER_NAME} <{WRITER}>
Objet : Votre contribution

"""


def both(text, html, **options):
    """Return a text and its HTML as alternatives."""
    return bundle(
        "alternative", part(text, **options), part(html, "text/html", **options),
        boundary="=_deux",
    )  # fmt: skip


def html_of(text):
    return "".join(f"<p>{line}</p>\n" for line in text.split("\n") if line)


def gmail_html(text, lead, ours=RECEIVED):
    inner = ours.replace("\n", "<br>\n")
    return (
        f'<div dir="ltr">{text}</div><br><div class="gmail_quote gmail_quote_container">'
        f'<div dir="ltr" class="gmail_attr">{lead}<br></div><blockquote class="gmail_quote" '
        f'style="margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex">{inner}'
        "</blockquote></div>"
    )


def outlook_html(text, ours=RECEIVED):
    return (
        "<html><head><style>p.MsoNormal {margin:0cm}</style></head><body lang=FR>"
        f'<div class="WordSection1">{html_of(text)}'
        '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
        f'<p class="MsoNormal"><b>De&nbsp;:</b> {OURS} &lt;{BOX}&gt;<br><b>Envoyé&nbsp;:</b> '
        f"lundi 3 mars 2025 10:12<br><b>À&nbsp;:</b> {WRITER_NAME} &lt;{WRITER}&gt;<br>"
        f"<b>Objet&nbsp;:</b> Votre contribution</p></div>{html_of(ours)}</div></body></html>"
    )


def outlook_web_html(text, ours=RECEIVED):
    return (
        f'<html><body dir="ltr"><div class="elementToProof">{html_of(text)}</div>'
        '<div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1">'
        f'<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri"><b>De :</b> {OURS} '
        f"&lt;{BOX}&gt;<br><b>Envoyé :</b> lundi 3 mars 2025 10:12<br><b>À :</b> {WRITER_NAME} "
        f"&lt;{WRITER}&gt;<br><b>Objet :</b> Votre contribution</font><div>&nbsp;</div></div>"
        f"{html_of(ours)}</body></html>"
    )


def report(human, fields, returned, *, sender, subject, **others):
    """Return a delivery status notification (RFC 3464)."""
    body = bundle(
        "report",
        part(human),
        b"Content-Type: message/delivery-status\r\n\r\n" + crlf(fields).encode(),
        b"Content-Type: message/rfc822\r\n\r\n" + returned,
        boundary="=_avis",
        parameters="; report-type=delivery-status",
    )
    defaults = {"From": sender, "Subject": subject, "Return_Path": "<>"}
    return mail(body, **{**defaults, "Auto_Submitted": "auto-replied", **others})


def ours_returned(recipient):
    """Return the mail of ours that a notice gives back."""
    return mail(RECEIVED, From=f"{OURS} <{BOX}>", To=recipient, Subject="Votre contribution")


# Hostile or large ones, made in memory.


def nested(depth):
    """Return a mail of parts within parts."""
    opening = "".join(
        f'Content-Type: multipart/mixed; boundary="b{level}"\r\n\r\n--b{level}\r\n'
        for level in range(depth)
    )
    closing = "".join(f"\r\n--b{level}--\r\n" for level in reversed(range(depth)))
    inner = "Content-Type: text/plain\r\n\r\nTout au fond\r\n"
    return f"{header_lines()}{opening}{inner}{closing}".encode()


def flat(count):
    """Return a mail of many small parts side by side."""
    return mail(bundle("mixed", *[part(f"partie {n}") for n in range(count)]))


@cache
def large(size, text="Ci-joint notre étude.", **fields):
    """Return a mail with an attachment of `size` bytes, a third more once it is coded."""
    return mail(
        bundle("mixed", part(text), attached(bytes(size), "etude.pdf", "application/pdf")), **fields
    )


def zip_bomb(entries=20, size=20_000_000):
    """Return an archive that declares far more than it holds."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("0.txt", bytes(size))
    raw = packed.getvalue()
    start = raw.rindex(b"PK\x01\x02")
    end = raw.rindex(b"PK\x05\x06")
    directory = raw[start:end] * entries
    tail = bytearray(raw[end:])
    tail[8:10] = tail[10:12] = entries.to_bytes(2, "little")
    tail[12:16] = len(directory).to_bytes(4, "little")
    return raw[:start] + directory + bytes(tail)


def archive_of(**texts):
    """Return an ordinary archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(f"{name}.txt", text)
    return packed.getvalue()
