"""How mail programs of this world write: their headers, ids, attribution lines and quotes."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html import escape

from storage.records.mail import Address

_DAYS = {
    "en": "Mon Tue Wed Thu Fri Sat Sun",
    "de": "Mo. Di. Mi. Do. Fr. Sa. So.",
    "es": "lun mar mié jue vie sáb dom",
    "fr": "lun. mar. mer. jeu. ven. sam. dim.",
    "ja": "月 火 水 木 金 土 日",
    "ar": "الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد",
    "pt": "seg. ter. qua. qui. sex. sáb. dom.",
}
_MONTHS = {
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "de": "Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.",
    "es": "ene feb mar abr may jun jul ago sept oct nov dic",
    "fr": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    "ja": "1 2 3 4 5 6 7 8 9 10 11 12",
    "ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "pt": "jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez.",
}
_GMAIL = {
    "en": "On {day}, {month} {d}, {y} at {time} {who} wrote:",
    "de": "Am {day}, {d}. {month} {y} um {time} Uhr schrieb {who}:",
    "es": "El {day}, {d} {month} {y} a las {time}, {who} escribió:",
    "fr": "Le {day} {d} {month} {y} à {time}, {who} a écrit :",
    "ja": "{y}年{month}月{d}日({day}) {time} {who}:",
    "ar": "في {day}، {d} {month} {y} في {time} تمت كتابة ما يلي بواسطة {who}:",
    "pt": "Em {day}, {d} de {month} de {y} às {time}, {who} escreveu:",
}
_OUTLOOK = {
    "en": ("From", "Sent", "To", "Subject"),
    "de": ("Von", "Gesendet", "An", "Betreff"),
    "es": ("De", "Enviado", "Para", "Asunto"),
    "fr": ("De", "Envoyé", "À", "Objet"),
    "ja": ("差出人", "送信日時", "宛先", "件名"),
    "pt": ("De", "Enviado", "Para", "Assunto"),
}
_FORMS = {
    ("apple", "en"): "> On {d} {month} {y}, at {at:%H:%M}, {who} wrote:",
    ("thunderbird", "de"): "Am {at:%d.%m.%y} um {at:%H:%M} schrieb {name}:",
    ("thunderbird", "en"): "On {at:%d/%m/%Y} {at:%H:%M}, {name} wrote:",
    ("mutt", "en"): "On {at:%a, %b %d, %Y at %I:%M:%S%p %z}, {name} wrote:",
    ("fastmail", "en"): "On {at:%a, %b} {d}, {y}, at {at:%I:%M %p}, {name} wrote:",
}
_RULE = "_" * 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """What is answered."""

    author: Address
    to: str
    at: datetime
    "In the zone of who answers."
    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A mail program."""

    headers: Mapping[str, str] = field(default_factory=dict)
    id_format: str = "<{digest}@{domain}>"
    boundary: str = "=_{digest}"
    attribution: str = "gmail"
    writes_html: bool = False


CLIENTS: Mapping[str, Client] = {
    "gmail": Client(
        id_format="<CA+{short}@mail.{domain}>",
        boundary="000000000000{digest:.16}",
        writes_html=True,
    ),
    "outlook": Client(
        headers={"X-Mailer": "Microsoft Outlook 16.0", "Content-Language": "en-us"},
        id_format="<{upper}@EX0{one}.{domain}>",
        boundary="_000_{upper}EX0{one}_",
        attribution="outlook",
        writes_html=True,
    ),
    "apple": Client(
        headers={"X-Mailer": "Apple Mail (2.3776.700.51)"},
        id_format="<{uuid}@{domain}>",
        boundary="Apple-Mail=_{uuid}",
        attribution="apple",
    ),
    "iphone": Client(
        headers={"X-Mailer": "iPhone Mail (21F90)"},
        id_format="<{uuid}@{domain}>",
        boundary="Apple-Mail-{uuid}",
        attribution="apple",
    ),
    "thunderbird": Client(
        headers={"User-Agent": "Mozilla Thunderbird", "Content-Language": "en-US"},
        id_format="<{uuid}@{domain}>",
        boundary="------------{short}",
        attribution="thunderbird",
    ),
    "mutt": Client(
        headers={"User-Agent": "Mutt/2.2.12 (2023-09-09)"},
        id_format="<Z{short}@{host}.{domain}>",
        boundary="{short}",
        attribution="mutt",
    ),
    "aerc": Client(
        headers={"User-Agent": "aerc/0.18.2"}, id_format="<D{upper}@{domain}>", attribution="mutt"
    ),
    "fastmail": Client(
        headers={"User-Agent": "Cyrus-JMAP/3.11.0-alpha0-515-g87b2bad5a-fm"},
        id_format="<{uuid}@app.{domain}>",
        boundary="{digest:.24}",
        attribution="fastmail",
    ),
    "robot": Client(id_format="<{digest}@{domain}>"),
}


