"""What a page shows of a personal value until somebody opens it with a reason. One function a kind of value."""


def mask_name(name: str) -> str:
    """张三 → 张*, 欧阳小明 → 欧**明, A → *. Long names keep two ends only."""
    name = name.strip()
    if len(name) <= 1:
        return "*" * len(name)
    if len(name) == 2:
        return f"{name[0]}*"
    return f"{name[0]}{'*' * min(len(name) - 2, 4)}{name[-1]}"


def mask_id(number: str) -> str:
    """Last four only: **************5333 (the first six would give away the county of birth)."""
    number = number.strip()
    if len(number) <= 4:
        return "*" * len(number)
    return f"{'*' * min(len(number) - 4, 14)}{number[-4:]}"


def mask_phone(number: str) -> str:
    """138****5678; a short or foreign number keeps its last four at the most."""
    number = number.strip()
    if len(number) == 11 and number.isdigit():
        return f"{number[:3]}****{number[-4:]}"
    if len(number) <= 4:
        return "*" * len(number)
    return f"{'*' * (len(number) - 4)}{number[-4:]}"


def mask_address(address: str) -> str:
    """Province and city stay, the rest is hidden: 浙江省杭州市****."""
    address = address.strip()
    for mark in ("市", "州", "盟", "地区", "省", "区"):
        at = address.find(mark)
        if 0 < at < 12:
            return f"{address[: at + len(mark)]}****"
    return f"{address[:2]}****" if len(address) > 4 else "****"


def mask_email(address: str) -> str:
    """w***@example.com: the first letter and the domain."""
    name, at, domain = address.strip().partition("@")
    return f"{name[:1]}***{at}{domain}" if at else "****"
