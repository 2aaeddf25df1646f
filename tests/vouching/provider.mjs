// A provider to sign in at: `node provider.mjs ORDER`, where ORDER is JSON:
//   packages   the folder node_modules
//   callback   where clients have people sent back to
//   people     a JSON file, read anew for each sign-in: what a person types as login -> their claims
//   host       what the provider is called, a name of this machine
//   id_token   true: claims stand in the ID token; false: they are to be asked for
// Says its address on stdout, and ends when stdin does, so that it does not outlive the test.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const order = JSON.parse(process.argv[2]);
// Nobody reads on after the address: a notice on a closed stdout would be the provider's end.
console.info = console.warn;
const { Provider } = await import(`${order.packages}/oidc-provider/lib/index.js`);

const server = createServer();
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const issuer = `http://${order.host}:${server.address().port}`;

const client = {
  redirect_uris: [order.callback],
  response_types: ["code"],
  grant_types: ["authorization_code"],
};
const provider = new Provider(issuer, {
  clients: [
    { ...client, client_id: "sohoa", client_secret: "100% bi mat: a+b/c=d" },
    { ...client, client_id: "sohoa-public", token_endpoint_auth_method: "none" },
  ],
  claims: { openid: ["sub"], profile: ["preferred_username", "roles", "realm_access"] },
  conformIdTokenClaims: !order.id_token,
  cookies: { keys: ["for tests"] },
  findAccount: (context, login) => ({
    accountId: login,
    claims: () => ({ sub: login, ...JSON.parse(readFileSync(order.people))[login] }),
  }),
  pkce: { required: () => true },
});
server.on("request", provider.callback());

process.stdin.resume().on("end", () => process.exit());
console.log(issuer);
