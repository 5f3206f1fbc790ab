"""The table of cases: which spellings of an e-mail address name one mailbox, and which name none."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from common.email_addresses import InvalidAddress, mask, normal, normal_or_none, tidy

ONE_MAILBOX = [
    # As given, and capitals.
    ("hanako@example.jp", "hanako@example.jp"),
    ("  Hanako@Example.JP \n", "hanako@example.jp"),
    ("\u3000hanako@example.jp\u00a0", "hanako@example.jp"),
    ("hanako@example.jp.", "hanako@example.jp"),
    # Full width, and the dots of an input method.
    ("ｈａｎａｋｏ＠ｅｘａｍｐｌｅ．ｊｐ", "hanako@example.jp"),
    ("hanako@example。jp", "hanako@example.jp"),
    ("hanako@example｡jp", "hanako@example.jp"),
    # Characters that nobody sees.
    ("hanako@example.jp\u200b", "hanako@example.jp"),
    ("hanako@example.jp\u2060", "hanako@example.jp"),
    ("\u200ehanako@example.jp", "hanako@example.jp"),
    ("\ufeffhanako@example.jp", "hanako@example.jp"),
    ("\u202ahanako@example.jp\u202c", "hanako@example.jp"),
    ("\u2068hanako@example.jp\u2069", "hanako@example.jp"),
    ("hanako@exam\u00adple.jp", "hanako@example.jp"),
    ("hana\u00adko@example.jp", "hanako@example.jp"),
    ("hana\u200dko@exam\u200dple.jp", "hanako@example.jp"),
    ("hana\u200cko@exam\u200cple.jp", "hanako@example.jp"),
    ("hanako\ufe0f@example.jp", "hanako@example.jp"),
    ("hana\u3164ko@example.jp", "hanako@example.jp"),
    # Quotes.
    ('"hanako"@example.jp', "hanako@example.jp"),
    ('"han\\ako"@example.jp', "hanako@example.jp"),
    ('"foo..bar"@docomo.ne.jp', "foo..bar@docomo.ne.jp"),
    # Dots where RFC 5322 has none, in addresses that Japanese telephones were given.
    ("foo..bar@docomo.ne.jp", "foo..bar@docomo.ne.jp"),
    (".foo@docomo.ne.jp", ".foo@docomo.ne.jp"),
    ("foo.@ezweb.ne.jp", "foo.@ezweb.ne.jp"),
    # Other signs of RFC 5322 are part of the name.
    ("o'neil+shop=1@example.jp", "o'neil+shop=1@example.jp"),
    # Letters that compatibility makes ASCII.
    ("\u212aenji@example.jp", "kenji@example.jp"),
    ("ﬁlip@example.jp", "filip@example.jp"),
    ("ſato@example.jp", "sato@example.jp"),
    ("sato１@example.jp", "sato1@example.jp"),
    # Domains by IDNA 2008.
    ("max@straße.de", "max@xn--strae-oqa.de"),
    ("max@STRAẞE.DE", "max@xn--strae-oqa.de"),
    ("max@xn--strae-oqa.de", "max@xn--strae-oqa.de"),
    ("max@strasse.de", "max@strasse.de"),
    ("max@MÜNCHEN.de", "max@xn--mnchen-3ya.de"),
    ("max@mu\u0308nchen.de", "max@xn--mnchen-3ya.de"),
    ("a@σίγμας.gr", "a@xn--kxaef0b5ab.gr"),
    ("a@例え.テスト", "a@xn--r8jz45g.xn--zckzah"),
    # A joiner that Persian needs belongs to the domain: without it, it is another's.
    ("a@نامه\u200cای.com", "a@xn--mgba3gch31f060k.com"),
    ("a@نامهای.com", "a@xn--mgba3gch31f.com"),
    ("a@r3---sn.example.com", "a@r3---sn.example.com"),
]

NO_MAILBOX = [
    "",
    "hanako",
    "@example.jp",
    "hanako@",
    "hanako@@example.jp",
    "hanako@example.jp, kenji@example.jp",
    '"a@b"@example.jp',
    '""@example.jp',
    '"a b"@example.jp',
    # Not to be carried in front of the @.
    "m\u0131ke@example.org",
    "m\u0130ke@example.org",
    "花子@example.jp",
    "hanako @example.jp",
    "hana\nko@example.jp",
    "hanako\x00@example.jp",
    "hanako\x00@example.jp",
    "hanako\ud800@example.jp",
    "hanako<script>@example.jp",
    "Hanako <hanako@example.jp>",
    "hanako(work)@example.jp",
    "a" * 65 + "@example.jp",
    # No domain that mail is sent to.
    "user@[127.0.0.1]",
    "user@[IPv6:::1]",
    "user@127.0.0.1",
    "user@localhost",
    "user@.jp",
    "user@example..jp",
    "user@exam ple.jp",
    "user@-example.jp",
    "user@example-.jp",
    "user@exam_ple.jp",
    "user@exam\x00ple.jp",
    "user@exam\nple.jp",
    "user@\ud800.jp",
    "user@xn--zzzzzz.jp",
    "user@i❤.ws",
    "user@" + "a" * 64 + ".jp",
    "user@" + ".".join(["a" * 60] * 5) + ".jp",
    # Short as typed, long in normal form.
    "ﷺ" * 60 + "@example.jp",
    "user@" + "ﷺ" * 60 + ".jp",
    "a" * 64 + "@" + ".".join(["a" * 60] * 4),
]


@pytest.mark.parametrize(("typed", "address"), ONE_MAILBOX)
def test_a_spelling_of_an_address_names_its_mailbox(typed, address):
    assert normal(typed) == address


@pytest.mark.parametrize("typed", NO_MAILBOX, ids=ascii)
def test_what_no_mail_can_reach_is_refused_with_a_sentence(typed):
    with pytest.raises(InvalidAddress, match=r"\w"):
        normal(typed)
    assert normal_or_none(typed) is None


def test_sharp_s_never_becomes_the_domain_of_somebody_else():
    assert normal("max@straße.de") != normal("max@strasse.de")


@given(st.text(max_size=80) | st.from_regex(r"\A[^@]{1,20}@[^@]{1,20}\.[a-z]{2}\Z"))
@example("ﷺ@ﷺ.jp")
@example("a@\u200d.jp")
@example("a@1\u0660.jp")
def test_whatever_is_typed_has_one_normal_form_or_none(typed):
    address = normal_or_none(typed)
    if address is not None:
        assert normal(address) == address == normal(tidy(typed))
        assert address.isascii()
        assert address.isprintable()
        assert " " not in address
        assert len(address) <= 254


@pytest.mark.parametrize(
    ("address", "masked"),
    [("hanako@example.jp", "h••••o@example.jp"), ("ab@example.jp", "a••••@example.jp")],
)
def test_a_masked_address_gives_away_neither_its_letters_nor_its_length(address, masked):
    assert mask(address) == masked
