-- How far each service's dispatcher has read the log.
CREATE TABLE checkpoint (
  service text PRIMARY KEY,
  position bigint NOT NULL DEFAULT 0,
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);
