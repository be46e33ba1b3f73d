"""What every page must be, and whether a fragment that was swapped in equals a reload."""

from __future__ import annotations

from collections import Counter
from typing import Any

import html5lib
from lxml import etree
from lxml.html import HtmlElement, document_fromstring, fragment_fromstring
from werkzeug.test import TestResponse


def gate(response: TestResponse) -> HtmlElement:
    """Return the page's document after checking what every page promises.

    Well-formed; one h1, with which the title begins; no id twice; every form says where it goes;
    every label and description points at something.
    """
    text = response.get_data(as_text=True)
    parser = html5lib.HTMLParser(strict=False)
    parser.parse(text)
    assert [error for error in parser.errors if error[1] not in TOLERATED] == []
    document = document_fromstring(text)
    headings = document.findall(".//h1")
    assert len(headings) == 1, "a page has one h1"
    heading = " ".join(headings[0].text_content().split())
    assert " ".join(document.findtext(".//title").split()).startswith(heading)
    ids = Counter(element.get("id") for element in document.xpath("//*[@id]"))
    assert [name for name, count in ids.items() if count > 1] == []
    assert [form for form in document.findall(".//form") if not form.get("action")] == []
    for attribute in ("for", "aria-describedby", "aria-labelledby"):
        for element in document.xpath(f"//*[@{attribute}]"):
            assert set(element.get(attribute).split()) <= ids.keys(), (attribute, element.attrib)
    return document


# An unknown element name of SVG inside HTML is none of ours to mend.
TOLERATED: frozenset[str] = frozenset()


def token_of(client: Any) -> str:
    """Return the form token of whoever is signed in."""
    page = document_fromstring(client.get("/account").get_data(as_text=True))
    (token,) = page.xpath("//meta[@name='csrf-token']/@content")
    return str(token)


def swap(client: Any, before: str, after: str, fragment: str) -> None:
    """Check that going from one address to another by its fragment equals loading it.

    The page at ``before`` is fetched, the fragment at ``after`` swapped into it, and its part with
    the fragment's id compared with that of the whole page at ``after``.
    """
    whole_before = gate(client.get(before))
    assert whole_before.xpath(f"//*[@id='{fragment}']"), f"no #{fragment} to swap"
    headers = {"HX-Request": "true", "HX-Target": f"div#{fragment}"}
    answer = client.get(after, headers=headers)
    assert "HX-Request" in answer.headers["Vary"]
    swapped_in = fragment_fromstring(answer.get_data(as_text=True).strip())
    assert swapped_in.get("id") == fragment, "a fragment has one root with its own id"
    (reloaded,) = gate(client.get(after)).xpath(f"//*[@id='{fragment}']")
    assert _plain(swapped_in) == _plain(reloaded)


def _plain(element: HtmlElement) -> str:
    for field in element.xpath(".//input[@name='csrf_token']"):
        field.set("value", "")
    element.tail = None
    text = etree.tostring(element, method="c14n").decode()
    return " ".join(text.split())
