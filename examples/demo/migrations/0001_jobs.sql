-- The job queue. Times are milliseconds since 1970-01-01 UTC.
CREATE TABLE jobs (
  id          TEXT PRIMARY KEY,
  payload     TEXT NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('queued', 'taken', 'done')),
  enqueued_by TEXT NOT NULL,
  enqueued_at BIGINT NOT NULL,
  taken_by    TEXT,
  taken_at    BIGINT,
  lease_until BIGINT,
  done_at     BIGINT,
  done_count  INTEGER NOT NULL DEFAULT 0,
  attempts    INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX jobs_by_state ON jobs (state, enqueued_at);
