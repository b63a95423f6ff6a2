-- Where the sequencer stands: the highest event id it has looked at, and the snapshot it looked with.
CREATE TABLE log_head (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  epoch integer NOT NULL DEFAULT 1,
  position bigint NOT NULL DEFAULT 0,
  last_id bigint NOT NULL DEFAULT 0,
  prev pg_snapshot NOT NULL DEFAULT pg_current_snapshot(),
  sequenced_at timestamptz NOT NULL DEFAULT '-infinity'
) WITH (fillfactor = 10);
INSERT INTO log_head DEFAULT VALUES;
