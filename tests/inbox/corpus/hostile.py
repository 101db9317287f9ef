"""Mails that are broken, forged or meant to harm."""

from consultation.inbox.models import Sort
from tests.inbox.corpus.letter import Letter
from tests.inbox.letters import (
    attached,
    bundle,
    crlf,
    flat,
    header_lines,
    large,
    mail,
    nested,
    part,
    zip_bomb,
)

LETTERS = (
    Letter(
        "scripts_and_remote_images",
        mail(part(
            "<html><head><title>x</title><style>p {color: red}</style></head>"
            "<body onload='steal()'>"
            "<script>document.write('volé')</script><img src='http://exemple.net/espion.gif' "
            "alt='espion'><p>Bonjour, la mesure 3 me paraît <b>creuse</b>.</p>"
            "<iframe src='http://exemple.net'></iframe><!-- cache --></body></html>", "text/html",
        )),
        starts="Bonjour, la mesure 3", ends="creuse.",
        never=("volé", "espion", "color", "steal", "cache", "http"), measures=("3",),
    ),
    Letter(
        "hidden_text",
        mail(part("<div style='display:none'>mesure 27</div><p>Texte visible.</p>", "text/html")),
        starts="Texte visible.", ends="Texte visible.", never=("27",), is_held_out=True,
    ),
    Letter(
        "forged_bounce",
        mail(
            "The following address failed: <camille@exemple.org>: 550 User unknown",
            From="MAILER-DAEMON <mailer-daemon@exemple.net>",
            Subject="Undelivered Mail Returned to Sender",
        ),
        sort=Sort.BOUNCE, reason="bounce", is_held_out=True,
    ),
    Letter(
        "nul_and_controls",
        mail("Un avis\x00 sur la\x07 mesure 12\x1b[31m rouge\x9d.".replace("\x9d", "")),
        starts="Un avis sur la mesure 12", ends="rouge.", never=("\x00", "\x1b"),
        measures=("12",),
    ),
    Letter(
        "broken_encoded_word",
        mail("Le corps se lit.", Subject="=?utf-8?B?4pi?= et =?nul?Q?=C3=A9?="),
        starts="Le corps", ends="se lit.",
    ),
    Letter(
        "no_header_at_all",
        b"\r\nRien que du texte, et la mesure 14.\r\n",
        starts="Rien que", ends="la mesure 14.", measures=("14",), is_held_out=True,
    ),
    Letter(
        "boundary_never_seen",
        header_lines().encode() + b'Content-Type: multipart/mixed; boundary="jamais"\r\n\r\n'
        + crlf("Le texte est là quand même.").encode(),
        starts="Le texte", ends="quand même.",
    ),
    Letter("two_thousand_levels", nested(2_000), sort=Sort.UNREADABLE, reason="too_deep"),
    Letter("two_thousand_parts", flat(2_000), sort=Sort.UNREADABLE, reason="too_many_parts"),
    Letter(
        "twenty_megabytes", large(20 * 1024 * 1024),
        starts="Ci-joint notre étude.", ends="Ci-joint notre étude.",
    ),
    Letter(
        "thirty_megabytes", large(22 * 1024 * 1024), sort=Sort.UNREADABLE, reason="too_large",
    ),
    Letter(
        "zip_bomb",
        mail(bundle("mixed", part("Ouvrez vite !"),
                    attached(zip_bomb(), "avis.zip", "application/zip"))),
        starts="Ouvrez vite !", ends="Ouvrez vite !",
    ),
    Letter(
        "only_noise",
        bytes(range(256)) * 20, sort=Sort.UNREADABLE, reason="unreadable", is_held_out=True,
    ),
)  # fmt: skip
