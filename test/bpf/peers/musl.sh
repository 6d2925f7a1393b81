#!/bin/sh
# Fetches what a program of musl needs to speak TLS: Debian's musl, and the OpenSSL 1.1 that a musllinux wheel carries.
# Newer wheels have packed relocations (RELR), which musl reads from 1.2.4 on.
#   test/bpf/peers/musl.sh FOLDER; AI_SPM_MUSL=FOLDER npx vitest run test/bpf/tls-musl.test.ts
set -eu
mkdir -p "$1"
cd "$1"
apt-get download -qq musl musl-dev
for deb in musl*.deb; do dpkg -x "$deb" .; done
python3 -m pip download -q --no-deps --only-binary=:all: --platform musllinux_1_1_x86_64 --python-version 3.11 psycopg2-binary==2.9.9
python3 -m zipfile -e psycopg2_binary-*.whl wheel
cd wheel/psycopg2_binary.libs
ln -sf "../../lib/ld-musl-x86_64.so.1" libc.musl-x86_64.so.1
ln -sf libssl-*.so.1.1 libssl.so
ln -sf libcrypto-*.so.1.1 libcrypto.so
