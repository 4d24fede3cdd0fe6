#!/usr/bin/env python3
# -*- coding: utf-8 -*-
"""One command from a bare machine to the running site: `python3 start.py`; `python3 start.py --help` lists the others.

Only Python is needed. The work is done by `collection_ops/launcher`, with the standard library alone. This file stays
readable for any Python ever installed, so that an old one can say what is missing in place of a syntax error.
"""

import os
import sys

if sys.version_info < (3, 11):
    sys.stderr.write(
        "需要 Python 3.11 或更新的版本，现在运行的是 %d.%d。请安装新版本后用它运行，例如: python3.11 start.py\n"
        "Python 3.11 or newer is needed; this is %d.%d. Install one and use it, e.g.: python3.11 start.py\n"
        % (sys.version_info[:2] + sys.version_info[:2])
    )
    sys.exit(1)

# The launcher is imported by itself: importing the package above it would ask for Celery, which is not installed yet.
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "collection_ops"))

from launcher.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
