"""The lender's own collectors: teams, people, assignment, targets, the workbench. Empty until assignment is built."""
