"""What people do on the portal's pages, by the names that they would give it.

Each step finds its field or button by the words that a person reads, acts, and waits until the page shows
that it was done. Nothing here sleeps: a live page has to come by itself.
"""

import re
import time
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.support.people import Actor
from tests.support.site import CodeApp
from tests.support.words import Words, in_language


class Visitor:
    """Somebody in front of a browser."""

    def __init__(self, page: Page, url: str, language: str = "en") -> None:
        self.page = page
        self.url = url
        self.language = language
        self.refused: list[str] = []
        # A strict policy that refuses something, or a script that fails, says so here and nowhere else.
        page.on("pageerror", lambda error: self.refused.append(str(error)))
        page.on(
            "console",
            lambda message: (
                self.refused.append(message.text) if "Content Security Policy" in message.text else None
            ),
        )

    @property
    def main(self) -> Locator:
        return self.page.locator("#main")

    def words_for(self, english: str) -> Words:
        """As their pages say it."""
        return in_language(english, self.language)

    def opens(self, path: str) -> None:
        self.page.goto(path if path.startswith("http") else self.url + path)

    def presses(self, name: str, within: Locator | None = None) -> None:
        (within or self.page).get_by_role("button", name=self.words_for(name)).first.click()

    def follows(self, name: str) -> None:
        self.page.get_by_role("link", name=self.words_for(name)).first.click()

    def types(self, label: str, text: str) -> None:
        self.page.get_by_label(self.words_for(label)).first.fill(text)

    def chooses(self, label: str) -> None:
        self.page.get_by_label(self.words_for(label)).check()

    def sees(self, *texts: str) -> None:
        for text in texts:
            expect(self.page.get_by_text(self.words_for(text)).first).to_be_visible()

    def sees_headline(self, text: str) -> None:
        expect(self.page.get_by_role("heading", level=1, name=self.words_for(text))).to_be_visible()

    def is_at(self, path: str) -> None:
        expect(self.page).to_have_url(re.compile(re.escape(self.url + path)))

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path


class Member(Visitor):
    """Somebody with an account, or with what they know of somebody's."""

    def gives_password(self, email: str, password: str) -> None:
        self.opens("/account/sign-in/")
        self.types("E-mail address", email)
        self.types("Password", password)
        self.presses("Continue")

    def gives_code(self, app: CodeApp) -> None:
        self.types("Code from your authenticator app", app.code())
        self.presses("Confirm")

    def signs_in(self, email: str, password: str, app: CodeApp) -> None:
        self.gives_password(email, password)
        self.is_at("/account/sign-in/verify/")
        self.gives_code(app)
        expect(self.page.get_by_role("button", name=self.words_for("Sign out"))).to_be_visible()

    def is_signed_out(self) -> None:
        """The next page that they ask for is the door."""
        self.opens("/account/")
        self.is_at("/account/sign-in/")

    def is_not_let_in(self, email: str, password: str) -> None:
        self.gives_password(email, password)
        self.sees("The e-mail address or password is incorrect.")


class Claimant(Visitor):
    """Somebody who asks for a call, signed in nowhere."""

    def asks(
        self, email: str, number: str = "090-1234-5678", door: str = "My account was taken over"
    ) -> None:
        self.opens("/help/")
        self.follows(door)
        self.says(email, number)
        self.sends()
        self.is_at("/status/")

    def sends(self) -> None:
        """The last button: what it says depends on whether somebody is at the desk."""
        self.page.get_by_role("button", name=self._either("Call me now", "Ask for the call")).click()

    def _either(self, *texts: str) -> re.Pattern[str]:
        words = (self.words_for(text) for text in texts)
        return re.compile("|".join(one if isinstance(one, str) else one.pattern for one in words))

    def says(self, email: str, number: str = "090-1234-5678") -> None:
        """From what they noticed to all answers once more."""
        self.sees_headline("What did you notice?")
        self.presses("Continue")
        self.types("E-mail address", email)
        self.presses("Continue")
        self.types("Your phone number", number)
        self.presses("Continue")
        self.sees_headline("When should we call?")
        self.presses("Continue")
        self.reads("Check your answers")

    @property
    def headline(self) -> Locator:
        return self.page.get_by_role("heading", level=1)

    def reads(self, headline: str) -> None:
        """The page says it, by itself."""
        expect(self.headline).to_have_text(re.compile(self.words_for(headline)))

    @property
    def words(self) -> list[str]:
        return self.page.locator("#call .words b").all_inner_texts()

    @property
    def code(self) -> str:
        shown = self.page.locator("#call .code .groups")
        expect(shown).to_be_visible()
        return shown.inner_text().replace("\n", "").replace(" ", "")

    def answers(self, label: str, code: str) -> None:
        """Type what the agent asks for: here, and never on the phone."""
        field = self.page.get_by_label(self.words_for(label))
        field.fill(code)
        self.page.locator("form", has=field).get_by_role("button", name=self.words_for("Send")).click()

    def cancels(self) -> None:
        self.follows("Cancel the call")
        self.presses("Cancel the call")
        self.reads("The call has been cancelled")


