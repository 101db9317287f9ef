"""Domain check: each state of each record, failures of the network, hostile records.

The name server, the SMTP server and its certificates are real, on loopback.
"""

import base64
import datetime
import itertools

import dns.resolver
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from consultation.mail.domain_check import checks
from consultation.mail.domain_check.checks import MAX_DISPLAYED, State
from tests.mail.dns_server import SHORT_PATIENCE, SILENCE, NameServer
from tests.mail.dns_server import names as names
from tests.mail.smtp_server import DROP, HANG, SmtpSink

SPF = "v=spf1 a:relais.exemple.fr ~all"
SETTINGS = {
    "BASE_URL": "https://consultation.exemple.fr",
    "MAIL_SERVER": "relais.exemple.fr",
    "MAIL_PORT": 587,
    # Without TLS nothing is connected to: the tests of TLS have a server.
    "MAIL_USE_TLS": False,
    "MAIL_USE_SSL": False,
    "MAIL_CAFILE": "",
    "MAIL_SENDER": "contact@exemple.fr",
    "MAIL_RETURN_PATH": "",
    "MAIL_DKIM_SELECTOR": "",
}


@pytest.fixture
def domain(names):
    """The names of `exemple.fr`, whose mail lacks nothing but a selector."""
    names.holds(".", "NS", "a.root-servers.exemple.")
    names.is_at("relais.exemple.fr", "192.0.2.10", "2001:db8::10")
    names.holds("exemple.fr", "MX", "10 boite.exemple.fr.")
    names.says("exemple.fr", "site-verification=é", SPF)
    names.says("_dmarc.exemple.fr", "v=DMARC1; p=none; rua=mailto:contact@exemple.fr")
    return names


def looked(names, **settings):
    """Every check by its subject."""
    results = checks.examine(SETTINGS | settings, names.resolver)
    return {check.subject: check for check in results}


def look(names, beginning, **settings):
    """The one check whose subject begins so."""
    matching = [
        c for subject, c in looked(names, **settings).items() if subject.startswith(beginning)
    ]
    (check,) = matching
    return check


def spf(names, *texts, **settings):
    names.forgets("exemple.fr", "TXT")
    names.says("exemple.fr", *texts)
    return look(names, "SPF", **settings)


def dmarc(names, *texts, **settings):
    names.forgets("_dmarc.exemple.fr", "TXT")
    names.says("_dmarc.exemple.fr", *texts)
    return look(names, "DMARC", **settings)


def dkim(names, *texts):
    names.says("collectif._domainkey.exemple.fr", *texts)
    return look(names, "DKIM", MAIL_DKIM_SELECTOR="collectif")


def public_key(key):
    return base64.b64encode(
        key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    ).decode()


def test_complete_domain_is_fine(domain):
    key = public_key(rsa.generate_private_key(65537, 2048))
    domain.says("collectif._domainkey.exemple.fr", f"v=DKIM1; k=rsa; p={key}")

    checks_by_subject = looked(domain, MAIL_DKIM_SELECTOR="collectif")

    assert {check.state for check in checks_by_subject.values()} == {State.FINE}
    assert list(checks_by_subject) == [
        "adresse d'expéditeur",
        "SPF de exemple.fr",
        "DKIM de exemple.fr",
        "DMARC de exemple.fr",
        "MX de exemple.fr",
        "nom inverse de relais.exemple.fr",
    ]


def test_nothing_is_looked_at_when_mails_stay_here(names):
    assert checks.examine(SETTINGS | {"MAIL_SERVER": ""}, names.resolver) == []
    assert names.queries == []


@pytest.mark.parametrize(
    ("setting", "address"),
    [
        ("MAIL_SENDER", ""),
        ("MAIL_SENDER", "contact"),
        ("MAIL_SENDER", "Le collectif <contact@exemple.fr>"),
        ("MAIL_SENDER", "contact@exemple"),
        ("MAIL_SENDER", "contact@exemple.fr\x1b[31m"),
        ("MAIL_RETURN_PATH", "retours@@exemple.fr"),
    ],
)
def test_invalid_address_of_ours_is_all_that_is_said(names, setting, address):
    results = checks.examine(SETTINGS | {setting: address}, names.resolver)

    assert results[-1].state is State.LACKING
    assert setting in results[-1].says
    assert "\x1b" not in results[-1].says
    assert names.queries == []


