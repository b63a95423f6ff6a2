-- How often in a row the work gave no answer: its handler threw, or its owner vanished. A handler that answers that
-- something is away may do so for as long as that takes; `attempts` counts both, for the time until the next try.
ALTER TABLE work ADD COLUMN crashes integer NOT NULL DEFAULT 0;
