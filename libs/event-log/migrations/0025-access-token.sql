-- Only the SHA-256 of a token is kept.
CREATE TABLE access_token (
  name text PRIMARY KEY,
  role text NOT NULL,
  hash bytea NOT NULL UNIQUE,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz
);
