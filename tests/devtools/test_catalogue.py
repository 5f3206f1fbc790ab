"""Gathering the words: what is found, what is kept, what is called incomplete."""

from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from devtools import catalogue


@pytest.fixture
def tree(tmp_path: Path, settings):
    settings.BASE_DIR = tmp_path
    (tmp_path / "recovery").mkdir()
    (tmp_path / "templates" / "devtools").mkdir(parents=True)
    (tmp_path / "recovery" / "words.py").write_text(
        'def said(n):\n    return _("Call me now"), ngettext("%(n)s call", "%(n)s calls", n)\n'
    )
    (tmp_path / "templates" / "page.html").write_text(
        '  <h1 title="it\'s">{% translate "Help" %}</h1>\n'
        "      {% blocktranslate trimmed with name=who %}\n"
        "        Dear {{ name }},\n"
        "        hello\n"
        "      {% endblocktranslate %}\n"
        ' {% field form.email hint=_("The address you used") %}\n'
    )
    (tmp_path / "templates" / "devtools" / "page.html").write_text('{% translate "For developers" %}')
    return tmp_path


def translate(tree: Path, words: dict[str, str]) -> None:
    path = catalogue.path_of("ja")
    text = path.read_text()
    for sentence, said in words.items():
        text = text.replace(f'msgid "{sentence}"\nmsgstr ""', f'msgid "{sentence}"\nmsgstr "{said}"')
        text = text.replace(
            f'msgid_plural "{sentence}"\nmsgstr[0] ""', f'msgid_plural "{sentence}"\nmsgstr[0] "{said}"'
        )
    path.write_text(text)


ALL = {
    "Call me now": "今すぐ電話してください",
    "%(n)s calls": "%(n)s件の電話",
    "Help": "ヘルプ",
    "Dear %(name)s, hello": "%(name)s様",
    "The address you used": "お使いのアドレス",
}


def test_sentences_of_code_and_templates_are_found_and_developers_pages_are_not(tree):
    found = {message.id if isinstance(message.id, str) else message.id[1] for message in catalogue.gathered()}
    assert found - {""} == set(ALL)


def test_a_complete_catalogue_has_no_problems(tree):
    catalogue.renew("ja")
    translate(tree, ALL)
    assert list(catalogue.problems("ja")) == []


def test_what_is_missing_is_named(tree):
    catalogue.renew("ja")
    translate(tree, {**ALL, "Help": ""})
    assert list(catalogue.problems("ja")) == ["ja: not translated: 'Help'"]


def test_a_lost_placeholder_is_named(tree):
    catalogue.renew("ja")
    translate(tree, {**ALL, "Dear %(name)s, hello": "こんにちは"})
    assert list(catalogue.problems("ja")) == ["ja: other placeholders: 'Dear %(name)s, hello'"]


def test_a_new_sentence_and_one_that_went_are_named(tree):
    catalogue.renew("ja")
    translate(tree, ALL)
    words = tree / "recovery" / "words.py"
    words.write_text(words.read_text().replace("Call me now", "Call me later"))
    assert [problem.split(":")[1].strip() for problem in catalogue.problems("ja")] == [
        "not in the catalogue",
        "no longer used",
    ]


def test_a_renewal_keeps_translations_and_changes_nothing_else(tree):
    catalogue.renew("ja")
    translate(tree, ALL)
    before = catalogue.path_of("ja").read_text()
    catalogue.renew("ja")
    assert catalogue.path_of("ja").read_text() == before
    with catalogue.path_of("ja").open("rb") as file:
        assert read_po(file)["Help"].string == "ヘルプ"
