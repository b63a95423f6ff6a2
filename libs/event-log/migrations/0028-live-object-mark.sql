CREATE INDEX live_object_mark ON live_object (cluster, mark);
