"""The engine: its settings, its indexes, its documents and tasks, and searching in it.

The only module that imports the engine's client. Nothing here knows the database.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple, Self

import meilisearch
from meilisearch.errors import MeilisearchApiError, MeilisearchError

from app.local import SearchServer
from app.search.documents import Document
from app.search.wire import Away, Question, Wire

# For building and filling an index; a search has its own deadline.
CLIENT_SECONDS = 20
TASK_SECONDS = 120.0
FETCH = 1000

_EQUALITY = {"facetSearch": False, "filter": {"equality": True, "comparison": False}}
_COMPARISON = {"facetSearch": False, "filter": {"equality": False, "comparison": True}}

SETTINGS: dict[str, Any] = {
    "searchableAttributes": [
        "name",
        "name_en",
        "address",
        "unit_name",
        "description",
        "description_en",
    ],
    "displayedAttributes": ["establishment", "name", "name_en"],
    "distinctAttribute": "establishment",
    "filterableAttributes": [
        # In the object form the engine would not know it as a position.
        "_geo",
        {
            "attributePatterns": ["vacant", "base", "kind", "stars", "unit", "amenities"],
            "features": _EQUALITY,
        },
        {
            "attributePatterns": ["price", "capacity", "confirmed_at"],
            "features": _COMPARISON,
        },
    ],
    "sortableAttributes": ["price", "stars", "confirmed_at", "folded", "_geo"],
    # What was asked for as an order comes before the words; without one, sort does nothing.
    "rankingRules": ["sort", "words", "typo", "proximity", "attribute", "exactness"],
    "typoTolerance": {
        "disableOnNumbers": True,
        "minWordSizeForTypos": {"oneTypo": 4, "twoTypos": 8},
    },
    "faceting": {"maxValuesPerFacet": 500},
    "pagination": {"maxTotalHits": 1_000_000},
    # Beyond any deadline of ours: the engine must never answer half a ranking without a word.
    "searchCutoffMs": 5000,
    "facetSearch": False,
}


def settings_hash() -> str:
    """Return the mark of the settings; an index made with others is never changed, but replaced."""
    return blake2b(json.dumps(SETTINGS, sort_keys=True).encode(), digest_size=6).hexdigest()


class Refused(Exception):
    """The engine understood and said no; ``code`` is its own word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class IndexMissing(Refused):
    """The index is not there: never made, lost or already replaced."""


class TaskFailed(Refused):
    """A task was taken and failed; nothing of it is in the index."""


class Stored(NamedTuple):
    """What the index says it holds of a document."""

    id: str
    establishment_id: int
    hash: str


class Search:
    """Queries that the engine is at; leaving the block gives up what was not asked for."""

    def __init__(self, question: Question, count: int) -> None:
        self.question, self.count = question, count

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.question.__exit__()

    def results(self) -> list[dict[str, Any]]:
        """Wait for them; raises as :meth:`Engine.search` does."""
        status, answer = self.question.answer()
        if not isinstance(answer, dict):
            raise Away("no object")
        if status != 200:
            raise _refusal(str(answer.get("code")))
        results = answer.get("results")
        if not isinstance(results, list) or len(results) != self.count:
            raise Away("no results")
        return results