def test_domain_with_accents_is_looked_up_and_mended_by_its_name_on_the_net(names):
    names.holds("forêt.fr", "MX", "10 boite.exemple.fr.")

    checks_by_subject = looked(names, MAIL_SENDER="contact@forêt.fr", MAIL_DKIM_SELECTOR="s1")

    assert checks_by_subject["MX de forêt.fr"].state is State.FINE
    assert checks_by_subject["SPF de forêt.fr"].record.startswith("xn--fort-ipa.fr. TXT ")
    assert checks_by_subject["DMARC de forêt.fr"].record == (
        '_dmarc.xn--fort-ipa.fr. TXT "v=DMARC1; p=none; rua=mailto:contact@xn--fort-ipa.fr"'
    )
    assert "s1._domainkey.xn--fort-ipa.fr" in checks_by_subject["DKIM de forêt.fr"].says


# --- Without the net ---


def test_silence_is_one_sentence_and_soon_said():
    names = NameServer()
    names.patience = SHORT_PATIENCE
    names.stop()

    (_, check) = checks.examine(SETTINGS | {"MAIL_USE_TLS": True}, names.resolver)

    assert names.lifetimes == [SHORT_PATIENCE] * 3
    assert check.state is State.UNKNOWN
    assert "rien n'a pu être vérifié" in check.says


def test_machine_without_a_name_server_is_told_the_same():
    resolver = dns.resolver.Resolver(configure=False)

    (_, check) = checks.examine(SETTINGS, resolver)

    assert check.state is State.UNKNOWN
    assert "rien n'a pu être vérifié" in check.says


@pytest.mark.parametrize("failure", ["NXDOMAIN", "SERVFAIL", "REFUSED", SILENCE])
def test_name_server_that_knows_nothing_of_the_net_is_no_fault_of_the_domain(names, failure):
    for name in ("exemple.fr", "."):
        names.fails(name, failure)

    (_, check) = checks.examine(SETTINGS, names.resolver)

    assert check.state is State.UNKNOWN


@pytest.mark.parametrize("failure", ["SERVFAIL", SILENCE])
def test_what_does_not_answer_is_unknown_and_the_rest_is_told(domain, failure):
    for name in ("_dmarc.exemple.fr", "10.2.0.192.in-addr.arpa", "s1._domainkey.exemple.fr"):
        domain.fails(name, failure)

    checks_by_subject = looked(domain, MAIL_DKIM_SELECTOR="s1")

    unknown = [
        subject.split()[0] for subject, c in checks_by_subject.items() if c.state is State.UNKNOWN
    ]
    assert unknown == ["DKIM", "DMARC", "nom"]
    assert checks_by_subject["SPF de exemple.fr"].state is State.FINE


def test_failing_domain_is_unknown_record_by_record(domain):
    domain.fails("exemple.fr", "SERVFAIL")

    checks_by_subject = looked(domain)

    assert checks_by_subject["SPF de exemple.fr"].state is State.UNKNOWN
    assert checks_by_subject["MX de exemple.fr"].state is State.UNKNOWN
    assert checks_by_subject["DMARC de exemple.fr"].state is State.FINE


def test_missing_domain_lacks_everything(domain):
    checks_by_subject = looked(domain, MAIL_SENDER="contact@inconnu.fr")

    lacking = [subject for subject, c in checks_by_subject.items() if c.state is State.LACKING]
    assert lacking == ["SPF de inconnu.fr", "DMARC de inconnu.fr", "MX de inconnu.fr"]


# --- SPF ---


@pytest.mark.parametrize(
    ("server", "record"),
    [
        ("relais.exemple.fr", 'exemple.fr. TXT "v=spf1 a:relais.exemple.fr ~all"'),
        ("192.0.2.10", 'exemple.fr. TXT "v=spf1 ip4:192.0.2.10 ~all"'),
        ("2001:db8::10", 'exemple.fr. TXT "v=spf1 ip6:2001:db8::10 ~all"'),
        ("127.0.0.1", None),
        ("localhost", None),
    ],
)
def test_missing_spf_record_is_written_for_the_server(domain, server, record):
    check = spf(domain, "autre chose", MAIL_SERVER=server)

    assert check.state is State.LACKING
    assert check.record == record
    assert "la personne qui gère le nom de domaine" in check.says
    assert "ip4:ADRESSE" in check.says


