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

async function ask(query, variables) {
  const answer = await fetch('/graphql', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json;q=0.9',
    },
    body: JSON.stringify({ query, variables }),
  });
  const body = await answer.json();
  if (body.errors?.length) throw new Error(body.errors[0].message);
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
