// A certified OpenID provider, set up to speak like Pro Santé Connect: node peer.mjs PORT RETURN_ADDRESS CLAIMS_JSON
import http from "node:http";
import { Provider } from "oidc-provider";

const [port, returnTo, claims] = process.argv.slice(2);
const professional = JSON.parse(claims);
const issuer = `http://localhost:${port}`;
const provider = new Provider(issuer, {
  clients: [{
    client_id: "egide",
    client_secret: process.env.PEER_SECRET,
    redirect_uris: [returnTo],
    token_endpoint_auth_method: "client_secret_basic",
    require_auth_time: false,
  }],
  acrValues: ["eidas1"],
  scopes: ["openid", "scope_all"],
  claims: { openid: ["sub"], scope_all: Object.keys(professional), acr: null },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, ...professional }) }),
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/confirm/${interaction.uid}` },
  pkce: { required: () => true },
  cookies: { keys: [process.env.PEER_SECRET] },
});

// The phone of the professional: it confirms at once.
async function confirm(request, answer) {
  const { prompt, params, session } = await provider.interactionDetails(request, answer);
  if (prompt.name === "login") {
    const login = { accountId: "f:550dc1c8:pro", acr: "eidas1" };
    return provider.interactionFinished(request, answer, { login }, { mergeWithLastSubmission: false });
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  return provider.interactionFinished(request, answer, { consent: { grantId: await grant.save() } });
}

const handle = provider.callback();
http.createServer((request, answer) => {
  if (request.url.startsWith("/confirm/")) confirm(request, answer).catch((error) => answer.writeHead(500).end(String(error)));
  else handle(request, answer);
}).listen(Number(port), "127.0.0.1", () => console.log("ready"));
