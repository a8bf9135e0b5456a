CREATE TABLE archive (
  job_id      TEXT PRIMARY KEY,
  archived_at BIGINT NOT NULL
);
