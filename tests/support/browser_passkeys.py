"""The virtual authenticator of a browser, by its debugging protocol: what a phone or a laptop has inside."""

from typing import Any

from playwright.sync_api import Page

PLATFORM = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class VirtualAuthenticator:
    def __init__(self, page: Page, **options: Any) -> None:
        self._cdp = page.context.new_cdp_session(page)
        self._cdp.send("WebAuthn.enable", {"enableUI": False})
        made = self._cdp.send("WebAuthn.addVirtualAuthenticator", {"options": {**PLATFORM, **options}})
        self._id = made["authenticatorId"]

    def credentials(self) -> list[dict[str, Any]]:
        found = self._cdp.send("WebAuthn.getCredentials", {"authenticatorId": self._id})
        return list(found["credentials"])

    def verifies(self, on: bool) -> None:
        """Does its person's finger fit?"""
        self._cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self._id, "isUserVerified": on})

    def turned_back(self, count: int = 0) -> None:
        """Its counter goes back, as that of a copy."""
        (one,) = self.credentials()
        name = {"authenticatorId": self._id, "credentialId": one["credentialId"]}
        self._cdp.send("WebAuthn.removeCredential", name)
        kept = {key: value for key, value in one.items() if value not in (None, "")} | {"signCount": count}
        self._cdp.send("WebAuthn.addCredential", {"authenticatorId": self._id, "credential": kept})
