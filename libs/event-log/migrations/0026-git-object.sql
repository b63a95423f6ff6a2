-- Git objects under watched paths, sealed with their repository's key.
CREATE TABLE git_object (
  repository text NOT NULL,
  oid bytea NOT NULL,
  type text NOT NULL,
  sealed bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (repository, oid)
);
ALTER TABLE git_object ALTER COLUMN sealed SET STORAGE EXTERNAL;
