# What the console's container needs beneath the project's own folder, which is mounted with its .venv: Debian 12's
# Python, the computer's voice and what turns recordings into the telephone's format.
ARG BASE=debian:bookworm-slim
FROM ${BASE}
RUN printf 'path-exclude=/usr/share/doc/*\npath-exclude=/usr/share/man/*\npath-exclude=/usr/share/locale/*\n' \
      > /etc/dpkg/dpkg.cfg.d/slim \
 && apt-get -o Acquire::Check-Valid-Until=false -q update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
      python3 ca-certificates espeak-ng sox openssl \
 && rm -rf /var/lib/apt/lists/*
