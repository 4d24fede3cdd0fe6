"""The unified social credit code of a legal person (GB 32100-2015): seventeen signs and one that checks them."""

SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def check_sign(body: str) -> str:
    """The eighteenth sign for the seventeen. Raises ValueError for signs that no code has."""
    total = sum(SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(body))
    return SIGNS[-total % 31]


def is_credit_code(code: str) -> bool:
    return len(code) == 18 and all(sign in SIGNS for sign in code) and check_sign(code[:17]) == code[17]
