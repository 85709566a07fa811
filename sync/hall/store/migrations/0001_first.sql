-- The hall's first schema. Plain SQL: what stands here runs on SQLite and, with BLOB read as BYTEA, on PostgreSQL.
-- Times are milliseconds since 1970 in UTC. No serial columns: numbers come from counters, inside the transaction that uses them.

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);

-- A terminal is what it was at enrolment; how it is now stands in terminal_health, so that a heartbeat rewrites no identity.
CREATE TABLE terminals (
    id          TEXT PRIMARY KEY,
    place       TEXT NOT NULL,
    site        TEXT NOT NULL,
    status      TEXT NOT NULL,           -- active, blocked
    serial      TEXT NOT NULL,
    public_key  BLOB NOT NULL,           -- SubjectPublicKeyInfo, DER
    key_sha256  TEXT NOT NULL UNIQUE,    -- of public_key, hex
    certificate BLOB NOT NULL,
    cert_until  BIGINT NOT NULL,
    enrolled_at BIGINT NOT NULL,
    changed_at  BIGINT NOT NULL
);

CREATE TABLE terminal_health (
    terminal      TEXT PRIMARY KEY REFERENCES terminals (id),
    last_contact  BIGINT NOT NULL,
    heartbeat_at  BIGINT NOT NULL DEFAULT 0,
    software      TEXT NOT NULL DEFAULT '',
    catalogue     BIGINT NOT NULL DEFAULT 0,
    queued        BIGINT NOT NULL DEFAULT 0,
    set_aside     BIGINT NOT NULL DEFAULT 0,
    oldest_secs   BIGINT NOT NULL DEFAULT 0,
    clock_error   BIGINT NOT NULL DEFAULT 0, -- milliseconds that the terminal's clock is ahead
    devices       TEXT NOT NULL DEFAULT '{}' -- JSON: role or role.part -> state
);

CREATE TABLE enrol_codes (
    code_sha256 TEXT PRIMARY KEY,
    place       TEXT NOT NULL,
    site        TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    created_by  TEXT NOT NULL,
    expires_at  BIGINT NOT NULL,
    used_at     BIGINT NOT NULL DEFAULT 0,
    terminal    TEXT NOT NULL DEFAULT ''
);

-- A submission's row is kept for ever: it is what makes PUT idempotent.
CREATE TABLE submissions (
    id           TEXT PRIMARY KEY,
    digest       BLOB NOT NULL,
    terminal     TEXT NOT NULL REFERENCES terminals (id),
    sequence     BIGINT NOT NULL,
    item_code    TEXT NOT NULL,
    item_version BIGINT NOT NULL,
    local_number TEXT NOT NULL,
    suite        TEXT NOT NULL,
    sealed_at    BIGINT NOT NULL,
    received_at  BIGINT NOT NULL,
    envelope     BLOB NOT NULL,          -- wire.Envelope, JSON
    attachments  BLOB NOT NULL,          -- []wire.Attachment, JSON
    case_number  TEXT NOT NULL UNIQUE,
    receipt      BLOB NOT NULL           -- wire.Receipt, JSON: the same answer for ever
);
CREATE INDEX submissions_by_terminal ON submissions (terminal, sequence);

-- Sequence numbers that a terminal has passed over: what is missing may be lost, set aside or still under way.
CREATE TABLE sequence_gaps (
    terminal   TEXT NOT NULL REFERENCES terminals (id),
    first      BIGINT NOT NULL,
    last       BIGINT NOT NULL,
    noticed_at BIGINT NOT NULL,
    PRIMARY KEY (terminal, first)
);

-- Work that follows from a submission, written in the submission's own transaction.
CREATE TABLE outbox (
    submission TEXT NOT NULL REFERENCES submissions (id),
    kind       TEXT NOT NULL,            -- open
    created_at BIGINT NOT NULL,
    next_at    BIGINT NOT NULL,
    attempts   BIGINT NOT NULL DEFAULT 0,
    done_at    BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (submission, kind)
);
CREATE INDEX outbox_by_time ON outbox (done_at, next_at);

CREATE TABLE cases (
    submission   TEXT PRIMARY KEY REFERENCES submissions (id),
    case_number  TEXT NOT NULL UNIQUE,
    state        TEXT NOT NULL,          -- see store.CaseState
    item_code    TEXT NOT NULL,
    item_version BIGINT NOT NULL,
    item_name    TEXT NOT NULL,          -- as published, Chinese
    item_name_en TEXT NOT NULL,
    terminal     TEXT NOT NULL,
    local_number TEXT NOT NULL,
    received_at  BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL,
    opened_at    BIGINT NOT NULL DEFAULT 0,
    open_error   TEXT NOT NULL DEFAULT '', -- why it cannot be opened; never personal data
    applicant    TEXT NOT NULL DEFAULT '',
    application  BLOB                    -- wire.Application, JSON, once opened
);
CREATE INDEX cases_by_time ON cases (received_at, submission);
CREATE INDEX cases_by_state ON cases (state, received_at, submission);
CREATE INDEX cases_by_item ON cases (item_code, received_at, submission);
CREATE INDEX cases_by_terminal ON cases (terminal, received_at, submission);
CREATE INDEX cases_by_local_number ON cases (local_number);

CREATE TABLE case_events (
    submission TEXT NOT NULL REFERENCES cases (submission),
    n          BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    who        TEXT NOT NULL,
    state      TEXT NOT NULL,
    note       TEXT NOT NULL,
    PRIMARY KEY (submission, n)
);

-- The working catalogue: what is published, and beside it what is being changed.
CREATE TABLE items (
    code              TEXT PRIMARY KEY,
    place             BIGINT NOT NULL,   -- order in the catalogue
    published_version BIGINT NOT NULL DEFAULT 0,
    published         BLOB,
    draft             BLOB,
    draft_by          TEXT NOT NULL DEFAULT '',
    draft_at          BIGINT NOT NULL DEFAULT 0,
    draft_rev         BIGINT NOT NULL DEFAULT 0 -- counts up with each change of the draft
);
CREATE INDEX items_by_place ON items (place);

-- Every version ever given out: a submission may name any of them.
CREATE TABLE item_versions (
    code      TEXT NOT NULL,
    version   BIGINT NOT NULL,
    body      BLOB NOT NULL,
    made_at   BIGINT NOT NULL,
    made_by   TEXT NOT NULL,
    PRIMARY KEY (code, version)
);

-- Departments and themes.
CREATE TABLE frames (
    state TEXT PRIMARY KEY,              -- published, draft
    body  BLOB NOT NULL
);

CREATE TABLE publications (
    version      BIGINT PRIMARY KEY,     -- of the catalogue
    published_at BIGINT NOT NULL,
    published_by TEXT NOT NULL,
    items        BIGINT NOT NULL,        -- how many in all
    changed      BIGINT NOT NULL         -- how many changed
);

CREATE TABLE people (
    name       TEXT PRIMARY KEY,
    password   TEXT NOT NULL,            -- argon2id, PHC string
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    token_sha256 TEXT PRIMARY KEY,
    person       TEXT NOT NULL REFERENCES people (name),
    csrf         TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    seen_at      BIGINT NOT NULL
);

-- Failed sign-ins, by account and by address, so that a restart forgives nothing.
CREATE TABLE sign_in_failures (
    subject TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_at BIGINT NOT NULL
);

CREATE TABLE audit (
    n      BIGINT PRIMARY KEY,
    at     BIGINT NOT NULL,
    who    TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    detail TEXT NOT NULL
);
