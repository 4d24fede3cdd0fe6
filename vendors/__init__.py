"""Outside agencies: who they are, what they are given, how they do it, what they are paid.

Owns: agencies with their documents, checks and evaluations; contracts in rows; placements and recalls; settlements, the
agencies' own bills, accruals and vouchers.
May import: compliance, cases, collection_ops.core. Never agents, never reports.
Words: agency 委外机构, placement 委案, recall 退案, settlement 费用结算, commission 佣金, claw-back 追回,
compliance coefficient 合规系数, scorecard 评分卡, rectification 整改, bill 机构账单, accrual 计提,
voucher 凭证, posted 过账.
Rooms: `agencies/` (may it be given cases), `contracts/` (terms and fees), `placement/`, `returns/` (files back, money
claimed), `scorecard/`, `rectification/`, `meetings/`, `settlement/`, `bills/` (their bill beside ours), `accruals/`;
`api/` for agencies' programs. An agency's cases sit on its desk; whose money it is, cases/credit.py says, for agencies
and collectors alike.
"""
