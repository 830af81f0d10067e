// Runs every audit of graphql-http's `serverAudits` against a server and says how many passed.
//   node audit.mjs http://127.0.0.1:8080/graphql
// Exits with 0 only when all of them pass: those that MUST, SHOULD and MAY hold alike.
import { auditServer } from "graphql-http";

const [url] = process.argv.slice(2);
if (!url) {
  console.error("usage: node audit.mjs URL");
  process.exit(2);
}

const results = await auditServer({ url, fetchFn: fetch });
const missed = results.filter((result) => result.status !== "ok");
for (const result of missed) {
  console.log(`${result.status} ${result.id} ${result.name}: ${result.reason ?? ""}`);
}
console.log(`${results.length - missed.length} of ${results.length} audits passed`);
process.exitCode = results.length > 0 && missed.length === 0 ? 0 : 1;
