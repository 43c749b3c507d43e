"""The statements that count one local day in the database, in SQL that SQLite and PostgreSQL both speak. What each name
means stands in requirements 2.3 and in the docstrings of `ivr.metrics`; every comparison is in whole milliseconds.

Bound values: `start`, `end` (the day, half open), `dids` (test numbers, D10). `{decided}`: a call that ended by then
has had its hour (D4). `{binary}` is the collation that compares text by its code points."""

from __future__ import annotations

#: Working tables of one transaction, which is rolled back in the end.
TABLES = (
    """CREATE TEMPORARY TABLE count_call (
        call_id TEXT PRIMARY KEY, hour BIGINT, customer TEXT, number TEXT, channel TEXT, elderly INTEGER,
        rebuilt INTEGER, t_offered BIGINT, t_answered BIGINT, t_first_prompt BIGINT, t_ended BIGINT, hangup_by TEXT,
        last_prompt_kind TEXT)""",
    """CREATE TEMPORARY TABLE count_ask (
        call_id TEXT, position INTEGER, reason TEXT, refused BOOLEAN, outcome TEXT, queue TEXT, t_requested BIGINT,
        t_queued BIGINT, t_connected BIGINT, t_left BIGINT, ring BIGINT, announced BIGINT)""",
    """CREATE TEMPORARY TABLE count_back (
        parent TEXT, position INTEGER, call_id TEXT, nth INTEGER, t_ended BIGINT, t_connected BIGINT, t_left BIGINT,
        ring BIGINT, announced BIGINT)""",
)

#: The day's inbound calls that are no drill (OFF).
CALLS = """
INSERT INTO count_call
SELECT call_id, (t_offered - :start) / 3600000, customer_id,
  CASE WHEN customer_id IS NULL AND caller_kind <> 'withheld' THEN caller_number END, channel,
  CASE WHEN entry = 'elderly_direct' THEN 1 ELSE 0 END, CASE WHEN source = 'rebuilt' THEN 1 ELSE 0 END,
  t_offered, t_answered, t_first_prompt, t_ended, hangup_by, last_prompt_kind
FROM call
WHERE t_offered >= :start AND t_offered < :end AND direction = 'in' AND NOT drill AND did NOT IN :dids
"""

HANDOFFS = """
INSERT INTO count_ask
SELECT h.call_id, h.position, h.reason, h.refused, h.outcome, h.queue, h.t_requested, h.t_queued, h.t_connected,
  h.t_left, h.ring_ms_answering, h.agent_id_announced_at
FROM count_call c JOIN handoff h ON h.call_id = c.call_id
"""

#: D9: the callbacks that reached an agent, of calls to whom one was promised; the first one fulfils the last promise.
CALLBACKS = """
INSERT INTO count_back
SELECT parent, position, call_id, row_number() OVER (PARTITION BY parent ORDER BY t_offered, call_id {binary}),
  t_ended, t_connected, t_left, ring_ms_answering, agent_id_announced_at
FROM (
  SELECT p.call_id AS parent, p.position, o.call_id, o.t_offered, o.t_ended, h.t_connected, h.t_left,
    h.ring_ms_answering, h.agent_id_announced_at,
    row_number() OVER (PARTITION BY o.call_id ORDER BY h.t_requested, h.position) AS nth
  FROM (
    SELECT call_id, max(position) AS position FROM count_ask WHERE outcome = 'callback' AND NOT refused GROUP BY call_id
  ) p
  JOIN call o ON o.parent_call_id = p.call_id AND o.parent_call_id IS NOT NULL
  JOIN handoff h ON h.call_id = o.call_id
  WHERE o.direction = 'out' AND NOT o.drill AND o.did NOT IN :dids AND h.outcome = 'answered' AND NOT h.refused
) reached
WHERE nth = 1
"""

KEPT_PROMISES = """
UPDATE count_ask
SET outcome = 'answered', t_connected = b.t_connected, t_left = b.t_left, ring = b.ring, announced = b.announced
FROM count_back b
WHERE b.nth = 1 AND b.parent = count_ask.call_id AND b.position = count_ask.position
"""