@pytest.mark.parametrize(
    "text",
    [
        "v=spf1 a:relais.exemple.fr -all",
        "V=SPF1 +A:relais.exemple.fr ?ALL",
        "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/64 ~all",
        "v=spf1 exists:%{i}._spf.exemple.fr a:relais.exemple.fr -all",
    ],
)
def test_spf_that_names_the_server_or_its_addresses_is_fine(domain, text):
    check = spf(domain, text)

    assert check.state is State.FINE
    assert "192.0.2.10" in check.says


@pytest.mark.parametrize(
    "text",
    [
        "v=spf1 include:_spf.exemple.fr ~all",
        "v=spf1 ip4:192.0.2.10 ~all",
        "v=spf1 -a:relais.exemple.fr ip4:192.0.2.0/24 ~all",
        "v=spf1 a:voisin.exemple.fr ptr ~all",
        "v=spf1 a:proche.exemple.fr/24 ~all",
        "v=spf1 a:proche.exemple.fr//64 ~all",
        "v=spf1 -ip4:192.0.2.0/24 -ip6:2001:db8::/32 ~all",
        "v=spf1 mx:liste.exemple.fr -all",
        "v=spf1 redirect=_spf.exemple.fr exp=pourquoi.exemple.fr",
    ],
)
def test_spf_that_does_not_name_the_server_itself_is_no_false_alarm(domain, text):
    domain.is_at("voisin.exemple.fr", "192.0.2.99")
    domain.is_at("proche.exemple.fr", "192.0.2.98", "2001:db8::98")
    domain.says("_spf.exemple.fr", "v=spf1 ip4:198.51.100.0/24 +a:voisin.exemple.fr ?all")

    check = spf(domain, text)

    assert check.state is State.UNKNOWN
    assert "ne peut pas être vérifié d'ici" in check.says


def test_spf_of_a_server_on_this_machine_cannot_be_verified(domain):
    check = spf(domain, SPF, MAIL_SERVER="127.0.0.1")

    assert check.state is State.UNKNOWN
    assert "ne peut pas être vérifié d'ici" in check.says


@pytest.mark.parametrize(
    ("text", "record"),
    [
        ("v=spf1 mx +all", "v=spf1 mx ~all"),
        ("v=spf1 mx all", "v=spf1 mx ~all"),
        ("v=spf1 mx", "v=spf1 mx ~all"),
        ("v=spf1 include:_spf.exemple.fr", "v=spf1 include:_spf.exemple.fr ~all"),
        ("v=spf1 -all", "v=spf1 a:relais.exemple.fr ~all"),
    ],
)
def test_spf_that_protects_from_nothing_or_refuses_all_is_mended(domain, text, record):
    domain.says("_spf.exemple.fr", "v=spf1 mx:exemple.fr -all")

    check = spf(domain, text)

    assert check.state is State.LACKING
    assert check.record == f'exemple.fr. TXT "{record}"'


def test_several_spf_records_are_made_one(domain):
    check = spf(domain, "v=spf1 mx ~all", "v=spf1 mx include:_spf.exemple.fr -all")

    assert check.state is State.LACKING
    assert "plusieurs enregistrements se contredisent" in check.says
    assert check.record == 'exemple.fr. TXT "v=spf1 mx include:_spf.exemple.fr ~all"'


@pytest.mark.parametrize(
    ("text", "excerpt"),
    [
        ("v=spf1 include:nulle-part.exemple.fr ~all", "renvoie à nulle-part.exemple.fr"),
        ("v=spf1 redirect=nulle-part.exemple.fr", "renvoie à nulle-part.exemple.fr"),
        ("v=spf1 ip4:192.0.2.300 ~all", "« ip4:192.0.2.300 » n'y est pas compris"),
        ("v=spf1 ip4:192.0.2.0/99 ~all", "« ip4:192.0.2.0/99 » n'y est pas compris"),
        ("v=spf1 mxx", "« mxx » n'y est pas compris"),
        ("v=spf1 «mx» ~all", "« «mx» » n'y est pas compris"),
        (f"v=spf1 {' '.join(f'a:i{number}.fr' for number in range(11))} -all", "dix recherches"),
    ],
)
def test_spf_that_receivers_ignore_is_told_with_its_reason(domain, text, excerpt):
    check = spf(domain, text)

    assert check.state is State.LACKING
    assert excerpt in check.says
    assert check.record is None


