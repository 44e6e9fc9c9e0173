"""SQLite databases of numbers, texts, identifiers and digests: 1 GB."""

import hashlib
import os
import random
import sqlite3
import uuid

WORDS = [word for word in open(os.__file__, encoding="utf-8").read().split() if word.isalpha()]


def row(number):
    text = " ".join(random.choices(WORDS, k=40))
    digest = hashlib.sha256(text.encode()).digest()
    return number, text, digest, digest.hex(), str(uuid.uuid4()), random.random(), random.getrandbits(62)


for name in ("orders", "events"):
    base = sqlite3.connect(name + ".sqlite")
    base.execute("create table t (n integer primary key, text, digest blob, hex, id, measure real, big integer)")
    base.executemany("insert into t values (?, ?, ?, ?, ?, ?, ?)", map(row, range(700_000)))
    base.execute("create index by_id on t (id)")
    base.commit()
