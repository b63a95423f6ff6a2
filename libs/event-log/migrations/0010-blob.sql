-- Content-addressed bodies: compressed, and sealed where their digest is an HMAC.
CREATE TABLE blob (
  digest text PRIMARY KEY CHECK (digest ~ '^(sha256|hmac):[0-9a-f]{64}$'),
  size bigint NOT NULL,
  body bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  touched_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
ALTER TABLE blob ALTER COLUMN body SET STORAGE EXTERNAL;
