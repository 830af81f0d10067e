// Who is signed in, for this page only: the token stays in memory and ends with the tab.
// Not for: storing credentials anywhere, nor renewing a session; after the token's end one signs in again.

const LOGIN = `mutation Connexion($username: String!, $password: String!) {
  login(username: $username, password: $password) {
    accessToken
    refreshToken
    expiresAt
    viewer { displayName }
  }
}`;

const LOGOUT = `mutation Deconnexion($refreshToken: String!) { logout(refreshToken: $refreshToken) }`;

// The server's messages are for developers, in English; here are those that a person signing in may meet.
const REFUSALS = {
  UNAUTHENTICATED: 'identifiant ou mot de passe inexact.',
  LIMIT: 'trop d\'essais, réessayer dans quelques minutes.',
  UNAVAILABLE: 'le serveur est occupé, réessayer dans un instant.',
};

async function send(query, variables) {
  const answer = await fetch('/graphql', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json;q=0.9',
    },
    body: JSON.stringify({ query, variables }),
  });
  return answer.json();
}

async function ask(query, variables) {
  let body;
  try {
    body = await send(query, variables);
  } catch {
    throw new Error('le serveur ne répond pas.');
  }
  const refusal = body.errors?.[0];
  if (refusal) throw new Error(REFUSALS[refusal.extensions?.code] ?? refusal.message);
  return body.data;
}

/** Signs in; gives the session, or throws an Error whose message can be shown. */
export async function signIn(username, password) {
  const { login } = await ask(LOGIN, { username, password });
  return {
    accessToken: login.accessToken,
    refreshToken: login.refreshToken,
    expiresAt: new Date(login.expiresAt),
    displayName: login.viewer.displayName,
  };
}

/** Ends the session on the server. */
export async function signOut(session) {
  await ask(LOGOUT, { refreshToken: session.refreshToken });
}
