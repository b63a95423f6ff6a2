-- One row per stream. An append is a compare-and-swap on its version, so versions are gapless.
CREATE TABLE stream (
  id text PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 200),
  version bigint NOT NULL CHECK (version >= 0),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 70);
