-- Gives positions to events that became visible, and returns how many.
-- An event that the previous snapshot saw was sequenced then, unless its id lay beyond the limit: it is `fresh`. One that it
-- did not see is `fresh`, or `late`: its transaction ran at that time (xip) or began after (>= xmax). Aborted ones never show.
-- Each event is therefore taken by the first call that sees it, and no open transaction holds up the events of another.
-- `id + 0` keeps the planner from looking for late events by id, which would be a look at all events.
CREATE FUNCTION sequence_log(p_limit integer) RETURNS integer
LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
  head log_head;
  now timestamptz;
  taken integer;
BEGIN
  -- An idle call takes no lock and writes nothing.
  PERFORM 1 FROM log_head h
    WHERE EXISTS (SELECT FROM event e WHERE e.id > h.last_id)
       OR EXISTS (SELECT FROM event e WHERE e.xid = ANY (ARRAY(SELECT pg_snapshot_xip(h.prev))) AND e.id + 0 <= h.last_id)
       OR EXISTS (SELECT FROM event e WHERE e.xid >= pg_snapshot_xmax(h.prev) AND e.id + 0 <= h.last_id);
  IF NOT FOUND THEN
    RETURN 0;
  END IF;

  SELECT * INTO STRICT head FROM log_head FOR UPDATE;
  now := greatest(head.sequenced_at, clock_timestamp());
  WITH snapshot AS MATERIALIZED (SELECT pg_current_snapshot() AS taken),
  late AS MATERIALIZED (
    SELECT e.id, e.stream, e.version FROM event e
      WHERE e.xid = ANY (ARRAY(SELECT pg_snapshot_xip(head.prev))) AND e.id + 0 <= head.last_id
    UNION ALL
    SELECT e.id, e.stream, e.version FROM event e WHERE e.xid >= pg_snapshot_xmax(head.prev) AND e.id + 0 <= head.last_id),
  fresh AS MATERIALIZED (
    SELECT e.id, e.stream, e.version FROM event e WHERE e.id > head.last_id ORDER BY e.id LIMIT p_limit),
  numbered AS MATERIALIZED (
    SELECT v.*, head.position + row_number() OVER (ORDER BY v.id) AS position
    FROM (SELECT * FROM late UNION ALL SELECT * FROM fresh) v),
  written AS (
    INSERT INTO log (position, id, previous_in_stream, sequenced_at)
    SELECT n.position, n.id,
           CASE WHEN n.version = 1 THEN 0 ELSE coalesce(
             lag(n.position) OVER (PARTITION BY n.stream ORDER BY n.version),
             (SELECT l.position FROM log l WHERE l.id = (
               SELECT p.id FROM event p WHERE p.stream = n.stream AND p.version = n.version - 1))) END,
           now
    FROM numbered n ORDER BY n.position
    RETURNING 1),
  total AS (SELECT count(*)::integer AS count FROM written)
  UPDATE log_head SET position = head.position + total.count,
                      last_id = greatest(head.last_id, (SELECT max(id) FROM fresh)),
                      prev = snapshot.taken,
                      sequenced_at = CASE WHEN total.count > 0 THEN now ELSE head.sequenced_at END
    FROM snapshot, total
    RETURNING total.count INTO taken;
  RETURN taken;
END $$;
