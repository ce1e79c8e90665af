/**
 * The door of the console port: who is asking, and from where.
 *
 * Guarantees: a request is answered only under a host name the policy or loopback names, and never to a page of another site; a cookie writes
 * only from our own origin; a session ends everywhere when it is revoked; whoever fails too often is told to wait; answers
 * forbid pages everything they do not need.
 * Threat: DNS rebinding (also on loopback), cross-site requests, login of a victim into another's session, session fixation, stolen or replayed
 * authorization codes, guessing.
 * Does not: end TLS. Beyond loopback something in front must, and the policy must say its https address.
 */
export { createDoor, type Door } from './door.ts';
export { createProviderInForce } from './provider-in-force.ts';
