-- One row per stream. An append is a compare-and-swap on its version, so versions are gapless.
CREATE TABLE stream (
  id varchar(200) PRIMARY KEY,
  version bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 70);
