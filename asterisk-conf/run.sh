#!/usr/bin/env bash
# `make run` and `make down`: the hotline on this machine, in its state folder, until it is told to stop. Both may be
# said again; what they did not start they leave alone.
set -euo pipefail
umask 077
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
ivr=.venv/bin/ivr
[ -x "$ivr" ] || { [ "${1:-}" = down ] && { echo "热线没有在运行"; exit 0; }; echo "缺少 .venv：请先运行 make install" >&2; exit 1; }
{ read -r state && read -r prompts && read -r drain && { read -r bank || true; }; } < <(.venv/bin/python -c '
from ivr.settings import load
found = load()
print(found.state.resolve(), found.prompts.resolve(), found.drain_seconds, found.bank.url, sep="\n")' 2>/dev/null) \
  || { $ivr asterisk how-to-dial >/dev/null; exit 1; }  # the command says what is wrong with the settings
name=bank-hotline-$(printf %s "$state" | sha256sum | cut -c1-8)
log=$state/ivr.log

pid() {  # the application's, if it is alive; the number may have passed to another program since
  local found; found=$(cat "$state/ivr.pid" 2>/dev/null) || return 1
  # a full disk takes no number: who holds the lock, by its inode
  [ -n "$found" ] || found=$(awk -v inode=":$(stat -c %i "$state/ivr.lock")" 'substr($6, length($6) - length(inode) + 1) == inode {print $5; exit}' /proc/locks)
  tr '\0' ' ' <"/proc/$found/cmdline" 2>/dev/null | grep -q ' serve ' && echo "$found"
}

bank_pid() {  # the demo bank's, if it is alive
  local found; found=$(cat "$state/demo-bank.pid" 2>/dev/null) || return 1
  tr '\0' ' ' 2>/dev/null <"/proc/$found/cmdline" | grep -q ' bank demo ' && echo "$found"
}

begin_bank() {  # where no bank's systems are set: a bank to try with, and the hotline told where it is
  local log=$state/demo-bank.log
  if ! bank_pid >/dev/null; then
    setsid "$top/$ivr" bank demo --port 0 --db "$state/demo-bank" </dev/null >"$log" 2>&1 &
    echo $! >"$state/demo-bank.pid"
  fi
  for _ in $(seq 150); do
    IVR_BANK_URL=$(sed -n 's/.*演示银行在 \(http[^ ]*\) 提供服务.*/\1/p' "$log")
    [ -z "$IVR_BANK_URL" ] || { export IVR_BANK_URL IVR_BANK_PUBLIC_KEY="$state/demo-bank/demo-bank-public.pem"; break; }
    bank_pid >/dev/null || break
    sleep 0.2
  done
  if [ -n "$IVR_BANK_URL" ]; then echo "没有设置 [bank] url：用演示银行 $IVR_BANK_URL（客户见 ivr bank demo --list）"
  else unset IVR_BANK_URL; echo "注意：演示银行没有启动成功，日志 $log；需要银行系统的业务都转人工" >&2; fi
}

console_pid() {  # the console's, if it is alive; of this checkout's state folder
  local found; found=$(cat "$state/console.pid" 2>/dev/null) || return 1
  tr '\0' ' ' 2>/dev/null <"/proc/$found/cmdline" | grep -q ' console $' && echo "$found"
}

begin_console() {  # pages; where they do not come up callers are served all the same
  local log=$state/console.log found origin link
  if ! console_pid >/dev/null; then
    setsid "$top/$ivr" console </dev/null >"$log" 2>&1 &
    echo $! >"$state/console.pid"
  fi
  for _ in $(seq 150); do
    origin=$(sed -n 's/^控制台 \(http[^ ]*\) 已启动.*/\1/p' "$log" 2>/dev/null | tail -1)
    [ -z "$origin" ] || break
    console_pid >/dev/null || break
    sleep 0.2
  done
  if [ -z "$origin" ] || ! found=$(console_pid); then
    echo "注意：控制台没有启动成功，日志 $log；来电照常接听" >&2; tail -3 "$log" >&2 || true; return 0
  fi
  echo "控制台：$origin"
  if link=$($ivr console sign-in 2>/dev/null); then echo "  一次性登录（15 分钟内有效）：$link"; fi
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
    if running=$(pid); then echo "热线已在运行（进程 $running）；改了设置要先 make down"
    else [ -n "$bank" ] || begin_bank; .venv/bin/python -m ivr.serve.watchdog.begin "$log" "$top/$ivr" serve; fi
    echo "热线在接听，日志 $log"
    $ivr asterisk how-to-dial
    begin_console
    echo "停止：make down" ;;
  down)
    # the console that `make demo` left
    if running=$(cat demo-out/console.pid 2>/dev/null) && tr '\0' ' ' 2>/dev/null <"/proc/$running/cmdline" | grep -q ' console $'; then
      kill -TERM "$running"; echo "演示的控制台已停止"
    fi
    rm -f demo-out/console.pid
    [ -d "$state/asterisk" ] || { echo "热线没有在运行"; exit 0; }
    if running=$(pid); then stop "$running"; fi
    # agents talk through it: it goes after the last call
    if running=$(console_pid); then kill -TERM "$running"; rm -f "$state/console.pid"; fi
    if running=$(bank_pid); then kill -TERM "$running"; rm -f "$state/demo-bank.pid"; fi
    bash asterisk-conf/asterisk.sh down "$name" "$state/asterisk"
    echo "热线已停止" ;;
  *) echo "run.sh up|down" >&2; exit 2 ;;
esac
