"""What Windows tells of programs and of the desktop: paths, versions, rights, and whether anybody sits there."""

from __future__ import annotations

import sys

assert sys.platform == "win32"

import ctypes
from contextlib import suppress
from ctypes import wintypes

import pywintypes
import win32api
import win32con
import win32process
import win32security

from callmanager.softphones.interphone.windows import Program

_QUERY_LIMITED = 0x1000  # PROCESS_QUERY_LIMITED_INFORMATION: also for programs with more rights
_MOST_PATH = 32_768
_TOKEN_ELEVATION = 20
_SESSION_INFO_EX = 25  # WTSSessionInfoEx
_CURRENT_SESSION = 0xFFFF_FFFF
_DISCONNECTED = 4  # WTSDisconnected
_LOCKED = 0  # WTS_SESSIONSTATE_LOCK

_kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
_kernel32.QueryFullProcessImageNameW.argtypes = [
    *(wintypes.HANDLE, wintypes.DWORD, wintypes.LPWSTR, ctypes.POINTER(wintypes.DWORD)),
]


class _SessionState(ctypes.Structure):
    """The beginning of WTSINFOEXW, level 1."""

    _fields_ = (
        *(("level", wintypes.DWORD), ("alignment", wintypes.DWORD), ("session", wintypes.ULONG)),
        *(("state", ctypes.c_int), ("flags", wintypes.LONG)),
    )


def path_of(process_id: int) -> str:
    """Full path of a process's program, "" when it may not be read."""
    try:
        process = win32api.OpenProcess(_QUERY_LIMITED, False, process_id)
    except pywintypes.error:
        return ""
    size = wintypes.DWORD(_MOST_PATH)
    path = ctypes.create_unicode_buffer(_MOST_PATH)
    if not _kernel32.QueryFullProcessImageNameW(int(process), 0, path, ctypes.byref(size)):
        return ""
    return path.value


def describe(process_id: int) -> Program:
    """What can be read of a running program."""
    path = path_of(process_id)
    return Program(path, _version(path), _bits(process_id), _is_above_us(process_id))


def _version(path: str) -> str:
    try:
        fixed = win32api.GetFileVersionInfo(path, "\\")
    except pywintypes.error:
        return ""
    high, low = fixed["FileVersionMS"], fixed["FileVersionLS"]
    return f"{high >> 16}.{high & 0xFFFF}.{low >> 16}.{low & 0xFFFF}"


def _bits(process_id: int) -> int | None:
    if sys.maxsize < 2**32:
        return None  # from a program of 32 bits all look like it
    try:
        return 32 if win32process.IsWow64Process(win32api.OpenProcess(_QUERY_LIMITED, False, process_id)) else 64
    except pywintypes.error:
        return None


def _is_above_us(process_id: int) -> bool | None:
    """Whether it runs as administrator and we do not. That its rights may not be read says the same."""
    if _is_elevated(win32api.GetCurrentProcess()):
        return False
    try:
        return _is_elevated(win32api.OpenProcess(_QUERY_LIMITED, False, process_id))
    except pywintypes.error as error:
        return True if error.winerror == 5 else None


def _is_elevated(process: int) -> bool:
    token = win32security.OpenProcessToken(process, win32con.TOKEN_QUERY)
    return bool(win32security.GetTokenInformation(token, _TOKEN_ELEVATION))


def is_desktop_locked() -> bool:
    """Whether this session is locked or disconnected. What cannot be found out counts as unlocked."""
    wts = ctypes.WinDLL("wtsapi32")
    found, size = ctypes.c_void_p(), wintypes.DWORD()
    with suppress(AttributeError):
        if not wts.WTSQuerySessionInformationW(
            None, _CURRENT_SESSION, _SESSION_INFO_EX, ctypes.byref(found), ctypes.byref(size)
        ):
            return False
        try:
            if not found.value or size.value < ctypes.sizeof(_SessionState):
                return False
            session = _SessionState.from_address(found.value)
            return bool(session.level == 1 and (session.state == _DISCONNECTED or session.flags == _LOCKED))
        finally:
            wts.WTSFreeMemory(found)
    return False
