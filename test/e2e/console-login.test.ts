import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { close, listen, startProvider, testClient, type TestProvider } from '../support/sign-in-provider.ts';
import { startSurety, type TestServer, waitFor } from '../support/surety.ts';

const executablePath = '/usr/bin/chromium';
const skip = existsSync(executablePath)
  ? false
  : `no Chromium at ${executablePath}: the login in a browser is not tested`;
const args =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'.split(
    ' ',
  );

describe('signing in with a real browser and a real identity provider', { skip }, () => {
  let server: TestServer;
  let provider: TestProvider;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const violations: string[] = [];
  const evil = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(`<form method="post" action="${server.console}/sign-out"><button>win</button></form>`);
  });

  before(async () => {
    server = await startSurety({
      policy: 'version: 1\nsystem: { name: Example Bank }\n',
      environment: { OIDC_SECRET: testClient.secret },
      secrets: [testClient.secret],
    });
    provider = await startProvider([`${server.console}/sign-in/callback`]);
    provider.groups.set('ada', ['security-team']);
    const earlier = (await server.entries('--kind', 'policy.loaded')).length;
    writeFileSync(
      server.policyFile,
      `${readFileSync(server.policyFile, 'utf8')}
identity:
  operators:
    address: ${server.console}
    oidc: { issuer: "${provider.issuer}", client: ${testClient.id}, secret: "env:OIDC_SECRET", roles: { security-team: security }, private: true }
`,
    );
    await server.waitForEntries(['--kind', 'policy.loaded'], (entries) => entries.length > earlier);
    browser = await chromium.launch({ executablePath, args });
    context = await browser.newContext({ colorScheme: 'dark' });
    page = await context.newPage();
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy') && page.url().startsWith(server.console))
        violations.push(message.text());
    });
  });
  after(async () => {
    await browser?.close();
    await close(evil);
    await provider?.close();
    await server?.dispose();
  });

  const heading = () => page.locator('h1').textContent();

  it('leads through the provider to a page that says who is signed in', async () => {
    await page.goto(`${server.console}/`);
    assert.equal(page.url(), `${server.console}/sign-in`);
    assert.equal(await heading(), 'Sign in');
    await page.getByRole('link', { name: /Sign in with/ }).click();
    await page.fill('input[name=login]', 'ada');
    await page.fill('input[name=password]', 'x');
    await page.click('button[type=submit]');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.waitForURL(`${server.console}/`);
    assert.equal(await heading(), 'Signed in as ada Example');
    assert.match((await page.locator('dl').textContent()) ?? '', /security/);
    assert.match((await page.locator('.brand').textContent()) ?? '', /Example Bank/);
    await server.waitForEntries(['--kind', 'operator.signed-in'], (entries) => entries.length === 1);
  });

  it('keeps the session where no script and no other site gets it', async () => {
    const [session, ...others] = (await context.cookies(server.console)).filter(({ name }) =>
      name.startsWith('surety'),
    );
    assert.deepEqual(
      [session?.name, session?.httpOnly, session?.sameSite, session?.path],
      ['surety-session', true, 'Strict', '/'],
    );
    assert.equal(others.length, 0, 'the cookie of the login is still there');
    assert.equal(await page.evaluate('document.cookie'), '');
    const answer = await context.request.get(`${server.console}/api/session`);
    assert.equal(answer.status(), 200);
    assert.deepEqual(((await answer.json()) as { roles: string[] }).roles, ['security']);
  });

  it('gives a page of another port nothing, though browsers send it the cookie', async () => {
    // The same machine is the same site to a browser: here SameSite does not help, and Origin must.
    const address = await listen(evil);
    const trap = await context.newPage();
    await trap.goto(address);
    const read = await trap.evaluate(
      `fetch('${server.console}/api/session', { credentials: 'include' }).then((answer) => answer.text(), () => 'refused')`,
    );
    assert.equal(read, 'refused');
    const sent = trap.waitForResponse(`${server.console}/sign-out`);
    await trap.click('button');
    assert.equal((await sent).status(), 403);
    await trap.goto(address);
    // Without CORS it is sent, and its answer kept from the page.
    await trap.evaluate(
      `fetch('${server.console}/api/session/end', { method: 'POST', mode: 'no-cors', credentials: 'include' }).catch(() => {})`,
    );
    assert.equal(
      (await context.request.get(`${server.console}/api/session`)).status(),
      200,
      'the session was ended by another site',
    );
    await trap.close();
  });

  it('ends at once when the session is revoked, and asks to sign in again', async () => {
    const listed = await server.run('operators', 'sessions', '--json');
    const [session] = JSON.parse(listed.out) as { operator: string; name: string }[];
    assert.equal(session?.name, 'ada Example');
    assert.equal((await server.run('operators', 'sign-out', session.operator)).code, 0);
    await page.goto(`${server.console}/`);
    assert.equal(page.url(), `${server.console}/sign-in`);
  });

  it('signs in with an operator key as well, and out', async () => {
    const made = await server.run(
      'operators',
      'create',
      '--name',
      'Key Person',
      '--role',
      'auditor',
      '--json',
    );
    const { key } = JSON.parse(made.out) as { key: string };
    await page.fill('input[name=key]', 'sto_wrong');
    await page.getByRole('button', { name: 'Sign in with the key' }).click();
    await waitFor(async () => ((await page.locator('[role=alert]').count()) > 0 ? true : undefined));
    assert.match((await page.locator('[role=alert]').textContent()) ?? '', /not accepted/);
    await page.fill('input[name=key]', key);
    await page.getByRole('button', { name: 'Sign in with the key' }).click();
    await page.waitForURL(`${server.console}/`);
    assert.equal(await heading(), 'Signed in as Key Person');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(`${server.console}/sign-in`);
    assert.equal(
      (await context.cookies(server.console)).filter(({ name }) => name === 'surety-session').length,
      0,
    );
  });

  it('runs into none of its own prohibitions, and its colours can be told apart, light and dark', async () => {
    assert.deepEqual(violations, []);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const contrast = await page.evaluate(`(() => {
        const light = (text) => {
          const parts = text.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255);
          const [r, g, b] = parts.map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const ratio = (one, other) => (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
        const of = (element, name) => light(getComputedStyle(element)[name]);
        const card = of(document.querySelector('main'), 'backgroundColor');
        const button = document.querySelector('.button');
        return [
          ratio(of(document.querySelector('h1'), 'color'), card),
          ratio(of(document.querySelector('.brand'), 'color'), card),
          ratio(of(button, 'color'), of(button, 'backgroundColor')),
        ];
      })()`);
      for (const ratio of contrast as number[]) assert.ok(ratio >= 4.5, `${colorScheme}: ${ratio}`);
    }
  });
});