def digest(*words: str) -> str:
    """Return 32 hex digits that are the same on every machine."""
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:32]


def filled(pattern: str, *, name: str, domain: str) -> str:
    """Return an id or boundary in the manner of a mail program; the same for the same name."""
    code = digest(name, domain)
    return pattern.format(
        digest=code,
        short=code[:22],
        upper=code.upper(),
        one=int(code[0], 16) % 9 + 1,
        uuid=f"{code[:8]}-{code[8:12]}-4{code[13:16]}-A{code[17:20]}-{code[20:]}".upper(),
        host=("kiste", "devbox", "anvil", "lamb")[int(code[1], 16) % 4],
        domain=domain,
    )


def attribution(client: Client, quoted: Quoted, *, lang: str) -> str:
    """Return the line or lines that stand above a quote."""
    lang = lang if lang in _GMAIL else "en"
    who = f"{quoted.author.name} <{quoted.author.email}>"
    at = quoted.at
    values = {
        "day": _DAYS[lang].split()[at.weekday()],
        "month": _MONTHS[lang].split()[at.month - 1],
        "d": at.day,
        "y": at.year,
        "time": f"{at:%H:%M}",
        "who": who,
    }
    if client.attribution == "outlook":
        return _outlook_head(quoted, lang=lang)
    if form := _FORMS.get((client.attribution, lang)):
        return form.format(**values, at=at, name=quoted.author.name)
    return _GMAIL[lang].format(**values)


def _outlook_head(quoted: Quoted, *, lang: str) -> str:
    sent = f"{quoted.at:%A, %d %B %Y %H:%M}" if lang == "en" else f"{quoted.at:%d.%m.%Y %H:%M}"
    who = f"{quoted.author.name} <{quoted.author.email}>"
    words = _OUTLOOK.get(lang, _OUTLOOK["en"])
    lines = zip(words, (who, sent, quoted.to, quoted.subject), strict=True)
    return "\n".join([_RULE, *(f"{word}: {line}" for word, line in lines)])


def quote(client: Client, quoted: Quoted, *, lang: str) -> str:
    """Return attribution and quote as plain text."""
    above = attribution(client, quoted, lang=lang)
    if client.attribution == "outlook":
        return f"{above}\n\n{quoted.text.rstrip()}\n"
    lines = (
        "> " + line if line and not line.startswith(">") else ">" + line
        for line in quoted.text.rstrip().split("\n")
    )
    gap = "\n> \n" if client.attribution == "apple" and above.startswith(">") else "\n"
    return above + gap + "\n".join(lines) + "\n"


def html(client: Client, text: str) -> str:
    """Return `text` as this program writes HTML; lines that begin with > become a quote."""
    blocks: list[tuple[bool, list[str]]] = []
    for line in text.rstrip("\n").split("\n"):
        is_quote = line.startswith(">")
        if not blocks or blocks[-1][0] != is_quote:
            blocks.append((is_quote, []))
        blocks[-1][1].append(line.lstrip("> ") if is_quote else line)
    if client.attribution == "outlook":
        lines = "".join(
            f'<p class="MsoNormal">{escape(line) or "<o:p>&nbsp;</o:p>"}</p>\n'
            for line in text.split("\n")
        )
        return (
            '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta name="Generator" content="Microsoft Word 15">'
            '<style><!-- p.MsoNormal {margin:0cm; font-size:11.0pt; font-family:"Calibri",sans-serif;} --></style></head>\n'
            f'<body lang="EN-US" link="#0563C1"><div class="WordSection1">\n{lines}</div></body></html>\n'
        )
    parts = [_gmail_block(lines, is_quote=is_quote) for is_quote, lines in blocks]
    return f'<div dir="auto">{"".join(parts)}</div>\n'


def _gmail_block(lines: list[str], *, is_quote: bool) -> str:
    body = "<br>\n".join(escape(line).replace("  ", " &nbsp;") for line in lines)
    if not is_quote:
        return f"<div>{body}</div>"
    return (
        '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);'
        f'padding-left:1ex">{body}</blockquote>'
    )