class Agent(Member):
    """At the desk."""

    def comes_in(self, agent: Actor, app: CodeApp | None = None) -> None:
        self.app = app or CodeApp(agent.key)
        self.signs_in(agent.email, agent.password, self.app)
        self.follows("Desk")
        self.is_at("/desk/")
        self.page.wait_for_load_state()  # a key that is pressed before the scripts have come does nothing

    def goes_on_duty(self) -> None:
        self.presses("Go on duty")
        # Where somebody waits already, the offer may be there before the page is.
        presence = self.page.locator("#presence")
        on_duty, offered = self.words_for("On duty"), self.words_for("Call offered")
        expect(presence).to_contain_text(re.compile(f"{on_duty}|{offered}"))
        self.sees_headline("You’re on duty")

    @property
    def offer(self) -> Locator:
        return self.page.get_by_role("alertdialog", name=self.words_for("A call for you"))

    def is_offered(self, *words: str) -> None:
        expect(self.offer).to_be_visible()
        for text in words:
            expect(self.offer).to_contain_text(text)

    def accepts(self) -> None:
        self.presses("Accept", self.offer)
        expect(self.page).to_have_url(re.compile("/desk/case/"))

    @property
    def bar(self) -> Locator:
        return self.page.get_by_role("region", name=self.words_for("The call"))

    @property
    def side(self) -> Locator:
        return self.page.locator("#side")

    @property
    def words(self) -> list[str]:
        return self.bar.locator(".words b").all_inner_texts()

    def calls(self) -> None:
        self.presses("Start the call", self.bar)
        expect(self.bar).to_contain_text(self.words_for("Dial this number"))

    def is_answered(self) -> None:
        self.presses("Answered", self.bar)
        expect(self.bar).to_contain_text(self.words_for("On the call"))

    def types_read_out(self, code: str) -> None:
        self.bar.get_by_label(self.words_for("Code they read out")).fill(code)
        self.presses("Check", self.bar)

    def hears_the_code(self, code: str) -> None:
        self.types_read_out(code)
        expect(self.bar).to_contain_text(self.words_for("Confirmed"))

    def way(self, name: str) -> Locator:
        """One kind of evidence in the list."""
        return self.side.get_by_role("listitem").filter(has_text=self.words_for(name))

    def asks_for(self, name: str) -> None:
        self.way(name).get_by_role("button").click()
        expect(self.way(name)).to_contain_text(self.words_for("waiting for an answer, time left"))

    def sees_shown(self, name: str) -> None:
        expect(self.way(name)).to_contain_text(self.words_for("shown, valid until"))

    def hangs_up(self) -> None:
        self.presses("The call has ended", self.bar)
        expect(self.bar).to_contain_text(self.words_for("Close the case, or call again."))

    def refuses(self, reason: str) -> None:
        self.presses("Refuse…", self.side)
        dialog = self.page.get_by_role("dialog", name=self.words_for("Refuse this case?"))
        dialog.get_by_text(self.words_for(reason)).click()
        self.presses("Refuse", dialog)
        expect(self.bar).to_contain_text(self.words_for("Refused"))


def until(page: Page, true: Any, limit: float = 10) -> None:
    end = time.monotonic() + limit
    while not true():
        assert time.monotonic() < end, "it never came about"
        page.wait_for_timeout(50)
