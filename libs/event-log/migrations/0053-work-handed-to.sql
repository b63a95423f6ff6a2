-- Services that share a role, and so its one claim on a stream, hand work to each other: to whom it was handed, null for
-- the one that looks at it first.
ALTER TABLE work ADD COLUMN handed_to text;
