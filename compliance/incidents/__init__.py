"""Major incidents (重大风险事项): the written report within 48 hours, its drafts, recipients and versions (CN-X-01)."""
