"""Unpacks the parts of a workbook in bounded pieces, trusting nothing that the archive says of itself."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from callmanager.domain.errors import Invalid
from callmanager.domain.texts import N_
from callmanager.server.lists.rows import Limits
from callmanager.server.lists.sources import CHUNK_BYTES

MAX_DIRECTORY_BYTES = 2**20

_LOCAL_HEADER = struct.Struct("<4s22xHH")
_ENCRYPTED = 0x1


def damaged() -> Invalid:
    return Invalid("file_damaged", N_("The workbook is damaged. Open it in Excel and save it again as .xlsx."))


def too_large_unpacked(limits: Limits) -> Invalid:
    return Invalid(
        "file_unpacked_too_large",
        N_("Unpacked, the workbook is larger than %(megabytes)s MB. Split it, or save the sheet as CSV."),
        megabytes=limits.max_unpacked_bytes // 2**20,
    )


class Archive:
    """The directory of a zip file. Raises Invalid when what it declares is out of bounds."""

    def __init__(self, stream: BinaryIO, limits: Limits) -> None:
        self._stream = stream
        self._limits = limits
        self._entries = {_name(info.filename): info for info in _directory(stream, limits)}
        if sum(info.file_size for info in self._entries.values()) > limits.max_unpacked_bytes:
            raise too_large_unpacked(limits)

    def __contains__(self, name: str) -> bool:
        return _name(name) in self._entries

    def holds_any(self, *endings: str) -> bool:
        """Whether a part has a name that ends like this."""
        return any(name.endswith(endings) for name in self._entries)

    def unpack(self, name: str, *, at_most: int | None = None) -> Iterator[bytes]:
        """The bytes of one part in pieces of at most 64 KiB. Really inflated: more or fewer bytes than declared,
        or another checksum, is Invalid, at once when there are more."""
        info = self._entries.get(_name(name))
        if info is None:
            raise damaged()
        if at_most is not None and info.file_size > at_most:
            raise too_large_unpacked(self._limits)
        size = crc = 0
        for piece in _inflated(self._stream, info):
            size += len(piece)
            if size > info.file_size:
                raise damaged()
            crc = zlib.crc32(piece, crc)
            yield piece
        if size != info.file_size or crc != info.CRC:
            raise damaged()


def _name(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").casefold()


class _BoundedReads(io.RawIOBase):
    """Lets zipfile read the directory, but not one that would fill the memory."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        if size > MAX_DIRECTORY_BYTES:
            raise zipfile.BadZipFile("directory too large")
        return self._stream.read(size if size >= 0 else MAX_DIRECTORY_BYTES)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True


def _directory(stream: BinaryIO, limits: Limits) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(_BoundedReads(stream)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, OSError, EOFError):
        raise damaged() from None
    if len(entries) > limits.max_entries:
        raise Invalid("file_too_many_parts", N_("The workbook holds too many parts. Save the sheet as CSV."))
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise password()
    if len({_name(entry.filename) for entry in entries}) < len(entries):
        raise damaged()
    return entries


def password() -> Invalid:
    return Invalid("file_password", N_("The workbook has a password. Remove the password in Excel and save it again."))


def _inflated(stream: BinaryIO, info: zipfile.ZipInfo) -> Iterator[bytes]:
    if info.compress_type == zipfile.ZIP_STORED:
        yield from _packed(stream, info)
    elif info.compress_type == zipfile.ZIP_DEFLATED:
        yield from _deflated(_packed(stream, info))
    else:
        raise damaged()


def _deflated(pieces: Iterator[bytes]) -> Iterator[bytes]:
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for packed in pieces:
            rest = packed
            while rest and not inflate.eof:
                piece = inflate.decompress(rest, CHUNK_BYTES)
                rest = inflate.unconsumed_tail
                if piece:
                    yield piece
        while not inflate.eof and (piece := inflate.decompress(b"", CHUNK_BYTES)):
            yield piece
    except zlib.error:
        raise damaged() from None
    if not inflate.eof:
        raise damaged()


def _packed(stream: BinaryIO, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The stored bytes of a part. Seeks before each piece: several parts are read in turn from one stream."""
    stream.seek(info.header_offset)
    header = stream.read(_LOCAL_HEADER.size)
    if len(header) < _LOCAL_HEADER.size or header[:4] != b"PK\x03\x04":
        raise damaged()
    _, name_length, extra_length = _LOCAL_HEADER.unpack(header)
    position = info.header_offset + _LOCAL_HEADER.size + name_length + extra_length
    left = info.compress_size
    while left:
        stream.seek(position)
        piece = stream.read(min(left, CHUNK_BYTES))
        if not piece:
            raise damaged()
        position += len(piece)
        left -= len(piece)
        yield piece
