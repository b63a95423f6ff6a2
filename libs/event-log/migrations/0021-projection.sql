-- One row per generation of a read model: the code that folds it, and how far. One generation of a name is live.
CREATE TABLE projection (
  generation bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  code_hash text NOT NULL,
  live boolean NOT NULL DEFAULT false,
  position bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (name, code_hash)
) WITH (fillfactor = 50);
