-- Which events reference which blobs, written by the append itself.
CREATE TABLE event_blob (
  digest text NOT NULL REFERENCES blob (digest),
  id bigint NOT NULL,
  PRIMARY KEY (digest, id)
);