class Engine:
    """One Meilisearch server."""

    def __init__(self, server: SearchServer) -> None:
        self.server = server
        self.wire = Wire(server.url, server.key)

    # --- Searching -----------------------------------------------------------------------------

    def search(self, queries: Sequence[dict[str, Any]], seconds: float) -> list[dict[str, Any]]:
        """Run the queries in one request, within the deadline.

        Raises :class:`Away`, :class:`IndexMissing` or :class:`Refused`.
        """
        with self.begin(queries, seconds) as search:
            return search.results()

    def begin(self, queries: Sequence[dict[str, Any]], seconds: float) -> Search:
        """Have the queries run, while something else is done; their results are asked for later."""
        question = self.wire.begin("/multi-search", {"queries": list(queries)}, seconds)
        return Search(question, len(queries))

    # --- Indexes -------------------------------------------------------------------------------

    def make(self, uid: str) -> str:
        """Make an index with the settings and return the engine's stamp of its making."""
        self._wait(self._call("create_index", uid, {"primaryKey": "id"}).task_uid)
        task = self._call("index", uid, then="update_settings", arguments=[SETTINGS])
        self._wait(task.task_uid)
        made_at = self.made_at(uid)
        if made_at is None:
            raise IndexMissing("index_not_found")
        return made_at

    def made_at(self, uid: str) -> str | None:
        """Return the stamp of the index's making; None where there is no such index."""
        try:
            return str(self._call("get_raw_index", uid)["createdAt"])
        except IndexMissing:
            return None

    def drop(self, uid: str) -> None:
        """Delete the index, if it is there."""
        try:
            self._wait(self._call("delete_index", uid).task_uid)
        except IndexMissing:
            return

    def uids(self) -> list[str]:
        return [one["uid"] for one in self._call("get_raw_indexes", {"limit": 1000})["results"]]

    # --- Documents -----------------------------------------------------------------------------

    def change(self, uid: str, added: Sequence[Document], removed: Sequence[str]) -> None:
        """Add (whole documents) and remove, and return when both are searchable.

        Raises :class:`TaskFailed` where the engine refused a document: then nothing of the
        ``added`` is there.
        """
        tasks = []
        if added:
            # The client sends an empty list as null.
            task = self._call("index", uid, then="add_documents", arguments=[list(added)])
            tasks.append(task.task_uid)
        if removed:
            # By their ids: the client has this by filter only, which is no part of a batch.
            path = f"/indexes/{uid}/documents/delete-batch"
            status, answer = self.wire.post(path, list(removed), CLIENT_SECONDS)
            if status != 202:
                raise _refusal(str(answer.get("code")))
            tasks.append(int(answer["taskUid"]))
        for number in tasks:
            self._wait(number)

    def count(self, uid: str) -> int:
        return int(self._call("index", uid, then="get_stats", arguments=[]).number_of_documents)

    def stored(self, uid: str) -> Iterator[Stored]:
        """Return what the index holds, document by document."""
        offset = 0
        while True:
            found = self._stored(uid, {"limit": FETCH, "offset": offset})
            yield from found
            if len(found) < FETCH:
                return
            offset += FETCH

    def stored_of(self, uid: str, ids: Sequence[str]) -> Iterator[Stored]:
        """Return what the index holds of these documents."""
        for start in range(0, len(ids), FETCH):
            yield from self._stored(uid, {"limit": FETCH, "ids": ids[start : start + FETCH]})

    def _stored(self, uid: str, part: dict[str, Any]) -> list[Stored]:
        wanted = {"fields": ["id", "establishment", "hash"], **part}
        found = self._call("index", uid, then="get_documents", arguments=[wanted]).results
        return [
            Stored(str(one["id"]), int(one.get("establishment", 0)), str(one.get("hash", "")))
            for one in map(dict, found)
        ]

    # --- Tasks ---------------------------------------------------------------------------------

    def forget_tasks(self, before: datetime) -> None:
        """Delete finished tasks: left alone they pile up and fill the disk."""
        done = {
            "statuses": "succeeded,failed,canceled",
            "beforeFinishedAt": before.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        self._wait(self._call("delete_tasks", done).task_uid)

    def wasted(self) -> float:
        """Return how many times its used size the database takes on disk; it never shrinks."""
        stats = self._call("get_all_stats")
        return float(stats["databaseSize"]) / max(1.0, float(stats["usedDatabaseSize"]))

    def _wait(self, number: int) -> None:
        """Wait for a task to end; a task that was lost with its server is :class:`Away`."""
        deadline = time.monotonic() + TASK_SECONDS
        pause = 0.005
        while True:
            found = self._task(number)
            if found["status"] == "succeeded":
                return
            if found["status"] in ("failed", "canceled"):
                code = str((found.get("error") or {}).get("code", found["status"]))
                raise IndexMissing(code) if code == "index_not_found" else TaskFailed(code)
            if time.monotonic() > deadline:
                raise Away("task")
            time.sleep(pause)
            pause = min(pause * 1.5, 0.05)

    def _task(self, number: int) -> dict[str, Any]:
        """Return how a task stands; asked for too often to open a connection each time."""
        status, answer = self.wire.get(f"/tasks/{number}", CLIENT_SECONDS)
        if not isinstance(answer, dict):
            raise Away("no object")
        if status != 200:
            raise _refusal(str(answer.get("code")))
        return {"status": None, **answer}

    def _call(
        self, method: str, *given: Any, then: str | None = None, arguments: Sequence[Any] = ()
    ) -> Any:
        # A client of its own for each call: it keeps headers on itself and is used by threads.
        client = meilisearch.Client(self.server.url, self.server.key, timeout=CLIENT_SECONDS)
        try:
            found = getattr(client, method)(*given)
            return getattr(found, then)(*arguments) if then else found
        except MeilisearchApiError as error:
            raise _refusal(str(error.code)) from None
        except (MeilisearchError, ValueError) as error:
            raise Away(type(error).__name__) from None


def _refusal(code: str) -> Exception:
    if code == "index_not_found":
        return IndexMissing(code)
    # The server is there but not itself: restarting, over its limits, another's key.
    if code in ("None", "task_not_found", "no_space_left_on_device", "too_many_search_requests"):
        return Away(code)
    return Refused(code)
