// A login by npm's openid-client: prints where to send the person, reads where the person came back, prints the rest.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [modules, issuer, id, secret, how, redirect] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const client = await import(pathToFileURL(require.resolve("openid-client")).href);
const ways = { basic: client.ClientSecretBasic, post: client.ClientSecretPost, none: client.None };
const config = await client.discovery(new URL(issuer), id, {}, ways[how](secret), {
  execute: [client.allowInsecureRequests],
});
const verifier = client.randomPKCECodeVerifier();
const [state, nonce] = [client.randomState(), client.randomNonce()];
const address = client.buildAuthorizationUrl(config, {
  redirect_uri: redirect, scope: "openid profile email offline_access", state, nonce,
  code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
});
console.log(address.href);
for await (const line of createInterface({ input: process.stdin })) {
  const tokens = await client.authorizationCodeGrant(config, new URL(line), {
    pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true,
  });
  const { sub } = tokens.claims();
  const info = await client.fetchUserInfo(config, tokens.access_token, sub);
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
  const active = how === "none" ? true : (await client.tokenIntrospection(config, refreshed.access_token)).active;
  await client.tokenRevocation(config, refreshed.refresh_token);
  const end = client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token });
  console.log(JSON.stringify({ sub, info, active, refreshed: !!refreshed.refresh_token, end: end.href }));
  break;
}
