-- What happened. Rows are never changed. `id` is taken while the stream's row is locked, so within a stream it grows with
-- the version; across streams it is causal but may become visible out of order, which is why `log` holds the order.
-- `xid` lets the sequencer find rows that became visible late.
CREATE TABLE event (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  event_id uuid NOT NULL,
  stream varchar(200) NOT NULL,
  version bigint NOT NULL,
  type varchar(100) NOT NULL,
  schema_version smallint NOT NULL,
  command_id varchar(200) NOT NULL,
  command_index smallint NOT NULL,
  causation_id varchar(200),
  correlation_id varchar(200) NOT NULL,
  actor varchar(200) NOT NULL,
  reason varchar(2000),
  traceparent varchar(200),
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  data jsonb NOT NULL,
  CONSTRAINT event_stream_version UNIQUE (stream, version),
  -- The relay publishes events in order: one that the message server refuses would stop it for everyone. Small data need not
  -- be written out as text to see that. Lengths above are types, as each CHECK costs some 2 us per append.
  CONSTRAINT event_data_size CHECK (pg_column_size(data) <= 2048 OR octet_length(data::text) <= 65536)
);
