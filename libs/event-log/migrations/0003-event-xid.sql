CREATE INDEX event_xid ON event (xid);
