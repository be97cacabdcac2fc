#!/bin/sh
# Make the self-contained program for Linux, start it, and say how large it is and how fast it starts.
#   packaging/build_bundle.sh [OUTPUT]      default: dist/
# Needs Python 3.11 or newer with venv, and objdump (binutils). Everything is made in OUTPUT and a fresh environment in it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
out=${1:-$root/dist}
python=${PYTHON:-python3}
mkdir -p "$out"
out=$(cd "$out" && pwd)
name=hardware-fit-planner

echo "== environment"
rm -rf "$out/venv" "$out/$name" "$out/work"
"$python" -m venv "$out/venv"
"$out/venv/bin/pip" install --quiet --disable-pip-version-check "$root" "pyinstaller>=6.16,<7"

echo "== bundle"
# from another folder, so that the installed copy is taken and not the sources
(cd "$out" && "$out/venv/bin/pyinstaller" --noconfirm --log-level WARN --distpath "$out" --workpath "$out/work" \
    "$here/$name.spec")
# the symbols of Python's own library are only for debuggers; those of others may not be touched (numpy's break)
command -v strip > /dev/null && strip --strip-unneeded "$out/$name/_internal/"libpython3*.so* || true
ln -s fit-planner "$out/$name/fit-planner-gui"
cp "$here/$name.desktop" "$root/LICENSE" "$out/$name/"
cp "$root/ui/resources/app/$name.svg" "$out/$name/"

echo "== start"
empty=$(mktemp -d)
trap 'rm -rf "$empty"' EXIT
run() { # nothing of this machine's Python, settings or display
    env -i PATH=/usr/bin:/bin HOME="$empty" LANG=C.UTF-8 QT_QPA_PLATFORM=offscreen "$@"
}
run "$out/$name/fit-planner" --version
run "$out/$name/fit-planner" rank --gpu "RTX 4090" --ram 64 --top 3
run "$out/$name/fit-planner-gui" --smoke
run "$out/$name/fit-planner-gui" --smoke
size=$(du -sm "$out/$name" | cut -f1)
files=$(find "$out/$name" -type f | wc -l)
tar -C "$out" -czf "$out/$name-linux-$(uname -m).tar.gz" "$name"
packed=$(du -m "$out/$name-linux-$(uname -m).tar.gz" | cut -f1)
echo "bundle: $size MiB in $files files, $packed MiB packed: $out/$name-linux-$(uname -m).tar.gz"
