"""The child process that opens a workbook with its password: ``python -m cases.imports.reading.unlock_child``.

Started by ``unlocking``; is told path, password and limits on standard input (one JSON line, where no process list
shows it) and answers with the bytes of the open workbook on standard output. Its exit status says how it went.
No Django here, and no more rights than ``read_child`` has: what it opens is a stranger's file.
"""

import io
import json
import sys
import tempfile
from pathlib import Path

from cases.imports.reading.prescan import ReadLimits
from cases.imports.reading.read_child import give_up_rights

DONE, WRONG_PASSWORD, CANNOT = 0, 3, 4


def main() -> int:
    request = json.loads(sys.stdin.readline())
    path = Path(request["path"])
    give_up_rights(path, ReadLimits(**request["limits"]), content=10 * path.stat().st_size)
    # The library takes a temporary file for old workbooks; nothing of an opened file may touch the disk here.
    tempfile.TemporaryFile = lambda *_args, **_options: io.BytesIO()  # type: ignore[assignment]
    import msoffcrypto
    from msoffcrypto import exceptions

    out = io.BytesIO()
    try:
        with path.open("rb") as file:
            office = msoffcrypto.OfficeFile(file)
            try:
                if not request["password"]:
                    return WRONG_PASSWORD  # the library takes it for no password at all
                if office.format == "ooxml":
                    office.load_key(password=request["password"], verify_password=True)
                else:
                    office.load_key(password=request["password"])
            except exceptions.InvalidKeyError:
                return WRONG_PASSWORD
            office.decrypt(out)
    except exceptions.InvalidKeyError:
        return WRONG_PASSWORD
    except Exception:  # whatever a damaged or hostile file makes of the library: it cannot be opened
        return CANNOT
    sys.stdout.buffer.write(out.getbuffer())
    sys.stdout.buffer.flush()
    return DONE


if __name__ == "__main__":
    sys.exit(main())
