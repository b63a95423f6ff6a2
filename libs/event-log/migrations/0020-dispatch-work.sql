-- Moves a service's checkpoint over a part of the log and makes the work that follows from it due, or does nothing (null)
-- if another dispatcher moved it meanwhile.
CREATE FUNCTION dispatch_work(p_service text, p_from bigint, p_to bigint, p_wakes jsonb, p_reached jsonb) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  woken integer;
  released integer;
BEGIN
  UPDATE checkpoint SET position = p_to, updated_at = clock_timestamp() WHERE service = p_service AND position = p_from;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  woken := wake_work(p_wakes);
  WITH waiting AS (
    SELECT w.role, w.stream FROM work w
    JOIN jsonb_to_recordset(p_reached) AS r (stream text, version bigint) ON w.wake_stream = r.stream AND w.wake_version <= r.version
    ORDER BY w.role, w.stream FOR UPDATE OF w)
  UPDATE work w SET poked = true, next_at = clock_timestamp(), wake_stream = NULL, wake_version = NULL
    FROM waiting WHERE w.role = waiting.role AND w.stream = waiting.stream;
  GET DIAGNOSTICS released = ROW_COUNT;
  RETURN woken + released;
END $$;
