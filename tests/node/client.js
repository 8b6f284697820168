// Asks a gateway for a person and a vehicle: node client.js TARGET PROTOS MODULES REQUESTS,
// REQUESTS a JSON list of CheckRequests; prints the answers as one line of JSON.
"use strict";
const path = require("path");
const [target, protos, modules, requests] = process.argv.slice(2);
const grpc = require(path.join(modules, "@grpc/grpc-js"));
const loader = require(path.join(modules, "@grpc/proto-loader"));

const definition = loader.loadSync("lookup/v1/lookup_service.proto", {
  includeDirs: [protos],
  keepCase: true,
  longs: String,
  enums: String,
  bytes: String,
  defaults: true,
  arrays: true,
});
const { LookupService } = grpc.loadPackageDefinition(definition).lookup.v1;
const client = new LookupService(target, grpc.credentials.createInsecure());

function check(request) {
  return new Promise((resolve, reject) => {
    const deadline = new Date(Date.now() + 10000);
    client.Check(request, { deadline }, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

(async () => {
  const answers = [];
  for (const request of JSON.parse(requests)) answers.push(await check(request));
  client.close();
  process.stdout.write(JSON.stringify(answers) + "\n");
})().catch((error) => {
  process.stderr.write(`${error.code} ${error.details}\n`);
  process.exitCode = 1;
});