#: One row for each call: which sets it belongs to (1 or 0), and its sums. D8: `nth` 1 is the first entered handoff,
#: `back` 1 the last, `alike` 1 among the answered the first answered.
CASES = """
CREATE TEMPORARY TABLE count_case AS
WITH ranked AS (
  SELECT a.*,
    row_number() OVER (PARTITION BY call_id ORDER BY t_requested, position) AS nth,
    row_number() OVER (PARTITION BY call_id ORDER BY t_requested DESC, position DESC) AS back,
    row_number() OVER (PARTITION BY call_id, outcome ORDER BY t_requested, position) AS alike
  FROM count_ask a WHERE NOT refused
), asked AS (
  SELECT call_id,
    max(CASE WHEN nth = 1 THEN queue END) AS queue,
    max(CASE WHEN nth = 1 AND outcome = 'answered' THEN t_connected - t_requested END) AS wait,
    max(CASE WHEN nth = 1 AND outcome = 'answered' THEN t_connected - t_queued END) AS wait_queued,
    max(CASE WHEN nth = 1 THEN t_left - t_requested END) AS first_waited,
    max(CASE WHEN outcome = 'answered' THEN 1 ELSE 0 END) AS conn,
    max(CASE WHEN outcome = 'answered' AND alike = 1 THEN t_connected - t_queued END) AS speed,
    max(CASE WHEN outcome = 'answered' AND alike = 1 AND t_connected IS NOT NULL AND t_queued IS NOT NULL
      THEN coalesce(ring, 0) END) AS ring,
    max(CASE WHEN back = 1 AND outcome = 'abandoned' THEN t_left - t_requested END) AS waited,
    sum(CASE WHEN outcome = 'answered' THEN 1 ELSE 0 END) AS answers,
    sum(CASE WHEN outcome = 'answered' AND announced - t_connected BETWEEN 0 AND 3000 THEN 1 ELSE 0 END) AS told
  FROM ranked GROUP BY call_id
), tried AS (
  SELECT call_id, max(CASE WHEN reason IN ('key', 'elderly_key') THEN 1 ELSE 0 END) AS pressed,
    max(CASE WHEN nth = 1 THEN queue END) AS queue
  FROM (
    SELECT call_id, reason, queue, row_number() OVER (PARTITION BY call_id ORDER BY t_requested, position) AS nth
    FROM count_ask
  ) h GROUP BY call_id
), whole AS (
  SELECT call_id AS owner, call_id, 0 AS nth FROM count_call
  UNION ALL SELECT parent, call_id, nth FROM count_back
), talked AS (
  SELECT w.owner, count(*) AS legs, sum(l.t_released - l.t_connected) AS talk_ms, sum(l.acw_ms) AS acw_ms,
    max(CASE WHEN l.transferred_to IS NOT NULL THEN 1 ELSE 0 END) AS transferred
  FROM whole w JOIN agent_leg l ON l.call_id = w.call_id GROUP BY w.owner
), held AS (
  SELECT w.owner, count(*) AS holds, sum(CASE WHEN h.t_end - h.t_start > 30000 THEN 1 ELSE 0 END) AS overlong,
    sum(CASE WHEN h.explained THEN 0 ELSE 1 END) AS unexplained
  FROM whole w JOIN hold h ON h.call_id = w.call_id GROUP BY w.owner
), judged AS (
  SELECT w.owner, s.subject, s.invited, s.answered, s.score, row_number() OVER (
    PARTITION BY w.owner, s.subject, s.answered ORDER BY w.nth DESC, s.position DESC) AS last
  FROM whole w JOIN survey s ON s.call_id = w.call_id
), rated AS (
  SELECT owner,
    max(CASE WHEN subject = 'agent' AND (invited OR answered) THEN 1 ELSE 0 END) AS agent_invited,
    max(CASE WHEN subject = 'agent' AND answered THEN 1 ELSE 0 END) AS agent_replied,
    {ratings}
  FROM judged GROUP BY owner
), ended AS (
  SELECT parent, max(t_ended) AS t_ended FROM count_back GROUP BY parent
), joined AS (
  SELECT c.*, CASE WHEN a.call_id IS NULL THEN t.queue ELSE a.queue END AS queue, a.wait, a.wait_queued, a.first_waited,
    coalesce(a.conn, 0) AS conn, a.speed, a.ring,
    coalesce(a.answers, 0) AS answers, coalesce(a.told, 0) AS told,
    CASE WHEN c.hangup_by = 'caller' AND a.conn = 0 THEN a.waited END AS waited,
    CASE WHEN a.call_id IS NULL THEN 0 ELSE 1 END AS req, CASE WHEN t.call_id IS NULL THEN 0 ELSE 1 END AS any_req,
    coalesce(t.pressed, 0) AS pressed, coalesce(k.legs, 0) AS legs, coalesce(k.talk_ms, 0) AS talk_ms,
    coalesce(k.acw_ms, 0) AS acw_ms, coalesce(k.transferred, 0) AS transferred, coalesce(h.holds, 0) AS holds,
    coalesce(h.overlong, 0) AS overlong, coalesce(h.unexplained, 0) AS unexplained,
    coalesce(r.agent_invited, 0) AS invited, coalesce(r.agent_replied, 0) AS replied, {rating_columns},
    CASE WHEN e.t_ended > c.t_ended THEN e.t_ended ELSE c.t_ended END AS t_over
  FROM count_call c
  LEFT JOIN asked a ON a.call_id = c.call_id
  LEFT JOIN tried t ON t.call_id = c.call_id
  LEFT JOIN talked k ON k.owner = c.call_id
  LEFT JOIN held h ON h.owner = c.call_id
  LEFT JOIN rated r ON r.owner = c.call_id
  LEFT JOIN ended e ON e.parent = c.call_id
)
SELECT j.*,
  CASE WHEN t_answered IS NOT NULL THEN 1 ELSE 0 END AS ans,
  CASE WHEN t_answered IS NOT NULL AND t_first_prompt IS NOT NULL THEN 1 ELSE 0 END AS voice,
  CASE WHEN t_answered IS NOT NULL AND t_first_prompt IS NOT NULL AND channel = 'voice' THEN 1 ELSE 0 END AS phone,
  CASE WHEN wait <= 20000 THEN 1 ELSE 0 END AS within,
  CASE WHEN wait_queued <= 20000 THEN 1 ELSE 0 END AS within_queued,
  CASE WHEN waited <= 5000 THEN 1 ELSE 0 END AS short,
  CASE WHEN waited > 5000 AND t_answered IS NOT NULL THEN 1 ELSE 0 END AS gone,
  CASE WHEN first_waited > 20000 THEN 1 ELSE 0 END AS late,
  CASE WHEN t_over <= {decided} THEN 1 ELSE 0 END AS decided,
  CASE WHEN t_over <= {decided} AND conn = 1 AND transferred = 0 THEN 1 ELSE 0 END AS success,
  CASE WHEN hangup_by = 'system' THEN 1 ELSE 0 END AS cut,
  CASE WHEN hangup_by = 'system' AND (last_prompt_kind IS NULL OR last_prompt_kind NOT IN ('goodbye', 'notice'))
    THEN 1 ELSE 0 END AS silent,
  CASE WHEN any_req = 0 AND EXISTS (SELECT 1 FROM completed_leaf f WHERE f.call_id = j.call_id) THEN 1 ELSE 0 END
    AS resolved,
  CASE WHEN t_over - t_answered <= 5000 AND pressed = 0
    AND NOT EXISTS (SELECT 1 FROM menu_visit v WHERE v.call_id = j.call_id AND v.key <> '')
    AND NOT EXISTS (SELECT 1 FROM turn u WHERE u.call_id = j.call_id) THEN 1 ELSE 0 END AS early
FROM joined j
"""

