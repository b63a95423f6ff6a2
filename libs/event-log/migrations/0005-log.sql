-- The order of all events: dense positions, given after commit by sequence_log().
CREATE TABLE log (
  position bigint PRIMARY KEY,
  id bigint NOT NULL UNIQUE,
  previous_in_stream bigint NOT NULL,
  sequenced_at timestamptz NOT NULL
);
