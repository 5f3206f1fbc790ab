"""People for a figure: accounts with a password and a code app, made by the portal's own services."""

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devtools.personas import WINDOWS, Browser

if TYPE_CHECKING:
    from accounts.models import User

PASSWORD = "midnight-lantern-orchard"
HOME = Browser(WINDOWS, "126.72.14.9")


@dataclass
class Member:
    """A user with what they know: password and the key in their code app."""

    user: "User"
    key: str

    @property
    def code(self) -> str:
        """What the code app shows now."""
        from common import clock
        from devtools.story import totp_at

        return totp_at(base64.b32decode(self.key), clock.now())


def join(email: str, *, role: str = "user", language: str = "en", languages: tuple[str, ...] = ()) -> Member:
    """Sign up, bind a code app, and have signed in once from :data:`HOME`, yesterday."""
    from datetime import timedelta

    from accounts.authenticators.totp import services as totp
    from accounts.models import Session
    from accounts.sign_up import services as sign_up
    from audit import context
    from common import clock
    from common.network import origin_of
    from devtools.story import totp_at

    yesterday = clock.now() - timedelta(days=1)
    origin = origin_of({"HTTP_X_FORWARDED_FOR": HOME.address, "HTTP_USER_AGENT": HOME.agent})
    key = totp.new_key()
    with clock.pretend(yesterday), context.use(context.Context(origin=origin)):
        user = sign_up.create(
            email=email,
            name=email.partition("@")[0].title(),
            password=PASSWORD,
            language=language,
            zone="Asia/Tokyo",
            role=role,
            languages=languages,
        )
        code = totp_at(base64.b32decode(key), yesterday)
        totp.bind(user=user, key=key, code=code, name="Phone")
        Session.objects.create(
            user=user,
            verified_at=yesterday,
            factor="totp",
            address=origin.address,
            country=origin.country,
            browser=origin.browser,
        )
    return Member(user, key)
