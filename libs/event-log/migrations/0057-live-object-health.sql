-- How an object fares, if it has not been well for a while: the word alone, written when that lasts.
ALTER TABLE live_object ADD COLUMN health text NOT NULL DEFAULT '';
