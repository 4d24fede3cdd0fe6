"""Weekly plan and review, monthly appraisal (考核), rewards and penalties (奖惩)."""
