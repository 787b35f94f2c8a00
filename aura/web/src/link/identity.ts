// Who this page is: the token that lets it in, and the name under which its undo is kept.
//
// Both live in sessionStorage, so that a reload keeps them and another tab has its own. The token comes in the address's
// fragment, which browsers do not send, and is taken out of the address at once.
const TOKEN_KEY = 'loophole.token';
const CLIENT_KEY = 'loophole.client';

export function takeIdentity(): { token: string; client: string } {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get('token') ?? location.hash.slice(1);
  if (token) {
    sessionStorage.setItem(TOKEN_KEY, token);
    history.replaceState(null, '', location.pathname + location.search);
  }
  let client = sessionStorage.getItem(CLIENT_KEY);
  if (!client) {
    client = `page-${crypto.randomUUID()}`;
    sessionStorage.setItem(CLIENT_KEY, client);
  }
  return { token: sessionStorage.getItem(TOKEN_KEY) ?? '', client };
}
