"""The accounts of a trial: one person a role, plus more collectors and a second team, so that there is somebody to compare.

Data only, no import: `make_demo` creates them, and the start script reads this file with nothing but Python to print
them. They exist where the demo portfolio was asked for, never in production. The passwords are known to everybody who
can read this page; that is their purpose.
"""

from typing import NamedTuple


class DemoAccount(NamedTuple):
    username: str
    display_name: str
    role: str
    unit: str
    password: str


DEMO_ACCOUNTS: tuple[DemoAccount, ...] = (
    DemoAccount("clerk", "舒文静", "clerk", "", "demo-2026-clerk"),
    DemoAccount("supervisor", "朱建国", "supervisor", "", "demo-2026-supervisor"),
    DemoAccount("collector", "林晓燕", "collector", "team-a", "demo-2026-collector"),
    DemoAccount("collector2", "马哈提·叶尔兰", "collector", "team-a", "demo-2026-collector2"),
    DemoAccount("collector3", "陈思远", "collector", "team-b", "demo-2026-collector3"),
    DemoAccount("collector4", "王海霞", "collector", "team-b", "demo-2026-collector4"),
    DemoAccount("collector5", "刘一帆", "collector", "team-a", "demo-2026-collector5"),
    DemoAccount("leader", "祖丽", "team_leader", "team-a", "demo-2026-leader"),
    DemoAccount("leader2", "周立新", "team_leader", "team-b", "demo-2026-leader2"),
    DemoAccount("vendor", "魏东", "vendor_manager", "", "demo-2026-vendor"),
    DemoAccount("compliance", "何明", "compliance", "", "demo-2026-compliance"),
    DemoAccount("finance", "蔡敏", "finance", "", "demo-2026-finance"),
    DemoAccount("manager", "景岚", "manager", "", "demo-2026-manager"),
    DemoAccount("admin", "关勇", "admin", "", "demo-2026-admin"),
    DemoAccount("auditor", "沈清", "auditor", "", "demo-2026-auditor"),
)
