"""Data of the demo that tells a bundle's state from a later one, and what must never be left in between."""

import os
import sqlite3

from .check import Failure


def prepare(stack, confirm=""):
    """Short pauses; `confirm`: the phrase that a restore asks for."""
    stack.set_pause("50ms")
    if confirm:
        stack.write("stack.pawl", stack.read("stack.pawl") + f'\nrestore {{ confirm = "{confirm}" }}\n')


def write_data(stack, name, rows):
    """Documents and an object that say `name`."""
    with sqlite3.connect(stack.path("data", "piprio.db"), timeout=30) as database:
        database.execute("DELETE FROM documents WHERE id LIKE 'e2e-%'")
        database.executemany("INSERT INTO documents (id, title) VALUES (?, ?)",
                             [(f"e2e-{n}", name) for n in range(rows)])
    database.close()
    os.makedirs(stack.path("data", "objects", "e2e"), exist_ok=True)
    stack.write("data/objects/e2e/name", name)


def data(stack):
    """(name, rows), the same in database and objects; a Failure when they are neither one state nor the other."""
    name, rows = documents(stack)
    if stack.read("data/objects/e2e/name") != name:
        raise Failure(f"the database is of {name}, the objects are not")
    return name, rows


def documents(stack):
    database = sqlite3.connect(stack.path("data", "piprio.db"), timeout=30)
    try:
        found = database.execute("SELECT title, count(*) FROM documents WHERE id LIKE 'e2e-%' GROUP BY title").fetchall()
        if database.execute("PRAGMA integrity_check").fetchall() != [("ok",)] or len(found) != 1:
            raise Failure(f"the database is neither the old nor the new: {found}")
        return found[0]
    finally:
        database.close()


def ledger(stack):
    database = sqlite3.connect(stack.path("data", "piprio.db"), timeout=30)
    try:
        return [name for name, in database.execute("SELECT name FROM schema_migrations ORDER BY name")]
    finally:
        database.close()


def leftovers(stack):
    """What a restore works in, and must not leave behind."""
    return sorted(os.path.relpath(os.path.join(place, name), stack.folder)
                  for place, folders, names in os.walk(stack.folder) for name in folders + names
                  if name.startswith((".pawl-", ".drill-")) or name.endswith(".pawl-new"))
