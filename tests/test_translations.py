"""English is complete: every text has one, and pages in English show no Vietnamese words."""

from __future__ import annotations

import ast
import html
import re
import tomllib
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import Environment, nodes
from sqlalchemy import select
from werkzeug.routing import IntegerConverter, UUIDConverter

from app import dates
from app.accounts.models import User
from app.accounts.operations import start_session
from app.dates import ZONE
from app.db import db
from app.registry.models import Area, Place, Room, Unit
from app.search.understanding import understand
from app.search.vocabulary import gazetteer_of
from app.stays import countries
from app.stays.check_in import check_in
from app.stays.inputs import GuestInput, StayInput
from app.web.security import Principal
from tests.factories import (
    ClosureFactory,
    EstablishmentFactory,
    ReservationFactory,
    RoomTypeFactory,
    UserFactory,
)

ROOT = Path(__file__).parents[1]
CATALOGUE = ROOT / "app/translations/en/LC_MESSAGES/messages.po"
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%")
# Every letter that only Vietnamese has among the languages of these pages.
VIETNAMESE = re.compile(
    "[ăâđêôơưàằầèềìòồờùừỳáắấéếíóốớúứýảẳẩẻểỉỏổởủửỷãẵẫẽễĩõỗỡũữỹạặậẹệịọộợụựỵ]", re.IGNORECASE
)
# Proper names, and words that English takes over.
PROPER = (
    "Vũng Tàu", "Tiếng Việt", "đồng", "Tết", "Sóng Biển",
    # The portal answers in Vietnamese only.
    "Bản khai báo 1: Ngày đi dự kiến phải lớn hoặc bằng ngày hôm qua", "Bản khai báo",
    # The card for the driver speaks Vietnamese to him.
    "Xin đưa tôi đến",
    "ks gần bãi sau 2 người 24/12-26/12 dưới 1tr",
    # Offices and laws go by their names.
    "Công an phường", "Công an xã", "Công an đặc khu", "Luật Cư trú", "Thông tư", "Nghị định",
    "Luật", "Đ-CP", "Căn cước",
)  # fmt: skip


def without(names: Iterable[str], text: str) -> str:
    """Return the text with the names taken out, the longest first."""
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "")
    return text


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="en")


def texts(catalogue: Catalog) -> Iterator[tuple[Message, tuple[str, ...], tuple[str, ...]]]:
    """Yield each message with its Vietnamese and its English forms."""
    for message in catalogue:
        if isinstance(message.id, tuple):
            yield message, message.id, tuple(message.string)
        elif message.id:
            yield message, (message.id,), (str(message.string),)


# --- The catalogue --------------------------------------------------------------------------


