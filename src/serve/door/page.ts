import { hash } from 'node:crypto';

const style = `
:root { color-scheme: light dark; --ink: #1b1f24; --dim: #59636e; --paper: #f6f7f9; --card: #fff; --line: #d5dae0; --accent: #0b5cad; --bad: #a4262c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebef; --dim: #9aa5b1; --paper: #101418; --card: #181d23; --line: #323a43; --accent: #6cb2ff; --bad: #ff8f8f; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 30rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 2rem; }
.brand { color: var(--dim); font-size: .875rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h1 { font-size: 1.375rem; line-height: 1.25; margin: 0 0 1.25rem; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .375rem 1.25rem; margin: 0 0 1.5rem; }
dt { color: var(--dim); } dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
label { display: block; margin-bottom: .375rem; }
input { width: 100%; font: inherit; padding: .5rem .75rem; margin-bottom: 1rem; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: .375rem; }
button, .button { display: block; width: 100%; font: inherit; font-weight: 600; text-align: center; text-decoration: none; padding: .5rem .75rem; border-radius: .375rem; border: 1px solid var(--accent); background: var(--accent); color: var(--card); cursor: pointer; }
.plain { background: transparent; color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.or { text-align: center; color: var(--dim); margin: 1rem 0; }
.problem { color: var(--bad); margin: 0 0 1rem; }
`;

const styleHash = `'sha256-${hash('sha256', style, 'base64')}'`;

/** No script, no frame, no picture, nothing from elsewhere; forms to ourselves only. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': `default-src 'none'; style-src ${styleHash}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'content-type': 'text/html; charset=utf-8',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** HTML in which every value is escaped; what another `html` made is taken as it is. */
class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

function html(strings: TemplateStringsArray, ...values: readonly (string | Html | readonly Html[])[]): Html {
  const parts = values.map((value) => {
    if (typeof value === 'string') return escape(value);
    return value instanceof Html ? value.text : value.map(({ text }) => text).join('');
  });
  return new Html(strings.map((string, index) => string + (parts[index] ?? '')).join(''));
}

const nothing = html``;

function page({
  title,
  system,
  body,
  head = nothing,
}: {
  title: string;
  system: string;
  body: Html;
  head?: Html;
}): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">${head}<title>${title} · Surety</title><style>${new Html(style)}</style></head>
<body><main><p class="brand">Surety · ${system}</p><h1>${title}</h1>${body}</main></body></html>
`.text;
}

export function signInPage(shown: {
  system: string;
  oidc: string | undefined;
  problem: string | undefined;
}): string {
  const { system, oidc, problem } = shown;
  const body = html`${problem === undefined ? nothing : html`<p class="problem" role="alert">${problem}</p>`}
${oidc === undefined ? nothing : html`<a class="button" href="/sign-in/oidc">Sign in with ${oidc}</a><p class="or">or</p>`}
<form method="post" action="/sign-in"><label for="key">Operator key</label><input id="key" name="key" type="password" autocomplete="off" spellcheck="false" required maxlength="200"><button class="${oidc === undefined ? '' : 'plain'}">Sign in with the key</button></form>`;
  return page({ title: 'Sign in', system, body });
}

export interface ShownSession {
  readonly system: string;
  readonly name: string;
  readonly id: string;
  readonly roles: readonly string[];
  readonly until: number;
}

export function signedInPage({ system, name, id, roles, until }: ShownSession): string {
  const end = new Date(until).toISOString();
  const body = html`<dl><dt>Operator</dt><dd>${id}</dd><dt>Roles</dt><dd>${roles.join(', ') || 'none'}</dd><dt>Until</dt><dd><time datetime="${end}">${end.slice(0, 16).replace('T', ' ')} UTC</time></dd></dl>
<form method="post" action="/sign-out"><button class="plain">Sign out</button></form>`;
  return page({ title: `Signed in as ${name}`, system, body });
}

export function problemPage({
  system,
  problem,
  action,
}: {
  system: string;
  problem: string;
  action: string;
}): string {
  const body = html`<p class="problem" role="alert">${problem}</p><p>${action}</p><a class="button" href="/sign-in">Sign in</a>`;
  return page({ title: 'Not signed in', system, body });
}

/**
 * Goes on to the console by itself. A redirect would still be the identity provider's navigation, with which a browser sends no
 * SameSite=Strict cookie; from this page it is our own.
 */
export function onwardPage(system: string): string {
  const head = html`<meta http-equiv="refresh" content="0; url=/">`;
  return page({ title: 'Signed in', system, head, body: html`<a class="button" href="/">Go on</a>` });
}
