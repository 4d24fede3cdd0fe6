"""Suggestions and problems (问题与建议) of the staff: filed, given to an owner, answered, judged by whoever filed them.

    file → accept (will be done by a day) → done        → satisfied, or not: open again
         → decline with a reason                        → satisfied, or not: open again
         → duplicate of another, whose answer is its answer

Nothing is deleted: every state leaves a step. `people` knows who answers, `filing` and `answering` write, `month` counts,
`reminding` tells owners each morning.
"""
