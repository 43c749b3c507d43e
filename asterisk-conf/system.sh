#!/usr/bin/env bash
# Installs the Debian packages that are missing. With root or sudo; where neither is there, it says what is missing.
# `system.sh browser`: also a browser and Chinese type for it, which only the tests of the console need.
set -euo pipefail
declare -A need=(
  [espeak-ng]=espeak-ng [sipp]=sip-tester [tcpdump]=tcpdump [mmdebstrap]=mmdebstrap [sox]=sox [openssl]=openssl
  [promtool]=prometheus
  [/usr/lib/postgresql/*/bin/initdb]=postgresql
)
if [ "${1:-}" = browser ]; then
  need[chromium]=chromium
  need[/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc]=fonts-noto-cjk
  need[nsenter]=util-linux need[ip]=iproute2
fi
missing=()
for probe in "${!need[@]}"; do
  if [[ $probe == /* ]]; then compgen -G "$probe" >/dev/null || missing+=("${need[$probe]}")
  else command -v "$probe" >/dev/null || missing+=("${need[$probe]}"); fi
done
python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
docker info >/dev/null 2>&1 || command -v dockerd >/dev/null || missing+=(docker.io)
[ ${#missing[@]} -eq 0 ] && exit 0
echo "== Debian packages: ${missing[*]}"
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
if [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null; then
  echo "These packages are missing and neither root nor sudo is there: apt-get install ${missing[*]}" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
as_root apt-get -o Acquire::Check-Valid-Until=false -qq update
# Services of these packages must not start by themselves: the tests run their own.
as_root env RUNLEVEL=1 apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
