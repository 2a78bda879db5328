#!/bin/sh
# Installs Debian's Chromium and fonts for the browser tests if they are missing and may be installed.
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
