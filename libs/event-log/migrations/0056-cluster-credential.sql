-- Sealed credentials of registered clusters. The cluster's stream says which one is meant, by its fingerprint.
CREATE TABLE cluster_credential (
  cluster text NOT NULL,
  fingerprint text NOT NULL,
  sealed bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (cluster, fingerprint)
);
