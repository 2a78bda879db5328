/* Runs the unit tests that lie beside the front-end sources (*.test.ts) with Node's own runner. */
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const FRONTEND = dirname(fileURLToPath(import.meta.url));
const folders = ["widget", "console"].map((name) => join(dirname(FRONTEND), name)).filter((path) => existsSync(path));
const tests = [];
for (const folder of folders) {
  for (const name of await readdir(folder, { recursive: true })) {
    if (/\.test\.tsx?$/.test(name)) tests.push(join(folder, name));
  }
}
const out = await mkdtemp(join(tmpdir(), "babeldesk-front-"));
try {
  await build({
    entryPoints: tests,
    outdir: out,
    outExtension: { ".js": ".mjs" },
    outbase: dirname(FRONTEND),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    jsx: "automatic",
    jsxImportSource: "preact",
    logLevel: "warning",
    nodePaths: [join(FRONTEND, "node_modules")],
  });
  const files = (await readdir(out, { recursive: true })).filter((name) => name.endsWith(".mjs")).map((name) => join(out, name));
  const run = spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit" });
  process.exitCode = run.status ?? 1;
} finally {
  await rm(out, { recursive: true, force: true });
}
