// The bar above the editor: the page's name, and who is signed in.
// Not for: the requests themselves (session.js).

import { useState } from 'react';
import { signIn, signOut } from './session.js';

const HOUR = new Intl.DateTimeFormat('fr-FR', { hour: '2-digit', minute: '2-digit' });

function SignInForm({ onSession, onRefusal }) {
  const [waiting, setWaiting] = useState(false);

  async function submit(event) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setWaiting(true);
    onRefusal(null);
    try {
      onSession(await signIn(form.get('username'), form.get('password')));
    } catch (error) {
      onRefusal(`Connexion refusée : ${error.message}`);
      setWaiting(false);
    }
  }

  return (
    <form onSubmit={submit}>
      <input name="username" aria-label="Identifiant" placeholder="Identifiant" autoComplete="username" required />
      <input name="password" type="password" aria-label="Mot de passe" placeholder="Mot de passe" autoComplete="current-password" required />
      <button disabled={waiting}>Se connecter</button>
    </form>
  );
}

function SignedIn({ session, onEnd }) {
  return (
    <p className="palts-signed-in">
      <span>{session.displayName}, jusqu'à {HOUR.format(session.expiresAt)}</span>
      <button onClick={onEnd}>Se déconnecter</button>
    </p>
  );
}

/** `session` is null when nobody is signed in; `onChange` receives the next one. */
export function SessionBar({ session, onChange }) {
  const [refusal, setRefusal] = useState(null);

  async function end() {
    onChange(null);
    try {
      await signOut(session);
      setRefusal(null);
    } catch (error) {
      setRefusal(`Le serveur n'a pas confirmé la déconnexion : ${error.message}`);
    }
  }

  return (
    <header className="palts-bar">
      <h1>palts <span>— explorateur de l'API</span></h1>
      <p role="status">{refusal}</p>
      {session === null
        ? <SignInForm onSession={onChange} onRefusal={setRefusal} />
        : <SignedIn session={session} onEnd={end} />}
    </header>
  );
}