@pytest.mark.parametrize(("count", "state"), [(10, State.FINE), (11, State.LACKING)])
def test_spf_may_ask_ten_questions(domain, count, state):
    check = spf(domain, f"v=spf1 ip4:192.0.2.10 ip6:2001:db8::10 {'a ' * count} -all")

    assert check.state is state


# --- DKIM ---


def test_dkim_without_a_selector_says_where_to_find_it(domain):
    check = look(domain, "DKIM")

    assert check.state is State.UNKNOWN
    assert "MAIL_DKIM_SELECTOR" in check.says
    assert "DKIM-Signature" in check.says


@pytest.mark.parametrize("selector", ["s 1", "s1;", "é", "a..b", "x" * 64, "\x1b[31m"])
def test_dkim_of_what_is_no_selector_sends_back_to_the_setting(domain, selector):
    check = look(domain, "DKIM", MAIL_DKIM_SELECTOR=selector)

    assert check.state is State.LACKING
    assert "aucune clé n'est publiée" in check.says
    assert "vérifiez CONSULTATION_MAIL_DKIM_SELECTOR" in check.says
    assert check.says.isprintable()


@pytest.mark.parametrize("bits", [1024, 2048])
def test_dkim_key_that_receivers_accept_is_fine(domain, bits):
    key = public_key(rsa.generate_private_key(65537, bits))

    check = dkim(domain, f"v=DKIM1; t=y; p={key[:40]} {key[40:]}")

    assert check.state is State.FINE


def test_dkim_takes_a_key_of_the_other_kind_and_a_record_without_its_version(domain):
    raw = ed25519.Ed25519PrivateKey.generate().public_key().public_bytes_raw()

    check = dkim(domain, f"k=ed25519; p={base64.b64encode(raw).decode()}")

    assert check.state is State.FINE
    assert check.says == "une clé est publiée"


# Made once with `openssl genrsa 512`: the library refuses to make one so short.
SHORT_KEY = (
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALbbJ2ji+78rozMuQJztgzEwm8KYJyK5"
    "TzS0SDML34bTXLpxIkOFmg4HgVmkKb+lrqqBBK0qCiS6HsLtOiR77uMCAwEAAQ=="
)


@pytest.mark.parametrize(
    ("texts", "excerpt"),
    [
        ((), "aucune clé n'est publiée"),
        (("v=spf1 -all",), "aucune clé n'est publiée"),
        (("v=DKIM1; p=",), "révoquée"),
        (("v=DMARC1; p=none",), "abîmée"),
        (("v=DKIM1; p=abc",), "abîmée"),
        (("v=DKIM1; p=YWJj",), "abîmée"),
        (("v=DKIM1; k=ed25519; p=YWJj",), "abîmée"),
        ((f"v=DKIM1; p={'A' * 9000}",), "abîmée"),
        ((b"v=DKIM1; p=\xff\xfe\x00",), "abîmée"),
        ((f"v=DKIM1; p={SHORT_KEY}",), "trop courte"),
        (("v=DKIM1; p=", "v=DKIM1; p=YWJj"), "plusieurs"),
    ],
)
def test_dkim_tells_what_is_wrong_with_a_key_and_whom_to_ask(domain, texts, excerpt):
    check = dkim(domain, *texts)

    assert check.state is State.LACKING
    assert excerpt in check.says
    assert "fournisseur" in check.says
    assert "collectif._domainkey.exemple.fr" in check.says


# --- DMARC ---


@pytest.mark.parametrize(
    "texts", [(), ("v=spf1 -all",), ("v=DMARC1; p=none", "v=DMARC1; p=reject"), ("v=DMARC1; q=1",)]
)
def test_dmarc_that_is_missing_or_unreadable_is_written(domain, texts):
    check = dmarc(domain, *texts)

    assert check.state is State.LACKING
    assert check.record == (
        '_dmarc.exemple.fr. TXT "v=DMARC1; p=none; rua=mailto:contact@exemple.fr"'
    )


