"""What other departments are asked, and what they answer: about a complaint, or about a debtor's question that is none."""