def used_texts() -> set[str]:
    """Return what `make translations` finds."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    used = set()
    for mapping in project["tool"]["babel"]["mappings"]:
        folder, _, pattern = mapping["pattern"].partition("/")
        rule = [(pattern, mapping["method"])]
        for found in extract_from_dir(str(ROOT / folder), rule, keywords=KEYWORDS):
            used.add(found[2] if isinstance(found[2], str) else found[2][0])
    return used


def test_every_text_is_in_the_catalogue(catalogue: Catalog) -> None:
    """Mend it with `make translations`; then fill in what is empty in the catalogue."""
    used, kept = used_texts(), {forms[0] for _, forms, _ in texts(catalogue)}
    assert sorted(used - kept) == [], "without English"
    assert sorted(kept - used) == [], "no longer used"


def test_every_text_has_its_english(catalogue: Catalog) -> None:
    empty = [forms[0] for _, forms, english in texts(catalogue) if not all(english)]
    fuzzy = [forms[0] for message, forms, _ in texts(catalogue) if message.fuzzy]
    assert (empty, fuzzy, list(catalogue.obsolete)) == ([], [], [])


def test_placeholders_are_the_same(catalogue: Catalog) -> None:
    wrong = [
        (vietnamese, english)
        for _, forms, translated in texts(catalogue)
        for vietnamese, english in zip(forms, translated, strict=True)
        if sorted(PLACEHOLDER.findall(vietnamese)) != sorted(PLACEHOLDER.findall(english))
    ]
    assert wrong == []


def test_english_holds_no_vietnamese_words(catalogue: Catalog) -> None:
    translated = [english for _, _, forms in texts(catalogue) for english in forms]
    assert [text for text in translated if VIETNAMESE.search(without(PROPER, text))] == []


# --- Texts that no catalogue knows of -------------------------------------------------------

# Why these speak Vietnamese outside of gettext.
VIETNAMESE_BY_NATURE = {
    "app/dates.py": "the names of holidays, by which a package's are recognised",
    "app/declarations/": "what the portal of the police reads and writes",
    "app/registry/forms.py": "the đồng sign in amounts",
    "app/registry/importing/rows.py": "words of imported lists, amounts",
    "app/registry/importing/operations.py": "a type of rooms an import makes, in both languages",
    "app/registry/people/commands.py": "a purpose that houses read in both languages",
    "app/registry/test_twins/operations.py": "how the name of a test twin ends",
    "app/search/api.py": "an example of a sentence",
    "app/search/understanding/": "the vocabulary of the search",
    "app/search/wish.py": "the vocabulary of the search",
    "app/statistics/": "the names of holidays, by which they are recognised",
    "app/stays/documents/": "what documents say",
    "app/stays/imports/views.py": "the headings of the list to fill in",
    "app/stays/reading/": "what lists of guests say",
    "app/stays/words.py": "the API's words, in English",
    "app/registry/words.py": "the kinds in the names of units",
    "app/syllables.py": "letters",
    "app/text.py": "letters",
    "app/web/api.py": "the name of the site",
}


def _gettext(call: ast.Call) -> bool:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    return name in KEYWORDS


def vietnamese_in_code(path: Path) -> list[str]:
    tree = ast.parse(path.read_text())
    spared: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _gettext(node):
            spared |= {id(part) for argument in node.args for part in ast.walk(argument)}
        elif isinstance(node, ast.Expr):
            spared.add(id(node.value))
    return [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.value}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if id(node) not in spared and VIETNAMESE.search(node.value)
    ]


def vietnamese_in_template(path: Path) -> list[str]:
    tree = Environment(autoescape=True).parse(path.read_text())
    spared = {
        id(part)
        for call in tree.find_all(nodes.Call)
        if getattr(call.node, "name", "") in KEYWORDS
        for argument in call.args
        for part in (argument, *argument.find_all(nodes.Node))
    }
    written = [(part.lineno, part.data) for part in tree.find_all(nodes.TemplateData)]
    written += [
        (part.lineno, part.value)
        for part in tree.find_all(nodes.Const)
        if isinstance(part.value, str) and id(part) not in spared
    ]
    return [
        f"{path.relative_to(ROOT)}:{line}: {text.strip()}"
        for line, text in written
        if VIETNAMESE.search(without(PROPER, text))
    ]


def test_code_speaks_vietnamese_through_gettext_only() -> None:
    found = [
        fault
        for path in sorted((ROOT / "app").rglob("*.py"))
        if not f"{path.relative_to(ROOT)}".startswith(tuple(VIETNAMESE_BY_NATURE))
        for fault in vietnamese_in_code(path)
    ]
    assert found == []


def test_templates_speak_vietnamese_through_gettext_only() -> None:
    templates = sorted((ROOT / "templates").rglob("*.html"))
    assert [fault for path in templates for fault in vietnamese_in_template(path)] == []


def test_the_scans_see_what_they_look_for(tmp_path: Path, monkeypatch: Any) -> None:
    code, template = tmp_path / "a.py", tmp_path / "a.html"
    code.write_text('_("Đến")\nflash("Đã lưu")\n')
    template.write_text('<p title="{{ "Đêm" }}">{{ _("Đến") }} đây')
    monkeypatch.setitem(vietnamese_in_code.__globals__, "ROOT", tmp_path)
    assert vietnamese_in_code(code) == ["a.py:2: Đã lưu"]
    assert vietnamese_in_template(template) == ["a.html:1: đây", "a.html:1: Đêm"]


# --- Sentences that visitors can press ------------------------------------------------------

EXAMPLES = (
    "Ví dụ: khách sạn gần Bãi Sau, 2 người, cuối tuần này",
    "khách sạn gần Bãi Sau, 2 người, cuối tuần này",
    "homestay Vũng Tàu, đêm mai, 4 người",
)


@pytest.mark.parametrize("vietnamese", EXAMPLES)
def test_examples_are_understood_alike_in_both_languages(
    catalogue: Catalog, vietnamese: str
) -> None:
    message = catalogue.get(vietnamese)
    assert message is not None
    today = datetime(2026, 11, 24, tzinfo=ZONE).date()
    gazetteer = gazetteer_of(today)
    asked, english = (
        understand(sentence.partition(": ")[2] or sentence, today=today, gazetteer=gazetteer)
        for sentence in (vietnamese, str(message.string))
    )
    facts = (
        "check_in",
        "check_out",
        "adults",
        "price_max",
        "kind",
        "stars",
        "amenities",
        "near",
        "unit",
    )
    assert [getattr(english, fact) for fact in facts] == [getattr(asked, fact) for fact in facts]
    assert (english.text, asked.text) == ("", "")


# --- Pages ----------------------------------------------------------------------------------

NOW = datetime(2026, 12, 24, 15, 0, tzinfo=ZONE)
KINDS_OF_UNITS = re.compile("^(Phường|Xã|Thị trấn|Đặc khu) ")
ROLES = ("visitor", "front_desk", "manager", "ward_official", "province_official", "admin")
NOT_A_PAGE = {"static", "health.healthz", "health.readyz", "metrics.metrics"}
# An argument that names nothing, by the kind that its rule asks for.
INVENTED = {UUIDConverter: uuid.UUID(int=1), IntegerConverter: 1}
# A sign that each role reaches its own pages, and not only refusals.
OWN_PAGES = {
    "visitor": {"search.home", "search.results", "search.establishment", "accounts.sign_in"},
    "front_desk": {"stays.tonight_page", "stays.new", "stay.show", "reservations.edit"},
    "manager": {"settings.profile", "room.show", "people.staff", "upkeep.out_of_order"},
    "ward_official": {"admin.establishment", "statistics.occupancy_page"},
    "province_official": {"missing.houses", "statistics.formula", "admin.establishment_map"},
    "admin": {"people.everybody", "audit.log"},
}
# Pages that look otherwise when asked in another way.
OTHER_WAYS = (
    "/search?lang=en&q=hotel near Front Beach, 24/12 - 26/12, 3 star with pool under 1.5 million",
    "/search?lang=en&check_in=2026-12-25&check_out=2026-12-27&adults=2&children=1&rooms=2&unit=26506",
    "/search?lang=en&check_in=2020-01-01&adults=many&bbox=1",
    "/search?lang=en&q=zzzz qqqq&kind=hotel&stars=5&amenities=pool",
    "/establishments/{code}?lang=en&check_in=2026-12-25&check_out=2026-12-27",
    "/hotel/{code}/calendar?lang=en&from=2027-02-01",
    "/hotel/{code}/stays?lang=en&state=departed",
    "/statistics/occupancy?lang=en&by=unit&from=2026-12-01&to=2026-12-31",
    "/statistics/occupancy?lang=en&by=stars&from=2026-12-01&to=2020-12-31",
    "/statistics/guests?lang=en&by=month",
    "/statistics/origins?lang=en&by=month",
    "/statistics/occupancy?lang=en&by=kind&format=csv",
    "/admin/establishments?lang=en&status=applied&q=Shell",
)
# Forms sent empty come back with what is wrong.
FORMS = (
    ("visitor", "/sign-in", "/sign-in"),
    ("visitor", "/apply", "/apply"),
    ("visitor", "/claim", "/claim"),
    ("front_desk", "/hotel/{code}/stays/new", "/hotel/{code}/stays"),
    ("front_desk", "/hotel/{code}/reservations/new", "/hotel/{code}/reservations"),
    ("front_desk", "/hotel/{code}/out-of-order", "/hotel/{code}/out-of-order"),
    ("front_desk", "/hotel/{code}/calendar", "/hotel/{code}/nights"),
    ("manager", "/hotel/{code}/settings/room-types", "/hotel/{code}/settings/room-types"),
    ("manager", "/hotel/{code}/settings/closures", "/hotel/{code}/settings/closures"),
    ("manager", "/hotel/{code}/people", "/hotel/{code}/people"),
    ("admin", "/admin/people", "/admin/people"),
)


class World:
    """A house with guests and all that pages need, named without marks; and who looks at it."""

    def __init__(self) -> None:
        self.house = EstablishmentFactory(name="Pearl", address="12 Ha Long", stars=3)
        room_type = RoomTypeFactory(establishment=self.house, rooms=3, code="DBL", name="Double")
        self.people: dict[str, User | None] = {
            "visitor": None,
            "front_desk": UserFactory(name="Lan", front_desk_of=self.house),
            "manager": UserFactory(name="Minh", manager_of=self.house),
            "ward_official": UserFactory(name="Hoa", ward_official_of="26506"),
            "province_official": UserFactory(name="Son", province_official=True),
            "admin": UserFactory(name="Binh", admin=True),
        }
        reservation = ReservationFactory(room_type=room_type, arrival=dates.today())
        ClosureFactory(
            establishment=self.house,
            start=dates.today() + timedelta(days=40),
            end=dates.today() + timedelta(days=44),
            reason="Repair",
        )
        EstablishmentFactory(name="Shell", address="1 Ha Long", applied=True)
        # With a second house the ward's figures are no single house's, which ask for a reason.
        EstablishmentFactory(name="Coral", address="2 Ha Long")
        stay = self._stay()
        self.values: dict[str, Any] = {
            "code": self.house.code,
            "room": "102",
            "room_id": db.session.scalar(select(Room.id).where(Room.number == "102")),
            "type_id": room_type.id,
            "reservation_id": reservation.id,
            "stay_id": stay.id,
            "guest_id": stay.guests[0].id,
            "name": "occupancy_net",
        }
        db.session.commit()

    def _stay(self) -> Any:
        arrived = dates.now() - timedelta(hours=1)
        guests = (
            GuestInput("VNM", "Tran Minh", sex="M", document_type="citizen_id",
                       document_number="077190123456"),
            GuestInput("SWE", "ERIKSSON ANNA", sex="F", document_type="passport",
                       document_number="L8988901"),
        )  # fmt: skip
        given = StayInput(arrived, dates.today() + timedelta(days=2), room="101", guests=guests)
        by = Principal("user", self.people["front_desk"].id, houses={self.house.id: "front_desk"})  # type: ignore[union-attr]
        return check_in(self.house, given, by=by).stay

    def names(self) -> set[str]:
        """Return the names that stay Vietnamese in English: places, but not the word for a ward."""
        units = {KINDS_OF_UNITS.sub("", name) for name in db.session.scalars(select(Unit.name))}
        units = {name for name in units if not name.isdecimal()}
        areas, places = select(Area.name), select(Place.name)
        abroad = {name for _code, name in countries.choices("en")}
        return {*PROPER, *units, *abroad, *db.session.scalars(areas), *db.session.scalars(places)}


@pytest.fixture
def world(db_session: Any) -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield World()


def sign_in(client: FlaskClient, user: User | None) -> None:
    if user is None:
        return
    token = start_session(user, address="127.0.0.1", browser="test")
    db.session.commit()
    with client.session_transaction() as session:
        session["token"] = token


def addresses(app: Flask, values: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield every page of the application, arguments that are not known invented."""
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or rule.endpoint in NOT_A_PAGE:
                continue
            if rule.rule.startswith("/api/") and not rule.endpoint.startswith("docs."):
                continue
            known = {
                name: values.get(name, INVENTED.get(type(rule._converters[name]), "x"))
                for name in rule.arguments
            }
            yield rule.endpoint, app.url_for(rule.endpoint, **known, lang="en")
    for address in OTHER_WAYS:
        yield "", address.format(**values)


