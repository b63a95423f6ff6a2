CREATE INDEX work_due ON work (role, coalesce(lease_until, next_at)) WHERE parked IS NULL;
