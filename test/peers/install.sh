#!/usr/bin/env bash
# What the tests of test/peers speak with, from Debian, PyPI and Maven Central. Does nothing where it is there already. Wants root for Debian's part.
set -euo pipefail
folder="${XDG_CACHE_HOME:-$HOME/.cache}/cpm-xdms-peers"
mkdir -p "$folder"

missing=()
command -v java >/dev/null || missing+=(default-jdk-headless)
command -v mvn >/dev/null || missing+=(maven)
command -v python3 >/dev/null || missing+=(python3-venv)
# What the stories of the page are told in.
[ -n "${CHROMIUM:-}" ] || command -v chromium >/dev/null || missing+=(chromium)
# Nothing of these is started as a service by the tests. Of prometheus it is promtool that is wanted.
for package in dovecot-imapd dovecot-lmtpd postfix nginx-light caddy fail2ban prometheus zsh; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

if [ ! -f "$folder/python/installed-2" ]; then
  python3 -m venv "$folder/python"
  "$folder/python/bin/pip" install -q http-ece==1.2.1 py-vapid==1.9.6 cryptography standardwebhooks==1.1.0 authlib==1.6.5 flask==3.1.2
  touch "$folder/python/installed-2"
fi

if [ ! -f "$folder/smsc/installed-1" ]; then
  mvn -q -B -f "$(dirname "$0")/smsc/pom.xml" dependency:copy-dependencies -DoutputDirectory="$folder/smsc"
  touch "$folder/smsc/installed-1"
fi

# A SIP core and SIP clients. Nothing of it is started as a service.
if ! command -v kamailio >/dev/null || ! command -v sipp >/dev/null || ! command -v tshark >/dev/null || ! command -v sqlite3 >/dev/null ||
  [ ! -f /usr/lib/x86_64-linux-gnu/kamailio/modules/pua_reginfo.so ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends kamailio kamailio-sqlite-modules kamailio-presence-modules \
    kamailio-xml-modules kamailio-extra-modules kamailio-utils-modules kamailio-tls-modules sqlite3 sip-tester tshark
fi
