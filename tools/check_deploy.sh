#!/bin/sh
# Validates deploy/ with the tools of the trade that are there: compose files with Docker Compose, the
# manifests with kubectl's kustomize and, strictly, with the published Kubernetes schemas.
set -eu
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
checked=0

compose=""
docker compose version >/dev/null 2>&1 && compose="docker compose"
[ -z "$compose" ] && command -v docker-compose >/dev/null 2>&1 && compose=docker-compose
if [ -n "$compose" ]; then
  cp -r deploy "$folder/"
  cp /dev/null "$folder/deploy/secret.key"
  for file in compose.yml compose.scaled.yml; do
    POSTGRES_PASSWORD=x BABELDESK_BRAIN_SECRET=x $compose -f "$folder/deploy/$file" config -q
    echo "deploy/$file: accepted by $compose"
  done
  checked=1
else
  echo "Docker Compose is missing: compose files not validated (Debian: apt-get install docker-compose)"
fi

if command -v kubectl >/dev/null 2>&1; then
  kubectl kustomize deploy/kubernetes >"$folder/all.yaml"
  echo "deploy/kubernetes: put together by kubectl kustomize, $(grep -c '^kind:' "$folder/all.yaml") resources"
  ${PYTHON:-python3.11} -m venv "$folder/venv"
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check kubernetes-validate
  "$folder/venv/bin/kubernetes-validate" --strict --quiet "$folder/all.yaml"
  echo "deploy/kubernetes: every resource fits $("$folder/venv/bin/kubernetes-validate" --version) of the schemas, strictly"
  checked=1
else
  echo "kubectl is missing: manifests not validated"
fi
[ "$checked" = 1 ]
