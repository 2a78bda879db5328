#!/bin/sh
# What some tests want and may be missing: Debian's Chromium with fonts for the browser tests, faketime for the
# tests of wrong clocks, and the front ends' packages (axe-core for accessibility, esbuild for unit tests). Where
# they cannot be installed, those tests skip and say so.
set -u
if command -v npm >/dev/null 2>&1 && [ ! -d bot/frontend/node_modules ]; then
  echo "Installing the front ends' test packages"
  (cd bot/frontend && npm ci --no-audit --no-fund --silent) || echo "npm ci failed: accessibility and unit tests of the front ends will be skipped"
fi

has_browser() {
  for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null 2>&1 && return 0
  done
  return 1
}

has_faketime() {
  for library in /usr/lib/*/faketime/libfaketime.so.1; do
    [ -e "$library" ] && return 0
  done
  return 1
}

missing=""
has_browser || missing="chromium fonts-dejavu fonts-noto-core"
has_faketime || missing="$missing faketime"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing for the tests: $missing"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >/dev/null 2>&1
  # One by one: a package that cannot be had must not keep the others away.
  for package in $missing; do
    apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1
  done
fi
has_browser || echo "Chromium is missing: browser tests will be skipped. Install it with: sudo apt-get install chromium fonts-noto-core"
has_faketime || echo "faketime is missing: tests of wrong clocks will be skipped. Install it with: sudo apt-get install faketime"
exit 0
