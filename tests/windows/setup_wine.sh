#!/usr/bin/env bash
# Puts together a Windows Python 3.11 that runs here under Wine, with all libraries of requirements.txt and PyInstaller.
#   setup_wine.sh FOLDER        made afresh; FOLDER/env.sh then defines `windows_python`
# Everything comes from Debian's packages and from PyPI, by name. Interpreter, extension modules and Tcl/Tk come in the
# wheel of panda3d, which carries them for programs that it freezes; the modules in Python are those of this PC's Python.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
python=${PYTHON:-python3.11}
folder=${1:?usage: setup_wine.sh FOLDER}
rm -rf "$folder"
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
windows=$folder/python
wheels=$folder/wheels
packages=$windows/Lib/site-packages
say() { printf '[%3d s] %s\n' "$SECONDS" "$*"; }
as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi; }

needed=(wine64 gcc-mingw-w64-x86-64-win32 tcl8.6 tk8.6 xvfb xdotool)
if ! dpkg -s "${needed[@]}" >/dev/null 2>&1; then
    { as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${needed[@]}"; } </dev/null >"$folder/apt.log" 2>&1 ||
        { cat "$folder/apt.log" >&2; exit 1; }
fi
say "Debian's packages are there"

# The wheel's interpreter should be of the same patch level as the modules in Python that it is given.
case $("$python" -c 'import platform; print(platform.python_version())') in
    3.11.[0-4]) panda=1.10.13 ;;
    3.11.[5-8]) panda=1.10.14 ;;
    3.11.*) panda=1.10.15 ;;
    *) echo "Python 3.11 is needed: PYTHON=... $0" >&2; exit 1 ;;
esac
for_windows=(--quiet --disable-pip-version-check --platform win_amd64 --python-version 3.11 --implementation cp
    --only-binary=:all: --no-deps)
builders=(pyinstaller pyinstaller-hooks-contrib altgraph pefile setuptools)
# This Wine has no UI Automation: with comtypes there, pywinauto would ask for it as soon as it is imported.
absent=(comtypes)
mapfile -t pins < <("$python" "$here/windows_pins.py" "$root/requirements.txt" --without "${absent[@]}" &&
    "$python" "$here/windows_pins.py" "$root/deploy/requirements-test.txt" --only "${builders[@]}")
fetch() { "$python" -m pip download "${for_windows[@]}" "$@" 2>>"$folder/pip.log" || { cat "$folder/pip.log" >&2; exit 1; }; }
fetch --dest "$folder/panda3d" "panda3d==$panda"
fetch --dest "$wheels" "${pins[@]}"
say "$(find "$wheels" -name '*.whl' | wc -l) wheels for Windows, $(du -sm "$wheels" | cut -f1) MB"

mkdir -p "$windows/DLLs" "$packages" "$windows/tcl"
"$python" - "$folder" "$windows" <<'PY'
import sys
import zipfile
from pathlib import Path, PurePosixPath

folder, windows = map(Path, sys.argv[1:])
wheel = zipfile.ZipFile(next((folder / "panda3d").glob("*.whl")))
for entry in wheel.namelist():
    name = PurePosixPath(entry).name
    if not entry.startswith("deploy_libs/") or name.startswith("api-ms-"):
        continue
    is_beside = name.lower() in {"python311.dll", "vcruntime140.dll", "vcruntime140_1.dll"}
    (windows / name if is_beside else windows / "DLLs" / name).write_bytes(wheel.read(entry))
PY
rm -rf "$folder/panda3d"
library=$("$python" -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
tar -C "$library" --exclude=site-packages --exclude=dist-packages --exclude=lib-dynload --exclude=__pycache__ \
    --exclude=test --exclude=tests --exclude='config-*' --exclude=ensurepip --exclude=idlelib --exclude=turtledemo \
    --exclude='_sysconfigdata*' --exclude=EXTERNALLY-MANAGED -cf - . | tar -C "$windows/Lib" -xf -
"$python" -m pip install "${for_windows[@]}" --root-user-action=ignore --no-compile --no-index --upgrade \
    --target "$packages" "$wheels"/*.whl
# Debian's scripts of Tcl and Tk serve, once they ask for the patch level that the wheel's DLLs have.
cp -rL /usr/share/tcltk/tcl8.6 /usr/share/tcltk/tk8.6 /usr/share/tcltk/tcl8.6/tcl8 "$windows/tcl/"
level=$(grep -a -o -m1 -E '8\.6\.[0-9]+' "$windows/DLLs/tcl86t.dll" | head -n 1)
sed -i -E "s/^(package require -exact T(cl|k) +)8\.6\.[0-9]+/\1$level/" \
    "$windows/tcl/tcl8.6/init.tcl" "$windows/tcl/tk8.6/tk.tcl"
say "Python for Windows with Tcl/Tk $level"

compiler=x86_64-w64-mingw32-gcc-win32
"$compiler" -O2 -s -municode -o "$windows/python.exe" "$here/python_launcher.c"
"$compiler" -O2 -s -shared -o "$windows/bcryptprimitives.dll" "$here/bcryptprimitives.c" -ladvapi32
"$python" -m compileall -q -j 2 "$windows/Lib" >/dev/null 2>&1 || true  # some are written for other Pythons on purpose

# Under this Wine a Windows program must have pipes as its input and output, never files or a terminal.
cat >"$folder/env.sh" <<ENV
export WINEPREFIX=$folder/prefix WINEARCH=win64 WINEDEBUG=-all PYTHONUTF8=1
export WINEDLLOVERRIDES="mscoree,mshtml=d;winemenubuilder.exe=d"
wine=$(command -v /usr/lib/wine/wine64 || command -v wine64)
wine_server=$(command -v /usr/lib/wine/wineserver64 || command -v wineserver)
windows_python() { : | "\$wine" "$windows/python.exe" "\$@" 2>&1 | cat; return "\${PIPESTATUS[1]}"; }
ENV
# shellcheck source=/dev/null
. "$folder/env.sh"
: | timeout 300 "$wine" wineboot -i >"$folder/wineboot.log" 2>&1
# A program that crashes ends at once, instead of waiting behind a box for somebody to close it.
: | timeout 60 "$wine" reg add 'HKCU\Software\Wine\WineDbg' /v ShowCrashDialog /t REG_DWORD /d 0 /f 2>&1 |
    cat >>"$folder/wineboot.log"
windows_python -c 'import platform, sys; print(sys.version.split()[0], platform.platform())'
say "ready: $(du -sm "$folder" | cut -f1) MB in $folder"
