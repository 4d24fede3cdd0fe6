"""Small files of every kind that is taken, and of some that are not."""

import io
import zipfile

from django.core.files.uploadedfile import SimpleUploadedFile


def office(part: str, *more: str) -> bytes:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as written:
        for name in ("[Content_Types].xml", part, *more):
            written.writestr(name, "<x/>")
    return box.getvalue()


PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
GOOD = {
    "png": PNG,
    "jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF\0" + b"\0" * 20,
    "pdf": b"%PDF-1.7\n%\xe2\xe3\n",
    "mp3": b"ID3\x04\x00" + b"\0" * 20,
    "wav": b"RIFF\x24\0\0\0WAVEfmt ",
    "m4a": b"\0\0\0\x20ftypM4A \0\0\0\0",
    "xlsx": office("xl/workbook.xml"),
    "docx": office("word/document.xml"),
}
BAD = {
    "a program": b"MZ\x90\0" + b"\0" * 60,
    "a page": b"<html><script>alert(1)</script>",
    "a picture made of code": b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'>",
    "words": "死亡证明".encode(),
    "an archive": office("etc/passwd"),
    "a workbook with macros": office("xl/workbook.xml", "xl/vbaProject.bin"),
    "both at once": office("xl/workbook.xml", "word/document.xml"),
    "half an archive": office("xl/workbook.xml")[:40],
    "nearly a recording": b"\xff\xff\xff\xff",
    "nothing": b"",
}


def upload(content: bytes = PNG, name: str = "证明.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)
