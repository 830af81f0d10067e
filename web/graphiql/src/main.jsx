// The page at /graphiql: GraphiQL with palts' own bar above it.
// Not for: any logic of the API. It sends what is typed to /graphql and shows the answer.

import { GraphiQL } from 'graphiql';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { useMemo, useRef, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { SessionBar } from './session-bar.jsx';
import 'graphiql/style.css';
import './page.css';

const FIRST_QUERY = `# Pour agir au nom d'un compte :
# se connecter dans le bandeau ci-dessus,
# ou écrire l'en-tête dans « Headers » :
#   { "Authorization": "Bearer …" }
# (écrit à la main, il l'emporte).
#
# Ctrl+Entrée exécute, Ctrl+Espace complète.
# La documentation s'ouvre à gauche.
# Rien n'est conservé, l'onglet fermé.

{
  departments {
    code
    name
  }
}
`;

// Variables may hold a password: what is typed ends with the tab.
const storage = window.sessionStorage;

function Explorer() {
  const [session, setSession] = useState(null);
  const token = useRef(null);
  token.current = session?.accessToken ?? null;

  // A new fetcher makes GraphiQL load the schema again: only when somebody signs in, to whom it is told, or out.
  const isSignedIn = session !== null;
  const fetcher = useMemo(
    () => createGraphiQLFetcher({
      url: '/graphql',
      fetch: (url, options) => {
        const headers = new Headers(options.headers);
        headers.set('accept', 'application/graphql-response+json, application/json;q=0.9');
        if (token.current !== null && !headers.has('authorization')) {
          headers.set('authorization', `Bearer ${token.current}`);
        }
        return fetch(url, { ...options, headers });
      },
    }),
    [isSignedIn],
  );

  return (
    <>
      <SessionBar session={session} onChange={setSession} />
      <main className="palts-explorer">
        <GraphiQL
          fetcher={fetcher}
          storage={storage}
          defaultQuery={FIRST_QUERY}
          defaultEditorToolsVisibility="headers"
          isHeadersEditorEnabled
          shouldPersistHeaders={false}
        >
          <GraphiQL.Logo>palts</GraphiQL.Logo>
        </GraphiQL>
      </main>
    </>
  );
}

createRoot(document.getElementById('app')).render(<Explorer />);
