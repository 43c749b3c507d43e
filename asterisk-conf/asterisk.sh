#!/usr/bin/env bash
# Brings Asterisk up and down: in a container where an engine runs or can be started, else as the same root file
# system in a chroot. Idempotent; asks nothing. The configuration is what `ivr asterisk render` wrote.
#
#   asterisk.sh image                 build the image (or the chroot) if this recipe has not been built yet
#   asterisk.sh up NAME STATE PROMPTS start Asterisk on STATE/etc; PROMPTS is readable at the same path inside.
#                                     One that runs already reads what has changed; calls in progress go on
#   asterisk.sh down NAME STATE       stop exactly that one
#   asterisk.sh rx STATE NAME CMD…    a console command
#   asterisk.sh moh FOLDER            copy the hold music there
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
recipe=$(sha256sum "$here/Dockerfile" | cut -c1-12)
image=bank-hotline-asterisk:$recipe
cache=${IVR_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bank-hotline}
root=$cache/chroot-$recipe
# Its files are the owner's alone; it leaves no core file, and nothing of its memory in one that the machine hands to a
# program (a core_pattern with a pipe heeds no limit): what callers key is in it.
# Callers hear every hold-up of Asterisk: where it may, it goes before everything else on the machine, by its container's
# weight or its own. Linux also weighs sessions against each other (autogroup, sched(7)).
first="renice -n -10 \$\$ >/dev/null 2>&1 || true; (echo -10 >/proc/self/autogroup) 2>/dev/null || true"
launch="umask 077; ulimit -c 0; echo 0 >/proc/self/coredump_filter; $first; exec asterisk"
say() { printf '  %s\n' "$*" >&2; }
sudo_() { if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo -n "$@"; else say "需要 root：$*"; return 1; fi; }

engine() { [ "${IVR_ENGINE:-}" != chroot ] && command -v docker >/dev/null && docker info >/dev/null 2>&1; }

start_engine() {
  engine && return 0
  [ "${IVR_ENGINE:-}" != chroot ] && [ "$(id -u)" = 0 ] && command -v dockerd >/dev/null || return 1
  mkdir -p "$cache"
  exec 9>"$cache/engine.lock"; flock 9
  if ! engine; then
    say "启动容器引擎 dockerd"
    # 8>&- 9>&-: the engine must not inherit the locks
    setsid nohup dockerd --storage-driver=overlay2 --bridge=none --iptables=false \
      >"$cache/dockerd.log" 2>&1 </dev/null 8>&- 9>&- &
    for _ in $(seq 60); do engine && break; sleep 0.5; done
  fi
  exec 9>&-
  engine || { say "dockerd 没有启动成功（$cache/dockerd.log），改用 chroot"; return 1; }
}

