-- Appends events to a stream if it is at the expected version, in one statement. The outcome is one of
--   appended  one row per event
--   repeated  this command is in the stream already: its events
--   reused    this command is in the stream already, with other events
--   conflict  the stream (or a locked one) is at another version: that version
--   lost      the claim that fences the append is not ours any more
CREATE FUNCTION append_events(
  p_stream text, p_expected bigint, p_events jsonb, p_command text, p_actor text, p_reason text,
  p_causation text, p_correlation text, p_traceparent text,
  p_fence jsonb, p_locks jsonb, p_blobs jsonb
) RETURNS TABLE (outcome text, at_stream text, at_version bigint, event_row bigint, at timestamptz)
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  appended bigint := jsonb_array_length(p_events);
  next bigint;
  lock record;
BEGIN
  IF p_fence IS NOT NULL THEN
    PERFORM 1 FROM work w
      WHERE w.role = p_fence ->> 'role' AND w.stream = p_fence ->> 'stream' AND w.epoch = (p_fence ->> 'epoch')::bigint
        AND w.lease_until > clock_timestamp()
      FOR SHARE;
    IF NOT FOUND THEN
      RETURN QUERY SELECT 'lost', p_fence ->> 'stream', NULL::bigint, NULL::bigint, NULL::timestamptz;
      RETURN;
    END IF;
  END IF;

  IF p_locks IS NOT NULL THEN
    FOR lock IN SELECT l ->> 'stream' AS stream, (l ->> 'version')::bigint AS version
                FROM jsonb_array_elements(p_locks) l ORDER BY 1
    LOOP
      SELECT s.version INTO next FROM stream s WHERE s.id = lock.stream FOR SHARE;
      IF NOT FOUND THEN  -- a stream that does not exist yet cannot be locked, so let it exist, empty
        INSERT INTO stream (id, version) VALUES (lock.stream, 0) ON CONFLICT DO NOTHING;
        SELECT s.version INTO next FROM stream s WHERE s.id = lock.stream FOR SHARE;
      END IF;
      IF lock.version IS NOT NULL AND lock.version <> next THEN
        RETURN QUERY SELECT 'conflict', lock.stream, next, NULL::bigint, NULL::timestamptz;
        RETURN;
      END IF;
    END LOOP;
  END IF;

  IF NOT EXISTS (SELECT FROM event e WHERE e.command_id = p_command AND e.stream = p_stream AND e.command_index = 0) THEN
    IF p_expected = 0 THEN
      INSERT INTO stream AS s (id, version) VALUES (p_stream, appended)
        ON CONFLICT (id) DO UPDATE SET version = appended WHERE s.version = 0
        RETURNING s.version INTO next;
    ELSE
      UPDATE stream s SET version = s.version + appended WHERE s.id = p_stream AND s.version = p_expected
        RETURNING s.version INTO next;
    END IF;

    IF FOUND THEN
      RETURN QUERY
        INSERT INTO event AS e (event_id, stream, version, type, schema_version, command_id, command_index, causation_id,
                                correlation_id, actor, reason, traceparent, data)
        SELECT (n.event ->> 'id')::uuid, p_stream, p_expected + n.nth, n.event ->> 'type', (n.event ->> 'schemaVersion')::smallint,
               p_command, n.nth - 1, p_causation, p_correlation, p_actor, p_reason, p_traceparent, n.event -> 'data'
        FROM jsonb_array_elements(p_events) WITH ORDINALITY AS n (event, nth) ORDER BY n.nth
        RETURNING 'appended', p_stream, e.version, e.id, e.recorded_at;
      IF p_blobs IS NOT NULL THEN
        INSERT INTO event_blob (digest, id)
          SELECT DISTINCT b ->> 'digest', e.id FROM jsonb_array_elements(p_blobs) b
          JOIN event e ON e.stream = p_stream AND e.version = p_expected + 1 + (b ->> 'event')::bigint;
        UPDATE blob SET touched_at = clock_timestamp()
          WHERE digest IN (SELECT b ->> 'digest' FROM jsonb_array_elements(p_blobs) b)
            AND touched_at < clock_timestamp() - interval '10 minutes';
      END IF;
      RETURN;
    END IF;
  END IF;

  -- Either a conflict, or an answer that was lost: the command's own events tell which.
  RETURN QUERY
    SELECT CASE WHEN jsonb_agg(jsonb_build_array(e.type, e.data) ORDER BY e.version)
                     = (SELECT jsonb_agg(jsonb_build_array(n.event -> 'type', n.event -> 'data') ORDER BY n.nth)
                        FROM jsonb_array_elements(p_events) WITH ORDINALITY AS n (event, nth))
                THEN 'repeated' ELSE 'reused' END,
           p_stream, max(e.version), NULL::bigint, NULL::timestamptz
    FROM event first
    JOIN event e ON e.stream = first.stream AND e.version >= first.version AND e.command_id = first.command_id
      AND e.version = first.version + e.command_index
    WHERE first.command_id = p_command AND first.stream = p_stream AND first.command_index = 0
    HAVING count(*) > 0;
  IF NOT FOUND THEN
    RETURN QUERY SELECT 'conflict', p_stream, coalesce((SELECT s.version FROM stream s WHERE s.id = p_stream), 0::bigint),
                        NULL::bigint, NULL::timestamptz;
  END IF;
END $$;
