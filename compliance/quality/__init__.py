"""Quality checks: which talks are listened to, how they are scored, what follows, and who disagrees.

    draw (gather → decide → apply) → issue → check → (second opinion → agree or settle) → result → (appeal)

`reasons` says what makes a talk likelier to be drawn, `drawing` decides (pure), `gathering` looks, `batches` writes,
`frozen` keeps what was looked at. `form` and `scoring` read a form and score by it (pure), `checking` takes opinions in,
`following` does what a result brings (the register of breaches, coaching), `appeals` and `second` decide about opinions,
`agreement` measures checkers against each other (pure), `results` counts the month.
"""
