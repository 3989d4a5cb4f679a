// A real OpenID Connect provider (npm oidc-provider) for the tests: one account, one client, no questions asked.
// Its settings come as JSON in RDV_PROVIDER; POST /test/account says who signs in next, and how strongly.
import http from "node:http";
import { Provider } from "oidc-provider";

const { issuer, port, client } = JSON.parse(process.env.RDV_PROVIDER);
let present = {};

const provider = new Provider(issuer, {
  clients: [client],
  claims: { acr: null, amr: null, openid: ["sub"], email: ["email", "email_verified"] },
  acrValues: ["eidas1", "eidas2"],
  conformIdTokenClaims: true,
  findAccount: (_context, sub) => ({
    accountId: sub,
    claims: () => ({ sub, email: present.email, email_verified: present.email_verified }),
  }),
  interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: { enabled: true },
    userinfo: { enabled: true },
    claimsParameter: { enabled: true },
  },
  // Its own refuses this machine's addresses, rightly: here it has nobody else to tell.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  pkce: { required: () => true },
  cookies: { keys: ["for tests"] },
});

// Whoever comes signs in as the present account, and agrees.
async function interact(request, response) {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (prompt.name === "login") {
    const login = { accountId: present.sub, acr: present.acr, amr: present.amr };
    return provider.interactionFinished(request, response, { login });
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope("openid email");
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

function account(request, response) {
  let said = "";
  request.on("data", (piece) => (said += piece));
  request.on("end", () => {
    present = JSON.parse(said);
    response.end();
  });
}

const answer = provider.callback();
http
  .createServer((request, response) => {
    if (request.url === "/test/account") return account(request, response);
    if (request.url.startsWith("/interaction/")) return interact(request, response);
    return answer(request, response);
  })
  .listen(port, "127.0.0.1", () => console.log("ready"));
