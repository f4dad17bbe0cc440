"""Keys: said on a page, turned off by whoever is bothered by them."""

from __future__ import annotations

import re
from pathlib import Path

from motcua.web.desk import keys

JS = Path(keys.__file__).parents[1] / "static" / "motcua" / "js"


class TestKeys:
    def test_are_said_on_a_page_without_javascript(self, business_page):
        page = business_page.get("/ban-viec/phim-tat/").content.decode()

        assert "<kbd>j</kbd>" in page
        assert "data-keys-table" in page
        assert 'href="/ban-viec/phim-tat/" data-key="?"' in business_page.get("/ban-viec/").content.decode()

    def test_single_ones_can_be_turned_off_and_on(self, business_page):
        assert 'data-keys="off"' not in business_page.get("/ban-viec/phim-tat/").content.decode()

        business_page.post("/look", {"keys": "off", "next": "/ban-viec/phim-tat/"})
        page = business_page.get("/ban-viec/phim-tat/").content.decode()
        assert 'data-keys="off"' in page
        assert "Bật phím một chữ" in page

        business_page.post("/look", {"keys": "on"})
        assert 'data-keys="off"' not in business_page.get("/ban-viec/").content.decode()

    def test_each_key_that_is_said_does_something(self):
        """A letter on the page stands in the scripts or as data-key in a template of the desk."""
        scripts = "".join((JS / name).read_text() for name in ("desk.js", "papers.js", "prefs.js"))
        folder = Path(keys.__file__).parents[1] / "templates"
        drawn = "".join(p.read_text() for p in [*folder.glob("desk/*.html"), *folder.glob("base/*.html")])
        known = set(re.findall(r"^\s+(\w): \(\)", scripts, re.MULTILINE))
        known |= set(re.findall(r'data[-_]key="(.)"', drawn)) | {"Enter", "Esc", "g", "1", "+", "-", "r"}

        said = {key for _title, listed in keys.GROUPS for pressed, _does in listed for key in pressed.split()}

        assert said <= known
