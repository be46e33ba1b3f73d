"""Comparing changed houses with the searches that are waited on, and telling what opened."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import exists, func, select
from sqlalchemy.dialects.postgresql import insert

from app import dates
from app.db import db, new_id
from app.registry.models import Establishment
from app.search.fallback import houses_with_room
from app.search.items import Item, read_items
from app.search.watches.models import PUSH, PushNotice, Watch, WatchChecked, WatchHouse
from app.search.watches.operations import about, forget_ended, link_of, search_link, wish_of
from app.search.wish import Wish
from app.web import mail
from app.web.filters import money

MOST_HOUSES = 200
# A house that fills and empties within half a day is not told again.
AGAIN_AFTER = timedelta(hours=12)
MOST_NAMED = 5
# Who has got so many messages of one search has stopped reading them.
MOST_TOLD = 30


def tick() -> bool:
    """Compare some changed houses with every watch; returns whether more wait. Commits.

    Versions are read before the vacancies: whatever changes in between raises the version again.
    """
    forget_ended()
    if not db.session.scalar(select(exists().where(Watch.confirmed_at.is_not(None)))):
        return False
    changed = _changed()
    if changed:
        known = _known(list(changed))
        for wish, watches in _by_wish():
            open_now = houses_with_room(wish, list(changed))
            for watch in watches:
                _compare(watch, wish, known.get(watch.id, {}), open_now)
        _note_checked(changed)
    db.session.commit()
    return len(changed) == MOST_HOUSES


def _changed() -> dict[int, int]:
    """Return houses whose version was not compared yet."""
    seen = func.coalesce(WatchChecked.version, 0)
    rows = db.session.execute(
        select(Establishment.id, Establishment.search_version)
        .outerjoin(WatchChecked, WatchChecked.establishment_id == Establishment.id)
        .where(Establishment.search_version > seen)
        .order_by(Establishment.id)
        .limit(MOST_HOUSES)
    )
    return {row.id: row.search_version for row in rows}


def _note_checked(changed: dict[int, int]) -> None:
    statement = insert(WatchChecked).values(
        [{"establishment_id": house, "version": version} for house, version in changed.items()]
    )
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["establishment_id"], set_={"version": statement.excluded.version}
        )
    )


def _by_wish() -> list[tuple[Wish, list[Watch]]]:
    """Return the watches, those for the same search together, since it is asked once for all."""
    watches = db.session.scalars(
        select(Watch)
        .where(Watch.confirmed_at.is_not(None))
        .order_by(Watch.id)
        # A stop waits until what it would leave dangling is written.
        .with_for_update(read=True, key_share=True)
    )
    groups: dict[str, list[Watch]] = defaultdict(list)
    for watch in watches:
        groups[json.dumps(watch.parameters, sort_keys=True)].append(watch)
    found = [(wish_of(group[0]), group) for group in groups.values()]
    return [(wish, group) for wish, group in found if wish is not None and wish.stay is not None]


def _known(houses: Sequence[int]) -> dict[uuid.UUID, dict[int, WatchHouse]]:
    """Return what each watch last saw of the houses."""
    rows = db.session.scalars(select(WatchHouse).where(WatchHouse.establishment_id.in_(houses)))
    found: dict[uuid.UUID, dict[int, WatchHouse]] = defaultdict(dict)
    for row in rows:
        found[row.watch_id][row.establishment_id] = row
    return found


def _compare(watch: Watch, wish: Wish, known: dict[int, WatchHouse], open_now: set[int]) -> None:
    since = dates.now() - AGAIN_AFTER
    news = []
    for house in sorted(open_now):
        row = known.get(house)
        if row is not None and row.is_open:
            continue
        if row is None:
            row = WatchHouse(watch_id=watch.id, establishment_id=house)
            db.session.add(row)
        row.is_open = True
        if row.told_at is None or row.told_at < since:
            news.append(house)
            row.told_at = dates.now()
    for house, row in known.items():
        if row.is_open and house not in open_now:
            row.is_open = False
    if news and watch.told < MOST_TOLD:
        _tell(watch, wish, news)


# --- Telling -----------------------------------------------------------------------------------


def _tell(watch: Watch, wish: Wish, houses: Sequence[int]) -> None:
    """Write the message; what is vacant is read once more, as a search prints it."""
    items = read_items(houses, replace(wish, page=1))
    if not items:
        return
    watch.told, watch.told_at = watch.told + 1, dates.now()
    with force_locale(watch.lang):
        title = ngettext(
            "Có phòng ở %(num)s nơi bạn chờ", "Có phòng ở %(num)s nơi bạn chờ", len(items)
        )
        if watch.channel == PUSH:
            _push(watch, title, items)
        else:
            _mail(watch, title, items)


def _push(watch: Watch, title: str, items: Sequence[Item]) -> None:
    content = {
        "title": title,
        "body": "; ".join(_line(item) for item in items[:MOST_NAMED]),
        "url": search_link(watch),
        "stop": link_of(watch),
        "stop_label": _("Thôi báo"),
        "tag": watch.id.hex,
    }
    db.session.add(PushNotice(id=new_id(), watch_id=watch.id, content=content, due_at=dates.now()))


def _mail(watch: Watch, title: str, items: Sequence[Item]) -> None:
    lines = [about(watch), ""]
    lines += [
        f"- {_line(item)}{f', {item.phone}' if item.phone else ''}" for item in items[:MOST_NAMED]
    ]
    lines += ["", _("Xem và gọi ngay, phòng không được giữ:"), search_link(watch), ""]
    lines += ["-- ", _("Thôi báo: %(url)s", url=link_of(watch))]
    mail.queue(
        watch.contact or "",
        title,
        "\n".join(lines) + "\n",
        unsubscribe_url=link_of(watch, "/stop"),
    )


def _line(item: Item) -> str:
    price = item.offer.total_price if item.offer else None
    return f"{item.name} ({money(price)})" if price is not None else item.name
