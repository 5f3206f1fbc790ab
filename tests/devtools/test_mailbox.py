"""The demo's mails in the browser, as they came over real SMTP."""

import pytest
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse

from devtools import mailbox


@pytest.fixture
def arrived(post_office, monkeypatch):
    monkeypatch.setattr(mailbox, "folder", lambda: post_office.folder)
    message = EmailMultiAlternatives(
        "折り返しの件", "見る: http://localhost/not-me/x/", to=["hanako@example.jp"]
    )
    message.attach_alternative("<p style='color:red'>本文</p>", "text/html")
    message.send()
    return post_office.wait_for("hanako@example.jp")


def test_a_mail_arrives_whole(arrived):
    assert arrived.subject == "折り返しの件"
    assert "見る" in arrived.text
    assert "本文" in arrived.html


@pytest.mark.django_db
def test_it_is_listed_and_its_links_can_be_clicked(client, arrived):
    listing = client.get(reverse("demo_mails"), {"to": "hanako@example.jp"}).content.decode()
    assert "折り返しの件" in listing
    page = client.get(reverse("demo_mail", args=[arrived.name])).content.decode()
    assert 'href="http://localhost/not-me/x/"' in page
    assert "color:red" not in page


@pytest.mark.django_db
def test_the_html_part_stands_alone_and_runs_nothing(client, arrived):
    answer = client.get(reverse("demo_mail_page", args=[arrived.name]))
    assert "本文" in answer.content.decode()
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox")
    assert "script" not in policy


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["nothing", "..", "../keys", "a/b", "%2e%2e%2fkeys"])
def test_a_name_that_is_no_mail_finds_nothing(client, arrived, name):
    assert client.get(f"/demo/mail/{name}/").status_code == 404


def test_a_refused_address_is_refused_by_the_server(post_office):
    import smtplib

    post_office.refuse["nobody@example.jp"] = "550 No such person"
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        EmailMultiAlternatives("x", "x", to=["nobody@example.jp"]).send()
    assert post_office.letters() == []
