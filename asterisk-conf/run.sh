#!/usr/bin/env bash
# `make run` and `make down`: the hotline on this machine, in the folder `run/`, until it is told to stop.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
ivr=.venv/bin/ivr
state=$(.venv/bin/python -c 'from ivr.settings import load; print(load().state.resolve())')
prompts=$(.venv/bin/python -c 'from ivr.settings import load; print(load().prompts.resolve())')
name=bank-hotline-$(printf %s "$state" | sha256sum | cut -c1-8)
alive() { [ -f "$state/ivr.pid" ] && kill -0 "$(cat "$state/ivr.pid")" 2>/dev/null; }
case "${1:-}" in
  up)
    mkdir -p "$state"
    $ivr asterisk render
    IVR_RESTART=unless-stopped bash asterisk-conf/asterisk.sh up "$name" "$state/asterisk" "$prompts"
    if alive; then echo "热线已在运行（进程 $(cat "$state/ivr.pid")）"; else
      setsid nohup $ivr serve >>"$state/ivr.log" 2>&1 </dev/null &
      for _ in $(seq 100); do grep -q 'AMI link up' "$state/ivr.log" 2>/dev/null && alive && break; sleep 0.1; done
      alive || { tail -5 "$state/ivr.log" >&2; exit 1; }
    fi
    $ivr asterisk how-to-dial
    echo "停止：make down" ;;
  down)
    if alive; then
      pid=$(cat "$state/ivr.pid"); kill -TERM "$pid"
      echo "等待在线通话结束（进程 $pid）"
      while kill -0 "$pid" 2>/dev/null; do sleep 0.2; done
    fi
    bash asterisk-conf/asterisk.sh down "$name" "$state/asterisk"
    echo "热线已停止" ;;
  *) echo "run.sh up|down" >&2; exit 2 ;;
esac
