-- A workflow may render several folders and files: overlays with their bases, charts with those they depend on.
ALTER TABLE watched_path DROP CONSTRAINT watched_path_pkey, ADD PRIMARY KEY (stream, path);
