// The schema that the editor completes with and the documentation shows, as the server gives it to whoever is signed in.
// Not for: requests that somebody types.

import { buildClientSchema, getIntrospectionQuery } from 'graphql';

/** Asks for the schema; null where the server keeps it to itself, as it may before one has signed in. */
export async function loadSchema(accessToken) {
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  if (accessToken) headers.authorization = `Bearer ${accessToken}`;
  const query = getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true });
  try {
    const answer = await fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query }) });
    const { data } = await answer.json();
    return data?.__schema ? buildClientSchema(data) : null;
  } catch {
    return null;
  }
}
