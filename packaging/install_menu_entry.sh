#!/bin/sh
# Show the program in the menu of a Linux desktop, for this user only.
#   packaging/install_menu_entry.sh PROGRAM     PROGRAM: path of fit-planner-gui
#   packaging/install_menu_entry.sh --remove
set -eu
here=$(cd "$(dirname "$0")" && pwd)
icons=$here/../ui/resources/app
share=${XDG_DATA_HOME:-$HOME/.local/share}
name=hardware-fit-planner
meta=org.hardware_fit_planner.Planner.metainfo.xml
sizes="16 24 32 48 64 128 256 512"

if [ "${1:-}" = "--remove" ]; then
    rm -f "$share/applications/$name.desktop" "$share/metainfo/$meta" "$share/icons/hicolor/scalable/apps/$name.svg"
    for size in $sizes; do rm -f "$share/icons/hicolor/${size}x$size/apps/$name.png"; done
    echo "removed from $share"
    exit 0
fi
[ $# -eq 1 ] && [ -x "$1" ] || { echo "usage: $0 PATH-OF-fit-planner-gui | --remove" >&2; exit 2; }
program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
case $program in
*\"* | *\\* | *\`* | *\$* | *%*) echo "the path holds a character that menu entries cannot hold: $program" >&2; exit 2 ;;
esac
mkdir -p "$share/applications" "$share/metainfo" "$share/icons/hicolor/scalable/apps"
while IFS= read -r line; do
    case $line in
    Exec=*) printf 'Exec="%s"\n' "$program" ;;
    *) printf '%s\n' "$line" ;;
    esac
done < "$here/$name.desktop" > "$share/applications/$name.desktop"
cp "$here/$meta" "$share/metainfo/"
cp "$icons/$name.svg" "$share/icons/hicolor/scalable/apps/"
for size in $sizes; do
    mkdir -p "$share/icons/hicolor/${size}x$size/apps"
    cp "$icons/$name-$(printf %03d "$size").png" "$share/icons/hicolor/${size}x$size/apps/$name.png"
done
echo "in the menu: $share/applications/$name.desktop"
