import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { guardedLookup, isAllowedAddress, refuseLiteral } from './address-guard.ts';

const publicAddresses = [
  // NAT64: what DNS gives for a public IPv4 address in a network without IPv4.
  '64:ff9b::808:808',
  '64:ff9b::8.8.8.8',
  '2a00:1450:4001::1',
  '93.184.215.14',
  '8.8.8.8',
  '2606:4700:4700::1111',
  '::ffff:8.8.8.8',
];
const privateAddresses = [
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '127.0.0.1',
  '127.255.255.254',
  '100.64.0.1',
  '::1',
  'fd00::1',
  'fc00::1',
  '::ffff:10.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
];
const neverAddresses = [
  '169.254.169.254',
  '169.254.0.1',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  'fe80::1',
  '0.0.0.0',
  '::',
  '255.255.255.255',
  '224.0.0.1',
  'ff02::1',
  '240.0.0.1',
  // Services of clouds that look public or private.
  '168.63.129.16',
  '::ffff:168.63.129.16',
  '::ffff:a83f:8110',
  '64:ff9b::a83f:8110',
  '100.100.100.200',
  'fd00:ec2::254',
  'fd20:ce::254',
  // Special purposes, and blocks of IPv6 that nobody was given.
  '192.0.0.192',
  '192.0.2.1',
  '192.88.99.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '2001:db8::1',
  '3fff::1',
  '2001:2::1',
  '100::1',
  '4000::1',
  '5f00::1',
  '8000::1',
  'fec0::1',
  'fe80::1%eth0',
  '2606:4700:4700::1111%eth0',
];
/** Addresses that carry an IPv4 address inside: behind a translator they lead wherever it does. */
const carriers = [
  '64:ff9b::a9fe:a9fe',
  '64:ff9b::127.0.0.1',
  '64:ff9b:1::10.0.0.1',
  '2002:7f00:1::',
  '2002:a9fe:a9fe::1',
  '::127.0.0.1',
  // As URL and DNS write IPv4-compatible ones.
  '::7f00:1',
  '::a9fe:a9fe',
  '::808:808',
  // Translated (RFC 2765), local NAT64, ISATAP behind any prefix.
  '::ffff:0:7f00:1',
  '::ffff:0:808:808',
  '64:ff9b:1::808:808',
  '64:ff9b::a00:1',
  'fe80::5efe:a9fe:a9fe',
  '2606:4700::5efe:7f00:1',
  '2606:4700::200:5efe:a00:1',
  '2002:808:808::1',
  '2001:0:4136:e378:8000:63bf:3fff:fdd2',
];

describe('the address of a service', () => {
  it('may be public', () => {
    for (const address of publicAddresses)
      for (const isPrivate of [false, true]) assert.ok(isAllowedAddress(address, isPrivate), address);
  });

  it('may be private only where the policy says so', () => {
    for (const address of privateAddresses) {
      assert.ok(!isAllowedAddress(address, false), address);
      assert.ok(isAllowedAddress(address, true), address);
    }
  });

  it('is never link-local, where clouds keep credentials, nor one that no service has', () => {
    for (const address of neverAddresses)
      for (const isPrivate of [false, true]) assert.ok(!isAllowedAddress(address, isPrivate), address);
  });

  it('is not a way around through NAT64, 6to4, Teredo or an IPv4-compatible address', () => {
    for (const address of carriers) assert.ok(!isAllowedAddress(address, false), address);
    for (const address of [...carriers, '64:ff9b::a9fe:a9fe', '2002:a9fe:a9fe::1', '::169.254.169.254'])
      assert.ok(!isAllowedAddress(address, true), `${address} leads elsewhere`);
    for (const host of ['[::127.0.0.1]', '[::169.254.169.254]', '[0:0:0:0:0:0:a83f:8110]'])
      assert.ok(refuseLiteral(new URL(`http://${host}`).hostname, true), host);
  });

  it('is an address', () => {
    for (const text of ['', 'localhost', '1.2.3.4.5', '::g', '127.0.0.1 '])
      assert.ok(!isAllowedAddress(text, true), text);
  });

  it('is checked where it is written instead of a name', () => {
    assert.ok(refuseLiteral('127.0.0.1', false));
    assert.ok(refuseLiteral('[::1]', false));
    assert.ok(refuseLiteral('[::ffff:169.254.169.254]', true));
    assert.equal(refuseLiteral('127.0.0.1', true), undefined);
    assert.equal(refuseLiteral('api.example.com', false), undefined);
    // The forms that URL makes an address of are addresses by then.
    for (const spelled of ['http://2130706433', 'http://0x7f.1', 'http://127.1', 'http://0177.0.0.1'])
      assert.ok(refuseLiteral(new URL(spelled).hostname, false), spelled);
  });
});

describe('the addresses of a name', () => {
  it('that resolves to loopback are refused', async () => {
    const lookup = promisify(guardedLookup(false));
    await assert.rejects(lookup('localhost', {}), { name: 'AddressRefused' });
    await assert.rejects(lookup('localhost', { all: true }), { name: 'AddressRefused' });
  });

  it('are given where the service is private', async () => {
    const found = await new Promise<unknown>((resolve, reject) => {
      guardedLookup(true)('localhost', { family: 4 }, (error, address) =>
        error ? reject(error) : resolve(address),
      );
    });
    assert.equal(found, '127.0.0.1');
  });
});
