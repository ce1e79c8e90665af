import assert from 'node:assert/strict';
import { gateSection } from '../../src/enforce/gate/policy-section.ts';
import type { GatePolicy } from '../../src/enforce/gate/section.ts';
import { compileGate, type GateSnapshot } from '../../src/enforce/gate/snapshot/snapshot.ts';
import { identitySection } from '../../src/enforce/identity/policy-section.ts';
import { limitsSection } from '../../src/enforce/limits/policy-section.ts';
import { definePolicy } from '../../src/policy/index.ts';

const format = definePolicy([gateSection, identitySection, limitsSection]);

/** A policy of the gate as it is read from a file; a source that is not valid fails the test. */
export function readGatePolicy(source: object): { policy: GatePolicy; digest: string } {
  const reading = format.read(JSON.stringify(source), 'p.yaml');
  assert.ok(reading.ok, reading.ok ? '' : JSON.stringify(reading.problems));
  return reading;
}

export function compileGatePolicy(source: object): GateSnapshot {
  const { policy, digest } = readGatePolicy(source);
  return compileGate(policy, digest);
}
