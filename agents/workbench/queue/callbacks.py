"""Calls that somebody was promised: from a little before their moment until the person is called again."""

from agents.workbench.queue.sources import queue_source


@queue_source("callbacks")
def callbacks() -> str:
    """The callback agreed in the last contact with the person, once its moment is near. That the person called us after it
    does not do away with it, unless something else was agreed then. As compliance.selectors_calls.callbacks_due has it, but
    from the last contact backwards: what it costs does not grow with the log."""
    return """
    SELECT m.id, 'callback', d.callback_at, NULL::numeric
    FROM latest m
    LEFT JOIN LATERAL (
        SELECT a.id, a.case_id FROM compliance_contactattempt a
        WHERE m.direction = 'in' AND a.debtor_id = m.debtor_id AND a.state <> 'cancelled' AND a.direction = 'out'
        ORDER BY a.opened_at DESC LIMIT 1
    ) called ON true
    JOIN compliance_contactdetail d ON d.attempt_id IN (m.attempt_id, called.id)
    WHERE d.callback_at <= %(callback_until)s
      AND m.id = CASE WHEN d.attempt_id = m.attempt_id THEN m.case_id ELSE called.case_id END"""
