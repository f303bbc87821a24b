"""Somebody at a browser in one language, whose clicks are counted."""

from playwright.sync_api import Locator, Page

from tests.browser.steps import button, said
from tests.browser.test_every_page import faults, too_wide
from tests.browser.window import NARROWEST

LOCALES = {"en": "en-GB", "de": "de-DE"}


class Hand:
    def __init__(self, page: Page, language: str, *, script: bool) -> None:
        self.page, self.language, self.script, self.clicks = page, language, script, 0

    def says(self, text: str) -> str:
        return said(text, self.language)

    def button(self, text: str) -> None:
        self.click(button(self.page, text, self.language))

    def link(self, text: str) -> None:
        self.click(self.page.get_by_role("link", name=self.says(text), exact=True))

    def click(self, what: Locator) -> None:
        self.clicks += 1
        what.click()

    def looks_well(self) -> None:
        if not self.script:  # axe is a script
            return
        assert faults(self.page) == []
        before = self.page.viewport_size
        self.page.set_viewport_size(NARROWEST)
        assert too_wide(self.page) == []
        self.page.set_viewport_size(before)
