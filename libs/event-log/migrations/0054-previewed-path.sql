-- Paths of a revision that need not be the head of its branch, which a workflow previews. A differ asks for a path; the
-- poller stores what lies there apart from the branch's own objects, as repository `<id>@<revision>`, and answers `tree`
-- (empty when there is nothing), or `refused` with the reason.
CREATE TABLE previewed_path (
  repository text NOT NULL,
  revision text NOT NULL,
  stream text NOT NULL,
  path text NOT NULL,
  tree text,
  refused text,
  asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (repository, revision, stream, path)
);
