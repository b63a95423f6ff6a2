CREATE INDEX work_wake_on ON work (wake_stream, wake_version) WHERE wake_stream IS NOT NULL;
