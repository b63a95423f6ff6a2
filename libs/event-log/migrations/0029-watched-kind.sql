-- The kinds that a cluster's holder watches, and since when its rows above are complete.
CREATE TABLE watched_kind (
  cluster text NOT NULL,
  api_group text NOT NULL,
  api_version text NOT NULL,
  resource text NOT NULL,
  requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  synced_at timestamptz,
  PRIMARY KEY (cluster, api_group, api_version, resource)
);
