#!/usr/bin/env bash
# `make run` and `make down`: the hotline on this machine, in its state folder, until it is told to stop. Both may be
# said again; what they did not start they leave alone.
set -euo pipefail
umask 077
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
ivr=.venv/bin/ivr
[ -x "$ivr" ] || { [ "${1:-}" = down ] && { echo "热线没有在运行"; exit 0; }; echo "缺少 .venv：请先运行 make install" >&2; exit 1; }
{ read -r state; read -r prompts; read -r drain; } < <(.venv/bin/python -c '
from ivr.settings import load
found = load()
print(found.state.resolve(), found.prompts.resolve(), found.drain_seconds, sep="\n")' 2>/dev/null) \
  || { $ivr asterisk how-to-dial >/dev/null; exit 1; }  # the command says what is wrong with the settings
name=bank-hotline-$(printf %s "$state" | sha256sum | cut -c1-8)
log=$state/ivr.log

pid() {  # the application's, if it is alive; the number may have passed to another program since
  local found; found=$(cat "$state/ivr.pid" 2>/dev/null) || return 1
  tr '\0' ' ' <"/proc/$found/cmdline" 2>/dev/null | grep -q ' serve ' && echo "$found"
}

start() {
  local since started
  touch "$log"; since=$(stat -c %s "$log")
  setsid nohup "$top/$ivr" serve >>"$log" 2>&1 </dev/null &
  started=$!
  for _ in $(seq 300); do
    tail -c "+$((since + 1))" "$log" | grep -q 'AMI link up' && return 0
    kill -0 "$started" 2>/dev/null || break
    sleep 0.1
  done
  echo "热线没有启动成功，日志 $log 的最后几行：" >&2
  tail -c "+$((since + 1))" "$log" | tail -5 >&2
  return 1
}

stop() {
  local was=$1
  kill -TERM "$was"
  echo "等待在线通话结束（进程 $was，最多 $drain 秒）"
  for _ in $(seq $(((drain + 15) * 5))); do [ -d "/proc/$was" ] || return 0; sleep 0.2; done
  echo "进程 $was 没有按时退出，强行结束；在线通话由 Asterisk 接管" >&2
  kill -KILL "$was" 2>/dev/null || true
}

case "${1:-}" in
  up)
    mkdir -p "$state"
    $ivr asterisk render
    IVR_RESTART=unless-stopped bash asterisk-conf/asterisk.sh up "$name" "$state/asterisk" "$prompts"
    if running=$(pid); then echo "热线已在运行（进程 $running）；改了设置要先 make down"; else start; fi
    echo "热线在接听，日志 $log"
    $ivr asterisk how-to-dial
    echo "停止：make down" ;;
  down)
    [ -d "$state/asterisk" ] || { echo "热线没有在运行"; exit 0; }
    if running=$(pid); then stop "$running"; fi
    bash asterisk-conf/asterisk.sh down "$name" "$state/asterisk"
    echo "热线已停止" ;;
  *) echo "run.sh up|down" >&2; exit 2 ;;
esac
