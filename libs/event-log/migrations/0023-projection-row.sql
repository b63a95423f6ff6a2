CREATE TABLE projection_row (
  generation bigint NOT NULL,
  key text COLLATE "C" NOT NULL,
  body jsonb NOT NULL,
  version bigint NOT NULL,
  position bigint NOT NULL,
  PRIMARY KEY (generation, key)
) WITH (fillfactor = 80);