#: D4, D6: a connected call that the same customer repeated within the hour did not succeed.
REPEATED = """
UPDATE count_case SET success = 0
WHERE success = 1 AND {key} IS NOT NULL AND EXISTS (
  SELECT 1 FROM call o
  WHERE {same} AND o.direction = 'in' AND NOT o.drill AND o.did NOT IN :dids AND o.call_id <> count_case.call_id
    AND o.t_offered >= count_case.t_over AND o.t_offered < count_case.t_over + 3600000
)
"""
SAME_CUSTOMER = {
    "customer": "o.customer_id = count_case.customer",
    # the CASE keeps SQLite from looking up the many who have no customer id
    "number": (
        "o.caller_number = count_case.number AND CASE WHEN o.customer_id IS NULL THEN 1 END = 1 "
        "AND o.caller_kind <> 'withheld'"
    ),
}

#: Measure → what is added up over the calls.
SUMS = {
    "off": "1", "ans": "ans", "voice": "voice", "phone": "phone", "req": "req", "conn": "conn",
    "refused": "any_req - req", "within": "within", "within_queued": "within_queued",
    "elderly_req": "elderly * req", "elderly_within": "elderly * within", "elderly_ans": "elderly * ans",
    "elderly_gone": "elderly * gone", "legs": "legs", "talk_ms": "talk_ms", "acw_ms": "acw_ms",
    "timed": "CASE WHEN speed IS NULL THEN 0 ELSE 1 END", "speed_ms": "coalesce(speed, 0)",
    "ring_ms": "coalesce(ring, 0)", "answers": "answers", "told": "told", "holds": "holds", "overlong": "overlong",
    "unexplained": "unexplained", "kept": "phone * (1 - req)", "kept_strict": "phone * (1 - any_req)",
    "plain": "phone * (1 - elderly)", "kept_plain": "phone * (1 - elderly) * (1 - req)",
    "resolved": "phone * resolved", "early": "phone * early", "voice_kept": "voice * (1 - req)",
    "invited": "invited", "replied": "replied",
    "heard": "CASE WHEN t_first_prompt - t_offered <= 20000 THEN 1 ELSE 0 END",
    "prompt": "CASE WHEN t_first_prompt - t_answered <= 10000 THEN 1 ELSE 0 END", "short": "short", "gone": "gone",
    "late": "late", "decided": "decided", "conn_decided": "conn * decided", "success": "success",
    "unidentified": "CASE WHEN customer IS NULL AND number IS NULL THEN success ELSE 0 END", "cut": "cut",
    "silent": "silent", "silent_unanswered": "silent * (1 - ans)", "rebuilt": "rebuilt",
}  # fmt: skip

