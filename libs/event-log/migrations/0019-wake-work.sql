-- Makes work due. With a version only if that is news; without one always. Rows are taken in one order, against deadlocks.
CREATE FUNCTION wake_work(p_wakes jsonb) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  woken integer;
BEGIN
  INSERT INTO work (role, stream, seen, poked, next_at)
    SELECT w ->> 'role', w ->> 'stream', coalesce(max((w ->> 'version')::bigint), 0), bool_or(w ->> 'version' IS NULL), clock_timestamp()
    FROM jsonb_array_elements(p_wakes) w
    GROUP BY 1, 2 ORDER BY 1, 2
  ON CONFLICT (role, stream) DO UPDATE
    SET seen = greatest(work.seen, excluded.seen), poked = work.poked OR excluded.poked, next_at = excluded.next_at,
        wake_stream = NULL, wake_version = NULL
    WHERE excluded.poked OR excluded.seen > work.seen;
  GET DIAGNOSTICS woken = ROW_COUNT;
  RETURN woken;
END $$;
