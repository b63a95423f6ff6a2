CREATE UNIQUE INDEX projection_live ON projection (name) WHERE live;
