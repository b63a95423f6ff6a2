-- Which folder of a repository a workflow renders, and the Git id of its tree at the head that the poller saw last:
-- null before the first look, empty when the folder is missing. A differ asks for a folder; the poller keeps its tree.
CREATE TABLE watched_path (
  stream text PRIMARY KEY,
  repository text NOT NULL,
  path text NOT NULL,
  tree text
);
CREATE INDEX watched_path_repository ON watched_path (repository);