def vietnamese_words(text: str, names: Iterable[str]) -> list[str]:
    # What is marked as Vietnamese is meant for a Vietnamese reader.
    text = re.sub(r'<section [^>]*lang="vi".*?</section>|<!--.*?-->', "", text, flags=re.DOTALL)
    shown = without(names, html.unescape(text))
    return [shown[max(0, at.start() - 30) : at.end() + 30] for at in VIETNAMESE.finditer(shown)]


@pytest.mark.parametrize("role", ROLES)
def test_pages_in_english_show_no_vietnamese(
    role: str, app: Flask, client: FlaskClient, world: World
) -> None:
    names = world.names()
    sign_in(client, world.people[role])
    found, seen = {}, set()
    for endpoint, address in addresses(app, world.values):
        answer = client.get(address)
        assert answer.status_code < 500, address
        if answer.mimetype not in ("text/html", "text/csv"):
            continue
        if answer.status_code == 200:
            seen.add(endpoint)
        if words := vietnamese_words(answer.text, names):
            found[address] = words[:3]
    assert found == {}, "\n".join(map(str, found.items()))
    assert OWN_PAGES[role] <= seen


@pytest.mark.parametrize(("role", "page", "address"), FORMS)
def test_forms_refuse_in_english(
    role: str, page: str, address: str, client: FlaskClient, world: World
) -> None:
    sign_in(client, world.people[role])
    shown = client.get(f"{page.format(**world.values)}?lang=en").text
    tokens = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', shown)
    sent = {"csrf_token": tokens[-1], "email": "nobody", "price": "much", "arrived_on": "some day"}
    answer = client.post(f"{address.format(**world.values)}?lang=en", data=sent)
    assert answer.status_code == 422
    assert vietnamese_words(answer.text, world.names()) == []
