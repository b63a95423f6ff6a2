-- One row per (role, stream): claim, lease, epoch fence and progress.
-- A claimed row is due when its lease ends, an unclaimed one at next_at (never, if that is null).
CREATE TABLE work (
  role text NOT NULL,
  stream text NOT NULL,
  seen bigint NOT NULL DEFAULT 0,
  done bigint NOT NULL DEFAULT 0,
  poked boolean NOT NULL DEFAULT false,
  epoch bigint NOT NULL DEFAULT 0,
  owner text,
  claimed_at timestamptz,
  lease_until timestamptz,
  next_at timestamptz,
  attempts integer NOT NULL DEFAULT 0,
  error text,
  parked text,
  wake_stream text,
  wake_version bigint,
  PRIMARY KEY (role, stream)
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
