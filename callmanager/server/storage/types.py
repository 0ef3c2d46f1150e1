"""Column types shared by SQLite and PostgreSQL: instants and JSON are stored as text, in one spelling and order."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import BigInteger, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

from callmanager.domain.clock import from_wire, to_wire

# Numbers of changes never run out. SQLite's INTEGER has 64 bits already, and only that word makes a key the rowid.
BigNumber = BigInteger().with_variant(Integer(), "sqlite")

# Text that is compared or sorted: by code point on both databases, whatever language PostgreSQL was set up for.
Sortable = Text().with_variant(Text(collation="C"), "postgresql")


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, stored as `2026-11-22T10:53:31.123Z`, so that rows go to the wire as they are."""

    impl = Sortable
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        del dialect
        return None if value is None else to_wire(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        del dialect
        return None if value is None else from_wire(value)


class Json(TypeDecorator[Any]):
    """A list or an object as JSON text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        del dialect
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        del dialect
        return None if value is None else orjson.loads(value)
