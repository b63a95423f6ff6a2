-- What happened. Rows are never changed. `id` is taken while the stream's row is locked, so within a stream it grows with
-- the version; across streams it is causal but may become visible out of order, which is why `log` holds the order.
-- `xid` lets the sequencer find rows that became visible late.
CREATE TABLE event (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  event_id uuid NOT NULL,
  stream text NOT NULL,
  version bigint NOT NULL CHECK (version > 0),
  type text NOT NULL CHECK (length(type) BETWEEN 1 AND 100),
  schema_version smallint NOT NULL CHECK (schema_version > 0),
  command_id text NOT NULL CHECK (length(command_id) BETWEEN 1 AND 200),
  command_index smallint NOT NULL,
  causation_id text CHECK (length(causation_id) <= 200),
  correlation_id text NOT NULL CHECK (length(correlation_id) <= 200),
  actor text NOT NULL CHECK (length(actor) BETWEEN 1 AND 200),
  reason text CHECK (length(reason) <= 2000),
  traceparent text CHECK (length(traceparent) <= 200),
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  data jsonb NOT NULL,
  CONSTRAINT event_stream_version UNIQUE (stream, version),
  -- The relay publishes events in order: one that the message server refuses would stop it for everyone.
  CONSTRAINT event_data_size CHECK (octet_length(data::text) <= 65536)
);