# The machine's own mirror; a fresh Debian has one of these two forms.
mirror() {
  awk '/^URIs:/ {print $2; exit}' /etc/apt/sources.list.d/*.sources 2>/dev/null | grep . \
    || awk '/^deb / {for (i = 2; i <= NF; i++) if ($i ~ /^http/) {print $i; exit}}' /etc/apt/sources.list
}

bootstrap() {  # bootstrap TARGET: Debian forky, minimal, as a tar or a folder
  command -v mmdebstrap >/dev/null || { say "缺少 mmdebstrap：请运行 make install"; return 1; }
  sudo_ mmdebstrap --quiet --variant=minbase --aptopt='Acquire::Check-Valid-Until "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' forky "$1" "$(mirror)"
}

build_image() {
  docker image inspect "$image" >/dev/null 2>&1 && return 0
  local base=debian:forky-slim log=$cache/build.log
  if ! docker image inspect "$base" >/dev/null 2>&1 && ! timeout 60 docker pull -q "$base" >/dev/null 2>&1; then
    base=bank-hotline-base:forky
    if ! docker image inspect "$base" >/dev/null 2>&1; then
      say "取不到公共镜像，用 mmdebstrap 制作 Debian 基础镜像（约半分钟）"
      bootstrap - 2>"$cache/base.log" | docker import - "$base" >/dev/null || { tail -5 "$cache/base.log" >&2; return 1; }
    fi
  fi
  say "构建 Asterisk 镜像 $image（约半分钟，日志 $log）"
  docker build --network host --build-arg "BASE=$base" -t "$image" "$here" >"$log" 2>&1 || { tail -20 "$log" >&2; return 1; }
}

build_root() {
  [ -f "$root/.ready" ] && return 0
  say "没有可用的容器引擎，制作 chroot（约一分钟）"
  if mounts | grep -qF "$root/"; then say "$root 里还挂着目录，不能重做：先停掉热线"; return 1; fi
  sudo_ rm -rf "$root"
  bootstrap "$root" 2>"$cache/base.log" || { tail -5 "$cache/base.log" >&2; return 1; }
  # The Dockerfile is the one recipe: its RUN line is what a chroot gets as well.
  sed -n '/^RUN /,$p' "$here/Dockerfile" | sed 's/^RUN //' | sudo_ tee "$root/recipe.sh" >/dev/null
  sudo_ cp /etc/resolv.conf "$root/etc/resolv.conf"
  sudo_ chroot "$root" sh -e /recipe.sh >"$cache/build.log" 2>&1 || { tail -20 "$cache/build.log" >&2; return 1; }
  sudo_ touch "$root/.ready"
}

make_image() {
  mkdir -p "$cache"
  exec 8>"$cache/image.lock"; flock 8
  if start_engine; then build_image; else build_root; fi
  exec 8>&-
}

wait_ready() {  # the console answers when Asterisk has loaded everything
  local name=$1 state=$2
  for _ in $(seq 100); do
    rx "$state" "$name" "core waitfullybooted" 2>/dev/null | grep -q 'fully booted' && return 0
    sleep 0.1
  done
  say "Asterisk 没有启动成功："; tail -5 "$state/log/messages.log" "$state/log/console.log" >&2 2>/dev/null || true
  return 1
}

# In the chroot Asterisk runs as whoever called, as it does in the container.
enter() { sudo_ chroot --userspec="$(id -u):$(id -g)" "$root" "$@"; }

rx() {
  local state=$1 name=$2; shift 2
  if engine; then timeout 5 docker exec "$name" asterisk -C "$state/etc/asterisk.conf" -rx "$*"
  else enter timeout 5 asterisk -C "$state/etc/asterisk.conf" -rx "$*"; fi
}

# What Asterisk reads only when it starts; it can be told to read the rest again.
start_key() {
  local etc=$1/etc
  { find "$etc" -name '*.conf' ! -name pjsip.conf ! -name queues.conf ! -name extensions.conf | sort | xargs cat
    cat "$1/localtime"
    grep -E '^(protocol|bind|cert_file|priv_key_file|method) ' "$etc/pjsip.conf"; cat "$1"/keys/* 2>/dev/null || true
    echo "$recipe $launch"; } | sha256sum | cut -c1-12
}

running() {  # running NAME STATE: is it there, with what it reads only at its start unchanged?
  [ "$(cat "$2/run/start-key" 2>/dev/null)" = "$(start_key "$2")" ] || return 1
  if engine; then [ "$(docker inspect -f '{{.State.Running}}' "$1" 2>/dev/null)" = true ]
  else [ -S "$2/run/asterisk.ctl" ] && rx "$2" "$1" "core show uptime" >/dev/null 2>&1; fi
}

up() {
  local name=$1 state=$2 prompts=$3 command parent=()
  make_image
  mkdir -p "$prompts"
  if running "$name" "$state"; then
    for again in "dialplan reload" "module reload app_queue.so" "module reload res_pjsip.so"; do
      rx "$state" "$name" "$again" >/dev/null || return 1
    done
    return 0
  fi
  down "$name" "$state"
  command="$launch -f -C $state/etc/asterisk.conf"
  if engine; then
    # Without systemd the engine puts its containers into one group, which weighs as much as a single session beside it.
    [ "$(docker info -f '{{.CgroupDriver}}')" != cgroupfs ] || parent=(--cgroup-parent=/)
    docker run -d --name "$name" --log-driver json-file --log-opt max-size=10m --log-opt max-file=3 --network host --ulimit core=0 --cap-add SYS_NICE --cpu-shares 10240 "${parent[@]}" --user "$(id -u):$(id -g)" \
      --restart "${IVR_RESTART:-no}" -v "$state:$state" -v "$state/etc:$state/etc:ro" -v "$state/localtime:/etc/localtime:ro" -v "$prompts:$prompts:ro" \
      "$image" sh -c "$command" >/dev/null
  else
    for folder in "$state" "$prompts"; do
      sudo_ mkdir -p "$root$folder"
      mountpoint -q "$root$folder" || sudo_ mount --bind "$folder" "$root$folder"
    done
    mountpoint -q "$root/proc" || sudo_ mount -t proc proc "$root/proc"
    sudo_ cp --remove-destination "$state/localtime" "$root/etc/localtime"
    enter true  # asks for root now, where somebody may be there to answer
    setsid nohup bash "$here/asterisk.sh" _keep_in_root "$state" "$command" >>"$state/log/console.log" 2>&1 </dev/null &
  fi
  wait_ready "$name" "$state" && start_key "$state" >"$state/run/start-key"
}

keep_in_root() {  # what the engine's restart policy does for a container
  until enter sh -c "$2"; do
    [ "${IVR_RESTART:-no}" != no ] && [ -f "$1/run/start-key" ] || return 1
    sleep 1
  done
}

down() {
  local name=$1 state=$2
  rm -f "$state/run/start-key"
  if engine; then
    docker stop -t 5 "$name" >/dev/null 2>&1 || true  # callers who are still there get a BYE
    docker rm -f "$name" >/dev/null 2>&1 || true
  else
    [ ! -x "$root/usr/sbin/asterisk" ] || stop_in_root "$name" "$state"
  fi
}

stop_in_root() {
  local name=$1 state=$2 pid folder
  pid=$(cat "$state/run/asterisk.pid" 2>/dev/null || true)
  # the number may have passed to another program since
  [ -n "$pid" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = asterisk ] || pid=
  if [ -n "$pid" ]; then
    rx "$state" "$name" "core stop now" >/dev/null 2>&1 || true
    for _ in $(seq 50); do [ -d "/proc/$pid" ] || break; sleep 0.1; done
    [ ! -d "/proc/$pid" ] || sudo_ kill -KILL "$pid"
    for _ in $(seq 50); do [ -d "/proc/$pid" ] || break; sleep 0.1; done
  fi
  # the state folder last in the list is mounted first; the prompts may be another hotline's too, and are left then
  for folder in $(mounts | grep -F "$root/" | grep -v "^$root/proc$" | sort -r); do
    case "$folder" in "$root$state"|"$root$state"/*) sudo_ umount "$folder" ;; esac
  done
  if [ -z "$(pgrep -x asterisk | xargs -rI{} sh -c 'readlink /proc/{}/root 2>/dev/null || true' | grep -xF "$root")" ]; then
    for folder in $(mounts | grep -F "$root/" | sort -r); do sudo_ umount "$folder" || true; done
  fi
}

mounts() { awk '{print $2}' /proc/mounts; }

moh() {  # the hold music as it is played, for those who must recognise it
  mkdir -p "$1"
  make_image
  if engine; then
    local id; id=$(docker create "$image" true)
    docker cp "$id:/opt/moh/." "$1" >/dev/null; docker rm "$id" >/dev/null
  else cp "$root"/opt/moh/*.wav "$1"; fi
}

case "${1:-}" in
  moh) moh "$2" ;;
  image) make_image ;;
  up) up "$2" "$3" "$4" ;;
  down) down "$2" "$3" ;;
  rx) shift; rx "$@" ;;
  _keep_in_root) keep_in_root "$2" "$3" ;;
  *) sed -n '2,11p' "$0"; exit 2 ;;
esac
