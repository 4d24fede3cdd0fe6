"""What other departments are asked, and what they answer: about a complaint, or about a debtor's question that is none.

    ask → (take) → answer → accept, or again with a reason
          return: not theirs, with a reason → again (another department) or withdraw

`departments` keeps who is asked, `people` knows whose turn it is and who may act, `referring` asks and ends, `answering` is
what the department does, `reminding` tells people each morning. Whom a complaint is about neither sees nor answers a
referral of it (CN-C-02). A department reads what the asker wrote, never the complaint.
"""
