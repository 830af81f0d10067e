// Opens the explorer in a real browser, as somebody does who comes back: twice, with the browser's cache, and signs in the second time.
//   node explorer.mjs http://127.0.0.1:8080 CHROMIUM USERNAME PASSWORD
// The schema is kept from strangers here, whatever the server does, so that the page is seen to ask for it again after signing in.
// Exits with 0 only when the editor stood there both times, nothing broke the page's policy, and the documentation opened.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [base, executablePath, username, password] = process.argv.slice(2);
if (!password) {
  console.error("usage: node explorer.mjs BASE CHROMIUM USERNAME PASSWORD");
  process.exit(2);
}

const folder = await mkdtemp(join(tmpdir(), "palts-explorer-"));
const browser = await chromium.launchPersistentContext(folder, {
  executablePath,
  headless: true,
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
  ],
});
const complaints = [];

// Waits for the editor with the first query in it: a page whose script was not allowed to run has none.
async function visit(times) {
  const page = await browser.newPage();
  page.on("console", (line) => /content security policy/i.test(line.text()) && complaints.push(line.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(`${base}/graphiql`);
  await page.waitForSelector(".graphiql-query-editor .CodeMirror-line", { timeout: 30_000 });
  const styled = await page.evaluate(() => getComputedStyle(document.querySelector(".palts-bar")).display);
  if (styled !== "flex") complaints.push(`the style sheet does not hold: ${styled}`);
  console.log(`visit ${times}: the editor stands there`);
  return page;
}

try {
  await (await visit(1)).close();
  await (await visit(2)).close();
  const page = await browser.newPage();
  await page.route("**/graphql", (route) => {
    const request = route.request();
    const refused = request.postData()?.includes("__schema") && !request.headers().authorization;
    return refused ? route.fulfill({ json: { errors: [{ message: "no", extensions: { code: "UNAUTHENTICATED" } }] } }) : route.continue();
  });
  await page.goto(`${base}/graphiql`);
  await page.fill('input[name="username"]', username);
  await page.fill('input[name="password"][type="password"]', password);
  await page.click(".palts-bar form button");
  await page.waitForSelector(".palts-signed-in", { timeout: 30_000 });
  // What people call themselves is text, whatever it looks like.
  console.log(`shown: ${await page.locator(".palts-signed-in span").innerText()}`);
  if (await page.locator(".palts-signed-in span *").count()) complaints.push("the name is more than text");
  await page.click('button[aria-label="Show Documentation Explorer"]');
  await page.waitForSelector('.graphiql-doc-explorer a:has-text("Query")', { timeout: 30_000 });
  console.log("signed in: the documentation stands there");
  await page.click(".palts-signed-in button");
  await page.waitForSelector(".palts-bar form", { timeout: 30_000 });
  console.log("signed out: the form stands there");
} finally {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
}
for (const complaint of complaints) console.log(complaint);
process.exitCode = complaints.length === 0 ? 0 : 1;
