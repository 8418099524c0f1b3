"""Logins of people and programs, made and connected as they would be; and a database whose roles are kept apart."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

# What is stored of these people, and must reach nobody without a right to it.
SHOWN = {  # published: an analyst sees a mask, a pii_reader all of it
    "name": "Ada Zanzibar", "given_name": "Ada", "family_name": "Zanzibar", "email": "ada.zanzibar@orchid.example",
    "phone": "+49 1512 3456700", "phone_e164": "+4915123456700", "consent_ip": "192.0.2.77",
    "linkedin_url": "https://www.linkedin.com/in/ada-zanzibar", "company": "Engines",
}  # fmt: skip
HIDDEN = {  # of a drop that is not published: nobody who reads curated sees any of it
    "name": "Bob Xylophone", "given_name": "Bob", "family_name": "Xylophone", "email": "bob.xylophone@quince.example",
    "phone": "+49 1512 9876500", "phone_e164": "+4915129876500", "consent_ip": "192.0.2.99",
    "linkedin_url": "https://www.linkedin.com/in/bob-xylophone", "company": "Xylophone Works",
}  # fmt: skip
# Words that tell them; no part of a mask, a view's name or a message of PostgreSQL's.
SECRETS_OF_SHOWN = ("zanzibar", "orchid", "15123456700", "192.0.2.77")
SECRETS_OF_HIDDEN = ("xylophone", "quince", "15129876500", "192.0.2.99")


def url_of(url: str, name: str, password: str) -> str:
    """The same database for another login."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(name)}:{quote(password)}@{place}"))


@contextmanager
def new_login(url: str, *roles: str, options: str = "") -> Iterator[tuple[str, str]]:
    """(name, URL) of a login that is a member of these roles."""
    name, password = f"tester_{uuid.uuid4().hex[:8]}", uuid.uuid4().hex
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"create role {name} login {options} password '{password}'")
        for role in roles:
            admin.execute(sql.SQL("grant {} to {}").format(sql.Identifier(role), sql.Identifier(name)))
    try:
        yield name, url_of(url, name, password)
    finally:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(f"drop owned by {name}")
            admin.execute(f"drop role {name}")


@contextmanager
def logged_in(url: str, *roles: str) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """A connection of such a login."""
    with (
        new_login(url, *roles) as (_, own_url),
        psycopg.connect(own_url, autocommit=True, row_factory=dict_row) as connection,
    ):
        yield connection


def fill(url: str) -> None:
    """One contact that is published, with all that curated can say of it, and one that is not."""
    with psycopg.connect(url) as owner:
        owner.execute(
            "insert into raw.drops (key, source, sha256, file_bytes, file_name, archived_as, published_at)"
            " values ('shown', 's', repeat('0', 64), 1, 'f', 'f', now()),"
            " ('hidden', 's', repeat('1', 64), 1, 'f', 'f', null)"
        )
        for drop, person in (("shown", SHOWN), ("hidden", HIDDEN)):
            columns = sql.SQL(", ").join(map(sql.Identifier, person))
            (number,) = owner.execute(
                sql.SQL(
                    "insert into core.contacts ({}, email_key, phone_key, can_email, can_call, email_sub_status)"
                    " values ({}, decode(md5({}), 'hex'), decode(md5({}), 'hex'), true, true, null) returning id"
                ).format(
                    columns, sql.SQL(", ").join(map(sql.Literal, person.values())), person["email"], person["phone"]
                )
            ).fetchone() or (0,)
            for statement in (
                "insert into core.contact_sources (contact_id, drop_key, row_number, source, landed_at)"
                " values (%(id)s, %(drop)s, 1, 's', now())",
                "insert into core.consent_records (contact_id, consent_type, consent_date, evidence, consent_source)"
                " values (%(id)s, 'any', now(), 'said so', 'a form')",
                "insert into core.identity_checks (contact_id, check_name, verdict)"
                " values (%(id)s, 'name_matches', 'yes')",
                "insert into core.suppressions (subject_key, channel, reason, source)"
                " select email_key, 'email', 'opt_out', 's' from core.contacts where id = %(id)s",
                "insert into core.outreach_history (contact_id, channel, direction, bounced_at, bounce_type, email_key)"
                " select id, 'email', 'outbound', now(), 'soft', email_key from core.contacts where id = %(id)s",
                "insert into ops.reviews (kind, contact_id, field_name, details, reason)"
                " select 'field_disagreement', id, 'name', jsonb_build_object('said', name), name || ' called'"
                " from core.contacts where id = %(id)s",
                "select audit.set_session('desk', '', 'asked by ' || name) from core.contacts where id = %(id)s",
                "update core.contacts set legitimate_interest_basis = name || ' called us' where id = %(id)s",
                "update core.contacts set legitimate_interest_basis = name || ' wrote to us' where id = %(id)s",
                "insert into audit.retractions (subject_key, channel, reason, source, said_at, retracted_by, login,"
                " because) select email_key, 'email', 'opt_out', 's', now(), 'desk', 'desk', name || ' was wrong'"
                " from core.contacts where id = %(id)s",
                "insert into core.email_validations (contact_id, email, layer, provider, status, validated_at)"
                " select id, email, 'syntax', 'own', 'valid', now() from core.contacts where id = %(id)s",
            ):
                owner.execute(statement, {"id": number, "drop": drop})
        owner.execute(
            "insert into core.usable_verdicts (channel, verdict) values ('email', 'unknown'), ('phone', 'unknown')"
            " on conflict do nothing"
        )
        owner.execute(
            "insert into ops.subject_requests (reference, kind, contact_id, received_at, due_at, state, outcome,"
            " identity_check, extension_reason, recorded_by)"
            " select 'R-1', 'access', id, now(), now(), 'refused', name || ' called', name, name, 'desk'"
            " from core.contacts where company = 'Engines'"
        )
        owner.execute(
            "insert into ops.erasures (id, reason, began_at, certificate)"
            " select gen_random_uuid(), 'retention', now(), jsonb_build_object('note', name) from core.contacts"
        )
        owner.execute(
            "insert into ops.exports"
            " (view_name, format, destination, columns, purposes, is_purpose_stated, exported_by)"
            " values ('contacts', 'csv', 'file', '{email}', '{news}', true, 'desk')"
        )
        owner.execute("analyze")
