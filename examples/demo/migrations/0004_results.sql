-- slow
-- What became of a job; written by workers from 1.5 on.
CREATE TABLE results (
  job_id      TEXT PRIMARY KEY,
  finished_at BIGINT NOT NULL,
  worker      TEXT NOT NULL
);
CREATE INDEX jobs_by_priority ON jobs (state, priority, enqueued_at);