#: Subject of a survey → the names of its measures: answered with a score, of those content, answered without a score.
RATED = {
    subject: (f"{subject}_rated", f"{subject}_content", f"{subject}_lost") for subject in ("agent", "bot", "complaint")
}

CUSTOMERS = """
SELECT count(*) AS customers, coalesce(sum(CASE WHEN calls = 1 THEN 1 ELSE 0 END), 0) AS once
FROM (
  SELECT count(*) AS calls FROM count_case WHERE {which} AND (customer IS NOT NULL OR number IS NOT NULL)
  GROUP BY customer, number
) c
"""
WITHHELD = "SELECT count(*) FROM count_case WHERE {which} AND customer IS NULL AND number IS NULL"

DRILLS = """
SELECT count(*) FROM call
WHERE t_offered >= :start AND t_offered < :end AND direction = 'in' AND (drill OR did IN :dids)
"""

FIRST_OPEN = "SELECT min(t_over) FROM count_case WHERE decided = 0"

STATES = """
SELECT state, sum(CASE WHEN t_to < :end THEN t_to ELSE :end END - CASE WHEN t_from > :start THEN t_from ELSE :start END)
FROM agent_state WHERE t_to > :start AND t_from < :end AND t_to > t_from GROUP BY state
"""

#: Kind of list → its calls, the worst first.
ITEMS = {
    "abandoned": "SELECT call_id, t_offered AS at, waited AS ms FROM count_case WHERE gone = 1",
    "late": "SELECT call_id, t_offered AS at, first_waited AS ms FROM count_case WHERE late = 1",
    "holds": (
        "SELECT w.owner AS call_id, h.t_start AS at, h.t_end - h.t_start AS ms FROM ("
        "SELECT call_id AS owner, call_id FROM count_call UNION ALL SELECT parent, call_id FROM count_back"
        ") w JOIN hold h ON h.call_id = w.call_id WHERE h.t_end - h.t_start > 30000"
    ),
    "silent": "SELECT call_id, t_offered AS at, t_over - t_offered AS ms FROM count_case WHERE silent = 1",
}
WORST = "SELECT call_id, at, ms FROM ({items}) i ORDER BY ms DESC, at, call_id {binary} LIMIT :most"


def ratings() -> str:
    """The last answer of each call on each subject, as columns."""
    columns = []
    for subject, names in RATED.items():
        last = f"subject = '{subject}' AND answered AND last = 1"
        tests = (f"{last} AND score IS NOT NULL", f"{last} AND score <> 3", f"{last} AND score IS NULL")
        columns += [
            f"max(CASE WHEN {test} THEN 1 ELSE 0 END) AS {name}" for test, name in zip(tests, names, strict=True)
        ]
    return ", ".join(columns)


def rating_columns() -> str:
    """The same, of a call nobody rated too."""
    return ", ".join(f"coalesce(r.{name}, 0) AS {name}" for names in RATED.values() for name in names)


def sums(part: str) -> str:
    """Every measure, by the hour, by the queue that was asked for, or over all ("day")."""
    measures = SUMS | {name: name for names in RATED.values() for name in names}
    columns = ", ".join(f"coalesce(sum({what}), 0) AS {name}" for name, what in measures.items())
    match part:
        case "hour":
            return f"SELECT hour AS part, {columns} FROM count_case GROUP BY hour"  # noqa: S608 our own names only
        case "queue":
            name = "coalesce(queue, '')"
            return f"SELECT {name} AS part, {columns} FROM count_case WHERE any_req = 1 GROUP BY {name}"  # noqa: S608
        case _:
            return f"SELECT 0 AS part, {columns} FROM count_case"  # noqa: S608
