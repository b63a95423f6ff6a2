-- Bytes of a body as Git has it, so that a reader knows what it would hold; null for what was stored before. Of a large one,
-- whose body is not kept, its size in Git.
ALTER TABLE git_object ADD COLUMN size bigint;