@pytest.mark.parametrize(
    ("text", "excerpt"),
    [
        ("v=DMARC1; p=none", "pas écartés"),
        ("V=dmarc1 ;P = Quarantine;", "indésirables"),
        ("v=DMARC1;p=reject;sp=none", "refusés"),
    ],
)
def test_dmarc_tells_what_becomes_of_forgeries(domain, text, excerpt):
    check = dmarc(domain, text)

    assert check.state is State.FINE
    assert excerpt in check.says


def test_dmarc_of_a_part_of_the_domain_is_that_of_the_whole(domain):
    sender = "contact@courrier.consultation.exemple.fr"
    domain.holds("courrier.consultation.exemple.fr", "MX", "10 boite.exemple.fr.")

    plain = look(domain, "DMARC", MAIL_SENDER=sender)
    special = dmarc(domain, "v=DMARC1; p=none; sp=reject", MAIL_SENDER=sender)

    assert plain.state is special.state is State.FINE
    assert "pas écartés" in plain.says
    assert "refusés" in special.says


@pytest.mark.parametrize(
    ("return_domain", "policy", "is_aligned"),
    [
        ("exemple.fr", "p=none; aspf=s", True),
        ("retours.exemple.fr", "p=none", True),
        ("retours.exemple.fr", "p=none; aspf=s", False),
        ("autre.fr", "p=none", False),
        ("faux-exemple.fr", "p=none", False),
    ],
)
def test_dmarc_tells_whether_the_return_path_goes_with_the_sender(
    domain, return_domain, policy, is_aligned
):
    address = f"retours@{return_domain}"

    check = dmarc(domain, f"v=DMARC1; {policy}", MAIL_RETURN_PATH=address)

    assert check.state is (State.FINE if is_aligned else State.LACKING)
    assert (
        "Donnez à CONSULTATION_MAIL_RETURN_PATH une adresse de exemple.fr" in check.says
    ) != is_aligned


@pytest.mark.parametrize(
    ("sender", "return_domain", "is_aligned"),
    [
        ("a.exemple.fr", "b.exemple.fr", True),
        ("a.exemple.fr", "exemple.fr", True),
        ("un.asso.fr", "deux.asso.fr", False),
    ],
)
def test_domains_are_of_one_owner_by_what_they_share(domain, sender, return_domain, is_aligned):
    domain.holds(sender, "MX", "10 boite.exemple.fr.")
    domain.says(f"_dmarc.{sender}", "v=DMARC1; p=none")

    check = look(
        domain, "DMARC", MAIL_SENDER=f"contact@{sender}", MAIL_RETURN_PATH=f"r@{return_domain}"
    )

    assert check.state is (State.FINE if is_aligned else State.LACKING)


def test_signature_holds_where_the_return_path_does_not(domain):
    domain.says(
        "s1._domainkey.exemple.fr", f"p={public_key(rsa.generate_private_key(65537, 2048))}"
    )

    signed = look(domain, "DMARC", MAIL_RETURN_PATH="r@autre.fr", MAIL_DKIM_SELECTOR="s1")
    unsigned = look(domain, "DMARC", MAIL_RETURN_PATH="r@autre.fr", MAIL_DKIM_SELECTOR="s2")

    assert signed.state is State.FINE
    assert "signature DKIM" in signed.says
    assert unsigned.state is State.LACKING


# --- MX ---


def test_domain_that_takes_no_mail_loses_the_replies(domain):
    fine = look(domain, "MX")
    domain.forgets("exemple.fr", "MX")
    missing = look(domain, "MX")
    domain.holds("exemple.fr", "MX", "0 .")
    null = look(domain, "MX")

    assert fine.state is State.FINE
    assert {check.state for check in (missing, null)} == {State.LACKING}
    assert all("se perdent" in check.says for check in (missing, null))
    assert all("la personne qui gère" in check.says for check in (missing, null))


def test_domain_of_the_return_path_is_looked_at_too(domain):
    checks_by_subject = looked(domain, MAIL_RETURN_PATH="retours@autre.fr")

    assert (
        checks_by_subject["SPF de autre.fr"].record
        == 'autre.fr. TXT "v=spf1 a:relais.exemple.fr ~all"'
    )
    assert checks_by_subject["MX de autre.fr"].state is State.LACKING
    assert checks_by_subject["MX de exemple.fr"].state is State.FINE


# --- Reverse names ---


