"""Covering an absence: cases lent to somebody for some days, and handed back.

    gather     the cases that would be lent, and the people who could take them: few queries
    deal       who gets which case (pure): evenly by expected money, a person's debts together, nobody beyond their limit
    arranging  the one door for a new cover; starting, ending, changing: those for what becomes of it
    keeping    what the schedule does by itself: begin on the first day, hand back the morning after the last

Custody moves by cases.services.custody only ("cover", "cover_end"). Whose money it is meanwhile: agents/credit.py. What
follows a case by itself (promises, plans, call-backs) is the case's, whoever works it.
"""
