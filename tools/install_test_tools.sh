#!/bin/sh
# What the browser tests want and may be missing: Debian's Chromium with fonts, and the front ends' packages
# (axe-core for accessibility, esbuild for unit tests). Where they cannot be installed, those tests skip and say so.
set -u
if command -v npm >/dev/null 2>&1 && [ ! -d bot/frontend/node_modules ]; then
  echo "Installing the front ends' test packages"
  (cd bot/frontend && npm ci --no-audit --no-fund --silent) || echo "npm ci failed: accessibility and unit tests of the front ends will be skipped"
fi
for name in chromium chromium-browser google-chrome; do
  command -v "$name" >/dev/null 2>&1 && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing Chromium for the browser tests"
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu fonts-noto-core; } \
    >/dev/null 2>&1 && exit 0
fi
echo "Chromium is missing: browser tests will be skipped. Install it with: sudo apt-get install chromium fonts-noto-core"
exit 0