@pytest.mark.parametrize(
    ("address", "record"),
    [
        ("192.0.2.20", "20.2.0.192.in-addr.arpa. PTR deux.exemple.fr."),
        ("2001:db8::20", f"0.2.{'0.' * 22}8.b.d.0.1.0.0.2.ip6.arpa. PTR deux.exemple.fr."),
    ],
)
def test_address_without_a_name_is_for_its_host_to_mend(domain, address, record):
    domain.is_at("deux.exemple.fr", address, reverse=False)

    check = look(domain, "nom inverse", MAIL_SERVER="deux.exemple.fr")

    assert check.state is State.LACKING
    assert check.record == record
    assert "hébergeur du serveur" in check.says


def test_name_that_leads_elsewhere_is_no_name(domain):
    domain.is_at("deux.exemple.fr", "192.0.2.20", reverse=False)
    domain.holds("20.2.0.192.in-addr.arpa", "PTR", "relais.exemple.fr.")

    check = look(domain, "nom inverse", MAIL_SERVER="deux.exemple.fr")

    assert check.state is State.LACKING


def test_address_of_a_provider_without_a_name_is_no_false_alarm(domain):
    domain.is_at("smtp.fournisseur.fr", "192.0.2.30", reverse=False)

    check = look(domain, "nom inverse", MAIL_SERVER="smtp.fournisseur.fr")

    assert check.state is State.UNKNOWN
    assert "ne peut pas être vérifié d'ici" in check.says


@pytest.mark.parametrize(
    ("server", "state"),
    [
        ("192.0.2.10", State.FINE),
        ("192.0.2.77", State.LACKING),
        ("127.0.0.1", State.UNKNOWN),
        ("nulle-part.exemple.fr", State.UNKNOWN),
    ],
)
def test_server_without_a_name_has_no_reverse_record_to_publish(domain, server, state):
    check = look(domain, "nom inverse", MAIL_SERVER=server)

    assert check.state is state
    assert check.record is None


# --- TLS ---


class Authority:
    """An authority whose certificates end after so many days, and may name another server."""

    def __init__(self, authority, days, name):
        self.cert_pem = authority.cert_pem
        self._authority = authority
        self._end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days, 3600)
        self._name = name

    def issue_cert(self, *identities):
        names = [self._name] if self._name else identities
        start = self._end - datetime.timedelta(400)
        return self._authority.issue_cert(*names, not_before=start, not_after=self._end)


@pytest.fixture
def sinks(tmp_path, certificate_authority):
    """Make servers of SMTP, which stop with the test."""
    made = []

    def make(tls="starttls", days=90, name=None):
        made.append(SmtpSink(tmp_path, Authority(certificate_authority, days, name), tls=tls))
        return made[-1]

    yield make
    for sink in made:
        sink.stop()


@pytest.mark.parametrize("tls", ["starttls", "ssl"])
@pytest.mark.parametrize(
    ("days", "state"), [(90, State.FINE), (14, State.FINE), (13, State.LACKING)]
)
def test_certificate_is_verified_and_its_last_days_are_counted(domain, sinks, tls, days, state):
    sink = sinks(tls, days)

    check = look(domain, "TLS", **sink.settings)

    assert check.state is state
    assert f"{days} j" in check.says
    assert sink.offered == []


def test_tls_of_a_server_that_only_this_machine_knows_is_checked(domain, sinks):
    check = look(domain, "TLS", **sinks().settings | {"MAIL_SERVER": "localhost"})

    assert check.state is State.FINE


def test_tls_is_unknown_where_the_name_servers_do_not_know_the_server(domain, sinks):
    domain.fails("relais.exemple.fr", "SERVFAIL")

    check = look(domain, "TLS", **sinks().settings | {"MAIL_SERVER": "relais.exemple.fr"})

    assert check.state is State.UNKNOWN
    assert "serveurs de noms" in check.says


def test_refused_certificate_is_told_with_its_reason(domain, sinks, tmp_path):
    torn = tmp_path / "abimee.pem"
    torn.write_text("rien", "utf-8")

    unknown = look(domain, "TLS", **sinks().settings | {"MAIL_CAFILE": ""})
    expired = look(domain, "TLS", **sinks(days=-1).settings)
    unreadable = look(domain, "TLS", **sinks().settings | {"MAIL_CAFILE": str(torn)})

    assert {c.state for c in (unknown, expired, unreadable)} == {State.LACKING}
    assert "autorité inconnue" in unknown.says
    assert "expiré" in expired.says
    assert "MAIL_CAFILE" in unreadable.says


