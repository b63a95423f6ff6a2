-- What the holder of a cluster's claim saw of the objects that carry our mark: identity and a hash, never bodies.
CREATE TABLE live_object (
  cluster text NOT NULL,
  api_group text NOT NULL,
  kind text NOT NULL,
  namespace text NOT NULL,
  name text NOT NULL,
  uid text NOT NULL,
  resource_version text NOT NULL,
  owned_hash text NOT NULL,
  mark text NOT NULL,
  id_annotation text NOT NULL,
  present boolean NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (cluster, api_group, kind, namespace, name)
) WITH (fillfactor = 80);
