"""Teams, people, skills, shifts, leave, certificates: their pages and the questions about them."""