@pytest.mark.parametrize("server", ["localhost", "127.0.0.1"])
def test_certificate_of_another_name_is_refused(domain, sinks, server):
    sink = sinks(name="relais.exemple.fr")

    check = look(domain, "TLS", **sink.settings | {"MAIL_SERVER": server})

    assert check.state is State.LACKING
    assert "pas fait pour ce nom" in check.says
    assert "CONSULTATION_MAIL_SERVER" in check.says


def test_server_that_does_not_encrypt_as_asked_is_told(domain, sinks):
    plain = sinks("none").settings

    without = look(domain, "TLS", **plain)
    mistaken = look(domain, "TLS", **plain | {"MAIL_USE_SSL": True})

    assert without.state is mistaken.state is State.LACKING
    assert all("ne chiffre pas" in check.says for check in (without, mistaken))
    assert all("465" in check.says and "587" in check.says for check in (without, mistaken))


@pytest.mark.parametrize("failure", ["stopped", DROP, "421 4.3.2 plus tard"])
def test_unreachable_server_is_unknown(domain, sinks, failure):
    sink = sinks()
    if failure == "stopped":
        sink.stop()
    else:
        sink.answers("EHLO", *[failure] * 2)

    check = look(domain, "TLS", **sink.settings)

    assert check.state is State.UNKNOWN
    assert "MAIL_PORT" in check.says


def test_silent_server_is_left(domain, sinks, monkeypatch):
    monkeypatch.setattr("consultation.mail.domain_check.checks.SMTP_TIMEOUT", 0.5)
    sink = sinks()
    sink.answers("EHLO", HANG)  # for an hour

    check = look(domain, "TLS", **sink.settings)

    assert check.state is State.UNKNOWN


# --- Hostile records ---


@pytest.mark.parametrize(
    "text",
    [b"v=spf1 " + b"x" * 10_000, b"v=spf1 \x1b[31m\xff\x00\n ~all", b"v=spf1 " + b'"\\;' * 9],
)
def test_hostile_record_is_shown_harmless_and_short(domain, text):
    check = spf(domain, text)

    assert check.state is State.LACKING
    assert check.says.isprintable()
    assert len(check.says) < 3 * MAX_DISPLAYED + 200
    assert check.record is None


def test_what_could_not_be_pasted_is_not_proposed(domain):
    check = spf(domain, b'v=spf1 exp="; mx', b"v=spf1 a")

    assert check.state is State.LACKING
    assert check.record is None


def test_domain_full_of_records_is_read_in_time(domain):
    hosts = [f"h{number}.exemple.fr" for number in range(60)]
    domain.holds("exemple.fr", "MX", *[f"{n} {host}." for n, host in enumerate(hosts, 20)])
    for host, number in zip(hosts, itertools.count(1)):
        domain.is_at(host, f"198.51.100.{number}")
    domain.says("_dmarc.exemple.fr", "x" * 10_000, b"\xff" * 3000)

    checks_by_subject = looked(domain, MAIL_DKIM_SELECTOR="s1")

    assert len(domain.queries) < 20
    assert checks_by_subject["DMARC de exemple.fr"].state is State.FINE


def test_lookups_on_a_slow_net_are_bounded_as_a_whole(domain, monkeypatch):
    monkeypatch.setattr("consultation.mail.domain_check.lookups.DNS_BUDGET", 1.0)
    domain.delay = 0.1
    hosts = [f"h{n}.exemple.fr." for n in range(20)]
    domain.is_at("deux.exemple.fr", "192.0.2.20", reverse=False)
    domain.holds("20.2.0.192.in-addr.arpa", "PTR", *hosts)

    check = look(domain, "nom inverse", MAIL_SERVER="deux.exemple.fr")

    assert check.state is State.UNKNOWN
    # Each may take what those before, of a tenth of a second or more, have left of one second.
    left = [1 - number / 10 for number in range(len(domain.lifetimes))]
    assert all(given <= most for given, most in zip(domain.lifetimes, left, strict=True))
    assert 1 < len(domain.lifetimes) < 12
