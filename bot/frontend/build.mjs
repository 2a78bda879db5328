/* Builds the visitor widget, the agent console and the demo shop into bot/static.
 *
 *   node build.mjs                 everything there are sources for
 *   node build.mjs widget shop     only these
 *
 * The built files are committed, so running Babeldesk needs no Node. bot/static/build.json ties
 * them to their sources; tests/widget/test_bundles.py compares.
 */
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

const FRONTEND = dirname(fileURLToPath(import.meta.url));
const BOT = dirname(FRONTEND);
const STATIC = join(BOT, "static");
const TOOLCHAIN = ["build.mjs", "package-lock.json", "tsconfig.json"].map((name) => join(FRONTEND, name));

/** Every package inside console.js; none of them marks its licence in the code, so it is put beside it. */
const CONSOLE_PACKAGES = ["preact", "@preact/signals", "@preact/signals-core"];

const COMMON = {
  bundle: true,
  minify: true,
  charset: "utf8",
  target: "es2022",
  legalComments: "none",
  logLevel: "warning",
  absWorkingDir: FRONTEND,
  nodePaths: [join(FRONTEND, "node_modules")],
  tsconfig: join(FRONTEND, "tsconfig.json"),
};

const BUNDLES = {
  widget: { sources: "widget", make: buildWidget },
  console: { sources: "console", make: buildConsole, needs: "main.tsx" },
  shop: { sources: "shop", make: buildShop, needs: "template.mjs" },
};

async function buildWidget(from, to) {
  await build({ ...COMMON, entryPoints: [join(from, "loader.ts")], outfile: join(to, "loader.js"), format: "iife" });
  await build({ ...COMMON, entryPoints: [join(from, "element.ts")], outfile: join(to, "widget.js"), format: "esm" });
  await copyTexts(join(from, "locales"), join(to, "i18n"));
}

/** Copies text catalogues in their shortest form. */
async function copyTexts(from, to) {
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from)) {
    const strings = JSON.parse(await readFile(join(from, name), "utf8"));
    await writeFile(join(to, name), `${JSON.stringify(strings)}\n`);
  }
}

/** The licences of the packages that the console's script contains, as text to lie beside it. */
async function writeLicences(path) {
  const parts = await Promise.all(
    CONSOLE_PACKAGES.map(async (name) => {
      const folder = join(FRONTEND, "node_modules", name);
      const { version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
      return `${name} ${version}\n\n${(await readFile(join(folder, "LICENSE"), "utf8")).trim()}\n`;
    }),
  );
  await writeFile(path, parts.join(`\n${"-".repeat(72)}\n\n`));
}

async function buildConsole(from, to) {
  await copyTexts(join(from, "locales"), join(to, "i18n"));
  await writeLicences(join(to, "licences.txt"));
  const built = await build({
    ...COMMON,
    metafile: true,
    banner: { js: `/*! Contains ${CONSOLE_PACKAGES.join(", ")} (MIT): see licences.txt */` },
    entryPoints: { console: join(from, "main.tsx") },
    outdir: to,
    format: "esm",
    jsx: "automatic",
    jsxImportSource: "preact",
    loader: { ".svg": "file" },
  });
  const contained = Object.keys(built.metafile.inputs).flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  const unnamed = contained.filter((name) => !CONSOLE_PACKAGES.includes(name));
  if (unnamed.length) throw new Error(`name these in CONSOLE_PACKAGES and NOTICE: ${[...new Set(unnamed)].join(", ")}`);
  for (const name of await readdir(from)) {
    if (/\.(html|svg|ico|webmanifest)$/.test(name)) await cp(join(from, name), join(to, name));
  }
}

async function buildShop(from, to) {
  const { renderShop } = await import(pathToFileURL(join(from, "template.mjs")).href);
  for (const [path, text] of await renderShop(from)) {
    await mkdir(dirname(join(to, path)), { recursive: true });
    await writeFile(join(to, path), text);
  }
}

async function filesUnder(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const posix = (path) => relative(BOT, path).split(sep).join("/");

/** One digest over path and content of every source of a bundle; tests beside the sources do not count. */
async function digestOf(folder) {
  const files = [...(await filesUnder(folder)), ...TOOLCHAIN].filter((path) => !/\.test\.tsx?$/.test(path));
  const lines = await Promise.all(files.map(async (path) => `${posix(path)} ${sha256(await readFile(path))}\n`));
  return sha256(lines.sort().join(""));
}

async function describe(folder) {
  const files = {};
  for (const path of (await filesUnder(folder)).sort()) {
    const bytes = await readFile(path);
    const name = relative(folder, path).split(sep).join("/");
    files[name] = { sha256: sha256(bytes), bytes: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length };
  }
  return files;
}

async function main(wanted) {
  const unknown = wanted.filter((name) => !(name in BUNDLES));
  if (unknown.length) throw new Error(`unknown bundle: ${unknown.join(", ")}`);
  const record = join(STATIC, "build.json");
  const built = existsSync(record) ? JSON.parse(await readFile(record, "utf8")) : {};
  for (const [name, bundle] of Object.entries(BUNDLES)) {
    const from = join(BOT, bundle.sources);
    if (wanted.length && !wanted.includes(name)) continue;
    if (!existsSync(from) || (bundle.needs && !existsSync(join(from, bundle.needs)))) continue;
    const to = join(STATIC, name);
    await rm(to, { recursive: true, force: true });
    await mkdir(to, { recursive: true });
    await bundle.make(from, to);
    built[name] = { sources: await digestOf(from), files: await describe(to) };
    const total = Object.values(built[name].files).reduce((sum, file) => sum + file.gzip, 0);
    console.log(`${name}: ${Object.keys(built[name].files).length} files, ${(total / 1024).toFixed(1)} KB gzip`);
  }
  const ordered = Object.fromEntries(Object.keys(built).sort().map((name) => [name, built[name]]));
  await writeFile(record, `${JSON.stringify(ordered, null, 1)}\n`);
}

await main(process.argv.slice(2));
