// Bundles the explorer into dist/ (or the folder named): index.html, app.js, app.css, icon.svg and the licences of what is bundled.
// Not for: development servers or watching; it is a copy of a page that seldom changes.

import { build } from 'esbuild';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const dist = resolve(process.argv[2] ?? join(here, 'dist'));

// GraphiQL's style sheet embeds some 400 kB of fonts; the page uses the system's instead.
const withoutFonts = {
  name: 'without-fonts',
  setup(bundle) {
    bundle.onLoad({ filter: /graphiql[/\\]dist[/\\]style\.css$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(/@font-face\s*\{[^}]*\}/g, ''),
      loader: 'css',
    }));
  },
};

function packageOf(input) {
  const at = input.lastIndexOf('node_modules/');
  if (at < 0) return null;
  const parts = input.slice(at + 'node_modules/'.length).split('/');
  const name = parts[0].startsWith('@') ? `${parts[0]}/${parts[1]}` : parts[0];
  return input.slice(0, at) + 'node_modules/' + name;
}

// With the line ends that git keeps, so that a new build compares equal.
async function readText(path) {
  return (await readFile(path, 'utf8')).replaceAll('\r\n', '\n');
}

async function licenceOf(folder) {
  const about = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const files = (await readdir(folder)).filter((name) => /^(licen[cs]e|notice|copying)/i.test(name)).sort();
  const texts = await Promise.all(files.map((name) => readText(join(folder, name))));
  if (!about.license) throw new Error(`${about.name}: no licence named`);
  const text = texts.length > 0 ? texts.map((t) => t.trim()).join('\n\n') : 'The package holds no licence text of its own.';
  return `${about.name} ${about.version} (${about.license})\n\n${text}\n`;
}

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: { app: 'src/main.jsx' },
  outdir: dist,
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['chrome109', 'firefox115', 'safari16'],
  jsx: 'automatic',
  define: { 'process.env.NODE_ENV': '"production"' },
  alias: { 'react-style-singleton': './src/no-style-tags.js' },
  plugins: [withoutFonts],
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});
await copyFile(join(here, 'src/index.html'), join(dist, 'index.html'));
await copyFile(join(here, 'src/icon.svg'), join(dist, 'icon.svg'));

const used = new Set();
for (const output of Object.values(metafile.outputs)) {
  for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) {
    const folder = packageOf(input);
    if (folder !== null && bytesInOutput > 0) used.add(folder);
  }
}
const licences = await Promise.all([...used].sort().map((folder) => licenceOf(join(here, folder))));
await writeFile(join(dist, 'LICENSES.txt'), licences.join(`\n${'-'.repeat(78)}\n\n`));
