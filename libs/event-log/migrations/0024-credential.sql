CREATE TABLE credential (
  id text PRIMARY KEY,
  sealed bytea NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
