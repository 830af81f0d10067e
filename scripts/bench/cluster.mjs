// Runs a Node server in WORKERS processes behind one port (Node's cluster module): cluster.mjs SERVER.mjs
// Not for: what the server does. It must listen by itself, as it does alone.
import cluster from "node:cluster";
import { pathToFileURL } from "node:url";

if (cluster.isPrimary) {
  for (let worker = 0; worker < Number(process.env.WORKERS ?? 2); worker += 1) cluster.fork();
  cluster.on("exit", (_, code, signal) => process.exit(signal ? 1 : code));
} else {
  await import(pathToFileURL(process.argv[2]));
}
