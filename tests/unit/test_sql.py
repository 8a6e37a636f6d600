"""SQL statements without their values: statement -> exact result, and its verb."""

from __future__ import annotations

import pytest
from support.engine import scrubbing

STATEMENTS = [
    # Values
    ("SELECT id FROM users WHERE email = 'ada@example.org'", "SELECT id FROM users WHERE email = ?"),
    ("SELECT * FROM t WHERE a = 'O''Brien' AND b = 5", "SELECT * FROM t WHERE a = ? AND b = ?"),
    ("SELECT * FROM t WHERE a = -5.5e-3 LIMIT 10", "SELECT * FROM t WHERE a = -? LIMIT ?"),
    ("SELECT x'AB', 0xFF, N'text', DATE '2020-01-01'", "SELECT x?, N?, DATE ?"),
    ("SELECT 'unterminated", "SELECT ?"),
    ("SELECT $$dollars$$, 1", "SELECT ?"),
    ("SELECT $tag$Ada$tag$, 1", "SELECT ?"),
    # Dialects disagree about where a text with \' ends, so all that follows is removed.
    (r"SELECT * FROM t WHERE a = E'\'; x' AND b = 'Ada'", "SELECT * FROM t WHERE a = E?"),
    ("SELECT data #>> '{name}' FROM t WHERE a = 'Ada'", "SELECT data ?"),
    ("SELECT 1 --'Ada", "SELECT ? ?"),
    # Names
    ("SELECT t1.c1, c_2 FROM t1 JOIN t2 ON t1.id = t2.id", "SELECT t1.c1, c_2 FROM t1 JOIN t2 ON t1.id = t2.id"),
    ('SELECT "order".id FROM "order" JOIN "user" ON 1=1', 'SELECT "order".id FROM "order" JOIN "user" ON ?=?'),
    ('SELECT s."order" FROM s', 'SELECT s."order" FROM s'),
    ('UPDATE "user" SET name = "Ada" WHERE id = 1', 'UPDATE "user" SET name = ? WHERE id = ?'),
    ('SELECT TRIM(LEADING "x" FROM "ada")', "SELECT TRIM(LEADING ? FROM ?)"),
    ("SELECT `users`.`id` FROM `users` WHERE a = `Ada Lovelace`", "SELECT `users`.`id` FROM `users` WHERE a = ?"),
    # Placeholders
    ("SELECT $1::int, %(a)s, :b, @c, ?, %s", "SELECT $1::int, %(a)s, :b, @c, ?, %s"),
    # However many rows and values there are
    ("INSERT INTO t (a, b) VALUES (1, 'x')", "INSERT INTO t (a, b) VALUES (?)"),
    ("INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y')", "INSERT INTO t (a, b) VALUES (?)"),
    ("SELECT * FROM t WHERE a IN (1, 2, 3) AND b IN ('x')", "SELECT * FROM t WHERE a IN (?) AND b IN (?)"),
    ("SELECT * FROM t WHERE a IN ($1, $2, $3)", "SELECT * FROM t WHERE a IN (?)"),
    ("SELECT * FROM t WHERE a IN (SELECT id FROM u)", "SELECT * FROM t WHERE a IN (SELECT id FROM u)"),
    # Comments
    ("/* customer='Ada' */ SELECT 1", "SELECT ?"),
    ("SELECT a -- of Ada\nFROM t", "SELECT a  \nFROM t"),
    # No statement
    ("", ""),
    ("BEGIN", "BEGIN"),
]


@pytest.mark.parametrize(("statement", "without"), STATEMENTS)
def test_a_statement_keeps_its_names_and_loses_its_values(statement: str, without: str) -> None:
    assert scrubbing("values").without_values(statement) == without


@pytest.mark.parametrize("statement", [statement for statement, _ in STATEMENTS])
def test_a_statement_without_values_stays_as_it_is(statement: str) -> None:
    without_values = scrubbing("values").without_values

    assert without_values(without_values(statement)) == without_values(statement)


VERBS = [
    ("SELECT 1", "SELECT"),
    ("  select 1", "SELECT"),
    ("(SELECT 1)", "SELECT"),
    ("/* Ada */ -- Ada\nUPDATE t SET a = 1", "UPDATE"),
    ("INSERT INTO t VALUES (1)", "INSERT"),
    ("WITH a AS (SELECT 1) SELECT 2", "WITH"),
    ("SELECTED", None),
    ("Ada", None),
    ("", None),
]


@pytest.mark.parametrize(("statement", "verb"), VERBS)
def test_the_verb_of_a_statement(statement: str, verb: str | None) -> None:
    assert scrubbing("values").verb(statement) == verb
